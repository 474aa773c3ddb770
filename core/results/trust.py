"""The trust grade: how far a result can be relied on, each reason in a sentence with its number."""

from collections.abc import Iterator

from core.results.latency import overhead_of
from core.results.measured import Samples
from core.results.observed import TIME_LIMIT, DeviceState, Effective, EndpointFacts
from core.results.statistics import median, median_interval
from core.results.types import Grade, Trust

FEWEST_REPEATS = 5
FEWEST_TOKENS = 8
WIDE_INTERVAL = 0.10
VERY_WIDE_INTERVAL = 0.30
LARGE_OVERHEAD = 0.03
CLOCK_DRIFT = 0.10
REUSED_SHARE = 0.10
FOREIGN_SHARE = 0.10
HEAVY_FOREIGN_SHARE = 0.30

Doubt = tuple[Grade, str]


def trust_of(
    samples: Samples,
    effective: Effective,
    after: DeviceState,
    endpoint: EndpointFacts | None = None,
) -> Trust:
    """Grade A without a reason against it; otherwise the worst grade that a reason gives."""
    found = [*_doubts_of_samples(samples), *_doubts_of_machine(samples, effective, after)]
    if endpoint is None:
        found += _doubts_of_neighbours(after)
    else:
        found += _doubts_of_server(endpoint)
    worst = max((grade for grade, _ in found), default=Grade.A)
    return Trust(grade=worst, reasons=tuple(reason for _, reason in found))


def _doubts_of_samples(samples: Samples) -> Iterator[Doubt]:
    if not samples.warmup_settled:
        runs = len(samples.warmup_s)
        yield Grade.B, f"Warm-up did not settle: no three of {runs} runs in a row within 5 %."
    yield from _width(samples.e2e_s)
    yield from _token_count(samples)
    overhead = overhead_of(samples) or 0.0
    if abs(overhead) > LARGE_OVERHEAD:
        took = f"{_percent(overhead, '+')} against the pass without stamps"
        yield Grade.B, f"The step pass took {took}; it should lie within 3 %."


def _width(e2e_s: tuple[float, ...]) -> Iterator[Doubt]:
    """The 95 % bootstrap interval of the median, as a share of the median."""
    count, middle, interval = len(e2e_s), median(e2e_s), median_interval(e2e_s)
    if count < FEWEST_REPEATS or interval is None:
        yield Grade.C, f"Only {_counted(count, 'repeat')}; an interval needs {FEWEST_REPEATS}."
        return
    width = (interval.high - interval.low) / middle if middle else 0.0
    if width > WIDE_INTERVAL:
        grade = Grade.C if width > VERY_WIDE_INTERVAL else Grade.B
        share = f"{_percent(width)} of the median, from {count} repeats"
        yield grade, f"The 95 % interval of the end-to-end median spans {share}."


def _token_count(samples: Samples) -> Iterator[Doubt]:
    """Too few tokens, or passes that gave them, for what is told per token."""
    tokens = min((len(times) for times in samples.token_s), default=FEWEST_TOKENS)
    passes = min((len(set(times)) for times in samples.token_s), default=FEWEST_TOKENS)
    steps = f"TPOT and ITL rest on {_counted(passes - 1, 'step')} per repeat"
    if tokens == 1:
        yield Grade.B, "Only 1 token was generated, so there is no time per later token."
    elif tokens < FEWEST_TOKENS:
        yield Grade.B, f"Only {tokens} tokens were generated: {steps}; {FEWEST_TOKENS} would do."
    elif passes < FEWEST_TOKENS:
        yield Grade.B, f"{_counted(passes, 'pass', 'es')} gave all {tokens} tokens: {steps}."
    if samples.e2e_tokens and min(samples.e2e_tokens) < max(samples.e2e_tokens):
        few, many = min(samples.e2e_tokens), max(samples.e2e_tokens)
        yield Grade.B, f"Repeats gave from {few} to {many} tokens: their times are not of one work."


def _doubts_of_machine(
    samples: Samples, effective: Effective, after: DeviceState
) -> Iterator[Doubt]:
    if effective.recompiles_while_timed:
        yield Grade.C, f"{_counted(effective.recompiles_while_timed, 'recompile')} while timed."
    if limited := effective.stopped_by.get(TIME_LIMIT):
        ended = f"The time limit ended {_counted(limited, 'row')}"
        yield Grade.B, f"{ended}: end-to-end time is the limit's, and says nothing of the machine."
    yield from _clock(samples.clock_mhz, after)


def _doubts_of_neighbours(after: DeviceState) -> Iterator[Doubt]:
    """What else ran on this machine; beside a server here, the server itself would seem so."""
    share = after.other_cpu_share or 0.0
    if share > FOREIGN_SHARE:
        grade = Grade.C if share > HEAVY_FOREIGN_SHARE else Grade.B
        yield grade, f"Other processes used {_percent(share)} of the processors meanwhile."
    if after.other_gpu_processes:
        others = _counted(after.other_gpu_processes, "other process", "es")
        yield Grade.B, f"{others} on the GPU at the end of the timed part."


def _doubts_of_server(endpoint: EndpointFacts) -> Iterator[Doubt]:
    """What cannot be seen of a server from outside, and what it kept from earlier prompts."""
    yield Grade.B, f"What else {endpoint.host} did meanwhile cannot be seen from here."
    reused = (endpoint.cached_tokens or 0) / endpoint.prompt_tokens
    if reused > REUSED_SHARE:
        had = f"The server had {_percent(reused)} of the prompts from earlier requests"
        yield Grade.C, f"{had}: TTFT is not that of a whole prompt."
    elif endpoint.may_reuse:
        alike = "All requests had the same prompt"
        yield Grade.B, f"{alike}, and the server does not say whether it read each anew."
    asked, read = endpoint.prompt_asked, endpoint.prompt_read
    if asked is not None and any(tokens != asked for tokens in read):
        counts = " to ".join(map(str, dict.fromkeys((read[0], read[-1]))))
        yield Grade.B, f"Prompts of {asked} tokens were asked, and the server read {counts}."
    if endpoint.is_spread:
        came = f"{endpoint.tokens} tokens came in {endpoint.pieces} pieces"
        yield Grade.B, f"{came}, and the server does not say how many in which: ITL is a guess."
    if endpoint.opened_while_timed:
        opened = _counted(endpoint.opened_while_timed, "connection")
        yield Grade.B, f"{opened} had to be opened within timed requests."


def _clock(clock_mhz: tuple[float, ...], after: DeviceState) -> Iterator[Doubt]:
    """A clock that changed while the repeats ran, or that the device itself held down."""
    drift = clock_mhz[-1] / clock_mhz[0] - 1 if len(clock_mhz) > 1 else 0.0
    if abs(drift) > CLOCK_DRIFT:
        way = f"from {clock_mhz[0]:.0f} to {clock_mhz[-1]:.0f} MHz ({_percent(drift, '+')})"
        yield Grade.B, f"The clock went {way} between the first and the last repeat."
    if after.slowed_by:
        hot = f" at {after.temperature_c:.0f} °C" if after.temperature_c is not None else ""
        causes = " and ".join(after.slowed_by)
        yield Grade.B, f"The GPU's clock was held down by {causes}{hot}."


def _percent(share: float, sign: str = "") -> str:
    """A share as a whole per cent, as the rest of the program writes it."""
    return f"{share * 100:{sign}.0f} %"


def _counted(count: int, noun: str, plural: str = "s") -> str:
    return f"{count} {noun}{'' if count == 1 else plural}"
