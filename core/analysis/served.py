"""What can be told of a run that a server generated, and what of its numbers is the network's."""

from collections.abc import Iterator

from core.results.format import show
from core.results.latency import latency_of
from core.results.network import network_round_trip_s
from core.results.observed import EndpointFacts
from core.results.types import RunResult


def served_line(result: RunResult, endpoint: EndpointFacts) -> str:
    """In place of what bounds a run: who generated, and what its TTFT consists of."""
    return (
        f"{endpoint.host} generated this, and what bounds it cannot be told from outside. "
        f"{what_ttft_holds(result)}"
    )


def what_ttft_holds(result: RunResult) -> str:
    """TTFT with the network's part of it as a number of its own."""
    ttft = show(latency_of(result).ttft_s, "s")
    way = show(network_round_trip_s(result), "s")
    return (
        f"Its TTFT of {ttft} holds one round trip of the network ({way} by TCP handshakes), the "
        "server's queue, and the prefill."
    )


def how_asked(endpoint: EndpointFacts) -> str:
    """The interface, what asked for the length, and how prompts were sent."""
    return f"/{endpoint.route}, length by {endpoint.dialect}, prompts as {endpoint.prompt_form}"


def server_differences(result: RunResult, endpoint: EndpointFacts) -> Iterator[tuple[str, str]]:
    """What a server did otherwise than it was asked, as setting and sentence."""
    model, served = result.spec.variant.model, endpoint.served_models
    if served and model not in served:
        listed = ", ".join(served[:5])
        yield "server", f"Model {model} was asked, and the server lists {listed}."
    wanted = result.spec.workload.prompt_tokens
    read = set(endpoint.prompt_read or result.output.prompt_lengths)
    if wanted is not None and read != {wanted}:
        counts = " to ".join(str(count) for count in sorted({min(read), max(read)}))
        yield "asked by", f"Prompts of {wanted} tokens were asked, the server read {counts}."
