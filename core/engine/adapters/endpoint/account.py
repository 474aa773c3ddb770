"""What is told of requests that were answered: text and counts, what ran, who answered and how."""

from collections import Counter
from collections.abc import Sequence

from core.engine.adapters.endpoint.counting import STOP
from core.engine.adapters.endpoint.crowd import Crowd
from core.engine.adapters.endpoint.probing import Way
from core.engine.adapters.endpoint.prompts import Prompts
from core.engine.adapters.endpoint.secret import Secret
from core.engine.adapters.endpoint.server import Reached
from core.results.measured import Output
from core.results.observed import Effective, EndpointFacts
from core.variants.attention import Attention
from core.variants.kv_cache import KVCache

LENGTH = "length"
UNTOLD = "not told"


def output_of(crowd: Crowd, secret: Secret) -> Output:
    """The first request's text, and the counts of all. A server tells no token's number."""
    first = crowd.asked[0].answer
    text = secret.hide(first.text)
    one_each = len(first.pieces) == crowd.counted[0].usage.completion and text == first.text
    lengths = tuple(one.usage.prompt for one in crowd.counted)
    return Output(
        text=text,
        token_ids=(),
        token_texts=tuple(piece.text for piece in first.pieces) if one_each else (),
        prompt_tokens=max(lengths),
        prompt_lengths=lengths,
        new_tokens=tuple(one.usage.completion for one in crowd.counted),
    )


def effective_of(crowd: Crowd, way: Way, reached: Reached, device: str) -> Effective:
    """What a client can tell of what ran: where, and how answers ended."""
    ends = Counter(_ending(one.answer.finish, way, reached.secret) for one in crowd.asked)
    return Effective(
        device=device if reached.is_this_machine else f"{device} asks, {reached.host} answers",
        attention=Attention.OWN,
        attention_class=UNTOLD,
        dtype_bytes={},
        quantised_modules={},
        stopped_by=dict(ends),
        cache_class=KVCache.OWN,
        compiled_graphs=0,
        graph_breaks=0,
        recompiles_while_timed=0,
        threads=None,
    )


def facts_of(
    steps: Sequence[Crowd], way: Way, prompts: Prompts, reached: Reached, opened: int
) -> EndpointFacts:
    """The server, how it was asked, and what it said of the counts of all step repeats."""
    counted = [one for crowd in steps for one in crowd.counted]
    cached = [one.usage.cached for one in counted if one.usage.cached is not None]
    anew = reached.server.name in way.dialect.reads_anew
    return EndpointFacts(
        address=reached.address,
        host=reached.host,
        is_this_machine=reached.is_this_machine,
        server=str(reached.server) or None,
        served_models=reached.server.models,
        round_trip_s=reached.round_trip_s,
        route=way.route,
        dialect=way.dialect.name,
        prompt_form=prompts.form,
        pieces=sum(one.pieces for one in counted),
        tokens=sum(one.usage.completion for one in counted),
        is_spread=any(one.is_spread for one in counted),
        prompt_tokens=sum(one.usage.prompt for one in counted),
        prompt_asked=way.workload.prompt_tokens,
        prompt_read=tuple(sorted({one.usage.prompt for one in counted})),
        cached_tokens=sum(cached) if cached else None,
        may_reuse=not cached and prompts.alike and not anew,
        opened_while_timed=opened,
    )


def _ending(finish: str | None, way: Way, secret: Secret) -> str:
    if finish == STOP:
        ended = "end of sequence"
        return f"{ended} or stop string" if way.workload.stop_strings else ended
    return LENGTH if finish == LENGTH else secret.hide(finish or UNTOLD)
