"""A workload asked of a server again and again: `batch_size` requests in flight at once.

Headline and step repeats ask alike, since a stream is what people are served, and a time stamp for
each event costs nothing beside it.
"""

from collections import Counter

from core.engine.adapters.adapter import MemoryParts
from core.engine.adapters.endpoint.connection import Connection
from core.engine.adapters.endpoint.counting import STOP
from core.engine.adapters.endpoint.crowd import Crowd, ask_all
from core.engine.adapters.endpoint.probing import find_way
from core.engine.adapters.endpoint.prompts import Prompts
from core.engine.adapters.endpoint.secret import Kept, Secret
from core.engine.adapters.endpoint.server import Server
from core.engine.cancellation import Cancellation
from core.errors import RequestError, UnsupportedRun
from core.results.measured import ForwardPasses, Output
from core.results.observed import Effective, EndpointFacts
from core.variants.address import host_of, is_this_machine
from core.variants.kv_cache import KVCache
from core.variants.lengths import new_tokens_cap
from core.variants.spec import StopRule, VariantSpec, Workload

LENGTH = "length"


class EndpointRunner:
    """One workload and the way in which the server takes it."""

    def __init__(
        self,
        variant: VariantSpec,
        workload: Workload,
        connection: Connection,
        server: Server,
        secret: Secret,
        cancellation: Cancellation,
        round_trip_s: tuple[float, ...],
    ) -> None:
        self._variant, self._workload = variant, workload
        self._connection, self._server, self._secret = connection, server, secret
        self._cancellation = cancellation
        self._round_trip_s = round_trip_s
        self._prompts = Prompts(workload)
        with Kept(secret):
            finding = find_way(connection, variant.model, workload, self._prompts, server)
            self._way = connection.run(finding, cancellation)
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
        """The first request's text and the counts of all, of the last repeat."""
        crowd = self._finished()
        first = crowd.asked[0].answer
        text = self._secret.hide(first.text)
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

    def effective(self) -> Effective:
        """What a client can tell of what ran: how answers ended, and who answered."""
        host, asks = host_of(self._connection.endpoint.address), self._variant.device
        here = is_this_machine(self._connection.endpoint.address)
        ends = Counter(self._ending(one.answer.finish) for one in self._finished().asked)
        return Effective(
            device=asks if here else f"{asks} asks, {host} answers",
            attention="own",
            attention_class="not told",
            dtype_bytes={},
            quantised_modules={},
            stopped_by=dict(ends),
            cache_class=KVCache.OWN,
            compiled_graphs=0,
            graph_breaks=0,
            recompiles_while_timed=0,
            threads=None,
        )

    def endpoint(self) -> EndpointFacts:
        """The server, how it was asked, and what it said of its counts."""
        address = self._connection.endpoint.address
        counted = [one for crowd in self._steps for one in crowd.counted]
        cached = [one.usage.cached for one in counted if one.usage.cached is not None]
        return EndpointFacts(
            address=address,
            host=host_of(address),
            is_this_machine=is_this_machine(address),
            server=self._secret.hide(str(self._server)) or None,
            served_models=tuple(self._secret.hide(name) for name in self._server.models),
            round_trip_s=self._round_trip_s,
            route=self._way.route,
            dialect=self._way.dialect.name,
            prompt_form=self._prompts.form,
            pieces=sum(one.pieces for one in counted),
            tokens=sum(one.usage.completion for one in counted),
            is_spread=any(one.is_spread for one in counted),
            prompt_tokens=sum(one.usage.prompt for one in counted),
            cached_tokens=sum(cached) if cached else None,
            may_reuse=not cached and self._prompts.alike and not self._reads_anew,
            opened_while_timed=sum(self._opened[1 if self._workload.warmup else 0 :]),
        )

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
        requests = []
        for _ in range(self._workload.batch_size):
            prompt, salt = self._prompts.next()
            content = self._way.body(prompt, self._new_tokens, salt)
            requests.append(self._connection.request(self._way.route, content))
        opened = self._connection.opened
        with Kept(self._secret):
            asking = ask_all(self._connection, requests, self._new_tokens)
            crowd = self._connection.run(asking, self._cancellation)
            self._refuse_early_end(crowd)
        self._opened.append(self._connection.opened - opened)
        self._last = crowd
        return crowd

    def _refuse_early_end(self, crowd: Crowd) -> None:
        if self._workload.stop is not StopRule.FIXED:
            return
        for one, counted in zip(crowd.asked, crowd.counted, strict=True):
            tokens = counted.usage.completion
            if tokens != self._new_tokens:
                how = "overlooks it" if self._way.dialect.forces_length else "knows no way to"
                raise UnsupportedRun(
                    f"The server ended an answer after {tokens} of {self._new_tokens} tokens "
                    f"({one.answer.finish or 'no reason given'}), where exactly so many were "
                    f"asked for: it {how} ({self._way.dialect.name}). Choose stop natural.",
                    "stop",
                )

    @property
    def _reads_anew(self) -> bool:
        """Whether the server is one that reads equal prompts anew, asked as it is."""
        return self._server.name in self._way.dialect.reads_anew

    def _ending(self, finish: str | None) -> str:
        if finish == STOP:
            both = "end of sequence or stop string"
            return both if self._workload.stop_strings else "end of sequence"
        return LENGTH if finish == LENGTH else self._secret.hide(finish or "not told")

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
