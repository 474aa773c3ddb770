"""Whether compiling pays, and what the first request pays that a warm one does not.

Compiling is held against the same run uncompiled, where one was measured. What is not known stays
None, and the sentences say what to measure.
"""

from dataclasses import dataclass

from core.analysis.cost import break_even_tokens, usd_per_run
from core.results.format import show, significant
from core.results.latency import Latency, latency_of
from core.results.types import RunResult
from core.variants.compilation import Compilation


@dataclass(frozen=True)
class BreakEven:
    """After how many tokens of a row, and how many whole requests, compiling has paid.

    `tokens` and `requests` are None where a compiled step or request is not faster: then it never
    pays. `certain` tells whether the 95 % intervals of the two end-to-end medians lie apart.
    """

    compile_s: float
    tokens: float | None
    requests: float | None
    twin_id: str
    certain: bool


@dataclass(frozen=True)
class FirstRequest:
    """Seconds of a request that loads and runs a shape for the first time, and of a warm one."""

    load_s: float
    first_s: float
    warm_s: float

    @property
    def cold_s(self) -> float:
        """All that the first request waits for: the load and the first run."""
        return self.load_s + self.first_s

    @property
    def extra_s(self) -> float:
        """What it waits for beyond a warm request."""
        return self.cold_s - self.warm_s

    def mean_s(self, requests: int) -> float:
        """Seconds per request where so many follow each other, the first of them cold."""
        return self.warm_s + self.extra_s / requests


def compiles(result: RunResult) -> bool:
    """Whether compiling was asked for."""
    return result.spec.variant.compile is not Compilation.OFF


def break_even(result: RunResult, twin: RunResult | None) -> BreakEven | None:
    """Compile seconds over what each token and each request saves against the uncompiled twin:
    compile / (TPOT eager - TPOT compiled), compile / (end-to-end eager - end-to-end compiled).

    None where nothing was compiled, no twin was measured, or either has no times.
    """
    compile_s = result.times.compile_s
    if twin is None or compile_s is None:
        return None
    ours, theirs = latency_of(result), latency_of(twin)
    if ours.e2e_s is None or theirs.e2e_s is None:
        return None
    by_token = None
    if ours.tpot_s is not None and theirs.tpot_s is not None:
        by_token = break_even_tokens(compile_s, theirs.tpot_s, ours.tpot_s)
    return BreakEven(
        compile_s=compile_s,
        tokens=by_token,
        requests=break_even_requests(compile_s, theirs.e2e_s, ours.e2e_s),
        twin_id=twin.run_id,
        certain=_apart(ours, theirs),
    )


def break_even_requests(compile_s: float, eager_s: float, compiled_s: float) -> float | None:
    """Whole requests after which compiling has paid; None where a compiled one is not faster."""
    return break_even_tokens(compile_s, eager_s, compiled_s)


def _apart(ours: Latency, theirs: Latency) -> bool:
    mine, other = ours.e2e_interval, theirs.e2e_interval
    if mine is None or other is None:
        return False
    return mine.high < other.low or other.high < mine.low


def break_even_sentence(result: RunResult, twin: RunResult | None) -> str | None:
    """Whether and when compiling pays, in words; None where nothing was to be compiled."""
    if not compiles(result):
        return None
    if result.times.compile_s is None:
        return "When compiling pays is not known: its seconds were not measured in this run."
    if twin is None:
        return "When compiling pays is not known yet: measure the same with compile off."
    found = break_even(result, twin)
    if found is None:
        return f"When compiling pays is not known: run {twin.run_id} has no times to compare with."
    sentences = (_verdict(found), _doubt(found), cached_graphs(result))
    return " ".join(sentence for sentence in sentences if sentence)


def cached_graphs(result: RunResult) -> str | None:
    """That compile seconds are no first compile's; None where all graphs were made anew."""
    found = result.effective.graphs_from_disk
    if not compiles(result) or not found:
        return None
    came = "1 graph came" if found == 1 else f"{found} graphs came"
    return f"{came} from the compile cache on disk: a first compile takes longer."


def _verdict(found: BreakEven) -> str:
    paid = f"{show(found.compile_s, 's')} of compiling"
    against = f"against the uncompiled run {found.twin_id}"
    if found.requests is None and found.tokens is None:
        return f"{paid} never pay {against}: compiled it is not faster."
    requests = _after(found.requests, "requests like this one", "a request is not faster")
    tokens = _after(found.tokens, "tokens", "a token is not faster")
    return f"{paid} have paid {against} {requests}; counted in tokens, {tokens}."


def _after(count: float | None, what: str, never: str) -> str:
    if count is None:
        return f"never, since {never}"
    return f"after {significant(max(count, 1))} {what}"


def _doubt(found: BreakEven) -> str:
    if found.certain:
        return ""
    return "The 95 % intervals of the two overlap or are missing, so this may be chance."


def first_request(result: RunResult) -> FirstRequest | None:
    """What the first request pays; None where the load or the first run is not known.

    Where this shape had run before, its first run is known if it compiled: the compile seconds
    are that run minus a warm one.
    """
    times, warm_s = result.times, latency_of(result).e2e_s
    first_s = times.first_s
    if first_s is None and times.compile_s is not None and warm_s is not None:
        first_s = times.compile_s + warm_s
    if times.load_s is None or first_s is None or warm_s is None:
        return None
    return FirstRequest(load_s=times.load_s, first_s=first_s, warm_s=warm_s)


def usd_of(usd_per_hour: float | None, seconds: float | None) -> float | None:
    """What so many seconds cost; None where either is not known."""
    if usd_per_hour is None or seconds is None:
        return None
    return usd_per_run(usd_per_hour, seconds)


def economics(
    result: RunResult, twin: RunResult | None, usd_per_hour: float | None
) -> dict[str, float | str | bool | None]:
    """All of it as plain values for documents; null where it is not known."""
    first, even = first_request(result), break_even(result, twin)
    cold_s = first.cold_s if first else None
    return {
        "first_request_s": cold_s,
        "warm_request_s": latency_of(result).e2e_s,
        "usd_first_request": usd_of(usd_per_hour, cold_s),
        "compile_s": result.times.compile_s,
        "break_even_tokens": even.tokens if even else None,
        "break_even_requests": even.requests if even else None,
        "break_even_certain": even.certain if even else None,
        "uncompiled_run_id": twin.run_id if twin else None,
        "sentence": break_even_sentence(result, twin),
    }
