"""A workload asked of a server again and again: `batch_size` requests in flight at once.

Headline and step repeats ask alike, since a stream is what people are served, and a time stamp for
each event costs nothing beside it.
"""

from core.engine.adapters.adapter import MemoryParts
from core.engine.adapters.endpoint.account import effective_of, facts_of, output_of
from core.engine.adapters.endpoint.crowd import Crowd, ask_all
from core.engine.adapters.endpoint.probing import find_way
from core.engine.adapters.endpoint.prompts import Prompts
from core.engine.adapters.endpoint.secret import Kept
from core.engine.adapters.endpoint.server import Reached
from core.engine.adapters.endpoint.stopping import refuse_early_end, refuse_ignored_stop
from core.engine.cancellation import Cancellation
from core.errors import RequestError
from core.results.measured import ForwardPasses, Output
from core.results.observed import Effective, EndpointFacts
from core.variants.lengths import new_tokens_cap
from core.variants.spec import StopRule, VariantSpec, Workload


class EndpointRunner:
    """One workload, and the way in which the server takes it."""

    def __init__(
        self,
        variant: VariantSpec,
        workload: Workload,
        reached: Reached,
        cancellation: Cancellation,
    ) -> None:
        self._variant, self._workload = variant, workload
        self._reached, self._cancellation = reached, cancellation
        self._prompts = Prompts(workload)
        with Kept(reached.secret):
            finding = find_way(reached, variant.model, workload, self._prompts)
            self._way = reached.connection.run(finding, cancellation)
        self._new_tokens = _room(workload, self._way.prompt_tokens)
        self._steps: list[Crowd] = []
        self._opened: list[int] = []
        self._last: Crowd | None = None

    def headline(self) -> tuple[float, int]:
        """Seconds from the first request's sending to the last answer's end, and all tokens."""
        crowd = self._ask()
        return crowd.seconds, crowd.tokens

    def step(self) -> tuple[tuple[float, ...], int]:
        """When token i of the last request was there, for each i, and all tokens."""
        crowd = self._ask()
        self._steps.append(crowd)
        return crowd.together_s, crowd.tokens

    def request_s(self) -> tuple[tuple[tuple[float, ...], ...], ...]:
        """For each step repeat each request's own times."""
        return tuple(crowd.request_s for crowd in self._steps)

    def describe(self) -> Output:
        """Text and counts of the last repeat."""
        return output_of(self._finished(), self._reached.secret)

    def effective(self) -> Effective:
        """What a client can tell of what ran."""
        return effective_of(self._finished(), self._way, self._reached, self._variant.device)

    def endpoint(self) -> EndpointFacts:
        """The server, how it was asked, and what it said of its counts in the step repeats. The
        first repeat opens the connections; it is no timed one where there is a warm-up.
        """
        opened = sum(self._opened[1 if self._workload.warmup else 0 :])
        return facts_of(self._steps, self._way, self._prompts, self._reached, opened)

    def memory(self) -> MemoryParts:
        """A server does not tell."""
        return MemoryParts()

    def passes(self) -> ForwardPasses | None:
        """A server does not tell."""
        return None

    def close(self) -> None:
        """Nothing is held for a workload: connections are the adapter's."""

    def _ask(self) -> Crowd:
        """All requests once, made ready before the clock runs."""
        connection = self._reached.connection
        requests = []
        for _ in range(self._workload.batch_size):
            prompt, salt = self._prompts.next()
            content = self._way.body(prompt, self._new_tokens, salt)
            requests.append(connection.request(self._way.route, content))
        opened = connection.opened
        with Kept(self._reached.secret):
            asking = ask_all(connection, requests, self._new_tokens)
            crowd = connection.run(asking, self._cancellation)
            if self._workload.stop is StopRule.FIXED:
                refuse_early_end(crowd, self._way, self._new_tokens)
            refuse_ignored_stop(crowd, self._workload.stop_strings)
        self._opened.append(connection.opened - opened)
        self._last = crowd
        return crowd

    def _finished(self) -> Crowd:
        if self._last is None:
            raise RuntimeError("nothing was asked yet")
        return self._last


def _room(workload: Workload, prompt_tokens: int) -> int:
    """Tokens to ask for after a prompt of that length, as the server counts it."""
    room = new_tokens_cap(workload, prompt_tokens)
    if room < 1:
        reason = f"the prompt alone has {prompt_tokens} tokens, as the server counts them."
        valid = (f"whole numbers from {prompt_tokens + 1}",)
        raise RequestError("max_length", workload.max_length, reason, valid)
    return room
