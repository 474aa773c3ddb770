"""Latency and throughput of a run, derived from its raw samples."""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.results.measured import Samples
from core.results.statistics import Interval, median, median_interval, percentile
from core.results.types import RunResult


@dataclass(frozen=True)
class Latency:
    """Seconds and tokens per second; None where the samples do not tell.

    `ttft_s`: time to first token. `decode_s`: from then to the last one. `tpot_s`: that over the
    tokens which came later. Where tokens are guessed a pass may give several at once: the first
    gives `first_tokens` of a row, of which none came later, and `itl_s`, every inter-token latency
    of all step passes, has no gap within a pass. Requests that do not go in step each have a TTFT
    and a TPOT, of which a repeat gives the median, and decode from the earliest's first token to
    the latest's last. Decode throughput counts later tokens, output
    throughput all generated ones, total throughput the prompts too; padding never counts.
    """

    ttft_s: float | None
    first_tokens: int
    decode_s: float | None
    tpot_s: float | None
    itl_s: tuple[float, ...]
    itl_p95_s: float | None
    e2e_s: float | None
    e2e_min_s: float | None
    e2e_samples_s: tuple[float, ...]
    decode_tokens_per_s: float | None
    output_tokens_per_s: float | None
    total_tokens_per_s: float | None
    instrument_overhead: float | None

    @property
    def e2e_interval(self) -> Interval | None:
        """95 % interval of the median of `e2e_s`; a property, since resampling takes a while."""
        return median_interval(self.e2e_samples_s)


_known: dict[int, Latency] = {}  # of results that are alive, by their identity


def latency_of(result: RunResult) -> Latency:
    """All latency figures of one run; kept as long as the result itself, which never changes, since
    every metric asks for them and there may be a hundred thousand samples.
    """
    key = id(result)
    found = _known.get(key)
    if found is None:
        found = _known[key] = _latency_of(result)
        weakref.finalize(result, _known.pop, key, None)
    return found


def _latency_of(result: RunResult) -> Latency:
    samples, e2e_s = result.samples, median(result.samples.e2e_s)
    rows = [times for repeat in rows_of(samples) for times in repeat]
    gaps = [later - earlier for times in rows for earlier, later in pairwise(times)]
    steps = tuple(gap for gap in gaps if gap)
    output = rate(*output_repeats(result))
    return Latency(
        ttft_s=median(ttft_samples_s(samples)),
        first_tokens=min((_first_tokens(times) for times in rows), default=1),
        decode_s=median([times[-1] - times[0] for times in rows if times[-1] > times[0]]),
        tpot_s=median(tpot_samples_s(samples)),
        itl_s=steps,
        itl_p95_s=percentile(steps, 95),
        e2e_s=e2e_s,
        e2e_min_s=min(samples.e2e_s, default=None),
        e2e_samples_s=samples.e2e_s,
        decode_tokens_per_s=rate(*decode_repeats(result)) or None,
        output_tokens_per_s=output,
        total_tokens_per_s=output + prompt_tokens(result) / e2e_s if output and e2e_s else None,
        instrument_overhead=overhead_of(samples),
    )


def rows_of(samples: Samples) -> list[tuple[tuple[float, ...], ...]]:
    """For each step repeat the times of the rows that went apart: one series where all rows went in
    step, else one per request. What gave no token is left out.
    """
    repeats = samples.request_s or tuple((times,) for times in samples.token_s)
    kept = [tuple(times for times in rows if times) for rows in repeats]
    return [rows for rows in kept if rows]


def ttft_samples_s(samples: Samples) -> list[float]:
    """Seconds to the first token, one per step repeat: the median of its requests."""
    return _medians([[times[0] for times in rows] for rows in rows_of(samples)])


def tpot_samples_s(samples: Samples) -> list[float]:
    """Seconds per later token, one per step repeat that has later ones: the median of requests."""
    repeats = [[_tpot_s(times) for times in rows] for rows in rows_of(samples)]
    return _medians([[one for one in repeat if one is not None] for repeat in repeats])


def prompt_tokens(result: RunResult) -> int:
    """Of all rows, without padding."""
    output = result.output
    return sum(output.prompt_lengths) or output.prompt_tokens * len(output.new_tokens)


def output_repeats(result: RunResult) -> tuple[Sequence[int], Sequence[float]]:
    """Generated tokens of all rows in each headline repeat, and its seconds, end to end."""
    samples, usual = result.samples, sum(result.output.new_tokens)
    return samples.e2e_tokens or (usual,) * len(samples.e2e_s), samples.e2e_s


def decode_repeats(result: RunResult) -> tuple[Sequence[int], Sequence[float]]:
    """Tokens of all rows that came after the first pass of each step repeat, and their seconds."""
    samples, rows = result.samples, len(result.output.new_tokens)
    if samples.request_s:
        return _decoded_by_requests(samples)
    usual = (sum(result.output.new_tokens),) * len(samples.token_s)
    decoded = [
        (tokens - rows * _first_tokens(times), times[-1] - times[0])
        for tokens, times in zip(samples.step_tokens or usual, samples.token_s, strict=True)
        if times and times[-1] > times[0]
    ]
    return [tokens for tokens, _ in decoded], [seconds for _, seconds in decoded]


def _decoded_by_requests(samples: Samples) -> tuple[list[int], list[float]]:
    """From the earliest request's first token to the latest's last: what waits in between for its
    own first token decodes nothing, and that time counts.
    """
    tokens, seconds = [], []
    for rows, together in zip(samples.request_s, samples.token_s, strict=True):
        span_s = together[-1] - min(times[0] for times in rows)
        if span_s > 0:
            tokens.append(sum(len(times) - _first_tokens(times) for times in rows))
            seconds.append(span_s)
    return tokens, seconds


def rate(tokens: Sequence[int], seconds: Sequence[float]) -> float | None:
    """Tokens per second of repeats that gave so many tokens each; None where none took any time."""
    if len(set(tokens)) == 1 and any(seconds):
        return tokens[0] / (median(seconds) or 1.0)
    return median(rates(tokens, seconds))


def rates(tokens: Sequence[int], seconds: Sequence[float]) -> list[float]:
    """Tokens per second of each repeat that took any time."""
    return [count / second for count, second in zip(tokens, seconds, strict=True) if second]


def overhead_of(samples: Samples) -> float | None:
    """The fastest step repeat over the fastest headline repeat, less 1: the instruments' share.

    What disturbs a run only adds to it, so the fastest of each differ by their instruments alone,
    where medians of a few repeats differ by chance as well.
    """
    plain = min(samples.e2e_s, default=0.0)
    stamped = min((times[-1] for times in samples.token_s if times), default=0.0)
    return stamped / plain - 1 if plain and stamped else None


def _tpot_s(times: tuple[float, ...]) -> float | None:
    """Seconds per token of a row that came later than its first; None without one."""
    later = len(times) - _first_tokens(times)
    return (times[-1] - times[0]) / later if later else None


def _medians(repeats: list[list[float]]) -> list[float]:
    """The median of each repeat that has any."""
    return [value for repeat in repeats if (value := median(repeat)) is not None]


def _first_tokens(times: tuple[float, ...]) -> int:
    """Tokens of a row that came together with its first."""
    return times.count(times[0])
