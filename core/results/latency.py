"""Latency and throughput of a run, derived from its raw samples."""

from dataclasses import dataclass
from itertools import pairwise

from core.results.measured import Samples
from core.results.statistics import Interval, median, median_interval, percentile
from core.results.types import RunResult


@dataclass(frozen=True)
class Latency:
    """Seconds and tokens per second; None where the samples do not tell.

    `ttft_s`: time to first token. `tpot_s`: (e2e - ttft) / (tokens - 1) of a step pass.
    `itl_s`: every inter-token latency of all step passes. Decode throughput counts the tokens
    after the first; output throughput all generated tokens, total throughput the prompt too.
    """

    ttft_s: float | None
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


def latency_of(result: RunResult) -> Latency:
    """All latency figures of one run."""
    passes = [times for times in result.samples.token_s if times]
    e2e = result.samples.e2e_s
    steps = tuple(later - earlier for times in passes for earlier, later in pairwise(times))
    tpot = median([(t[-1] - t[0]) / (len(t) - 1) for t in passes if len(t) > 1])
    e2e_s = median(e2e)
    new = sum(result.output.new_tokens)
    prompt = result.output.prompt_tokens * len(result.output.new_tokens)
    return Latency(
        ttft_s=median([times[0] for times in passes]),
        tpot_s=tpot,
        itl_s=steps,
        itl_p95_s=percentile(steps, 95),
        e2e_s=e2e_s,
        e2e_min_s=min(e2e, default=None),
        e2e_samples_s=e2e,
        decode_tokens_per_s=_decode_rate(result, passes),
        output_tokens_per_s=new / e2e_s if e2e_s else None,
        total_tokens_per_s=(prompt + new) / e2e_s if e2e_s else None,
        instrument_overhead=overhead_of(result.samples),
    )


def overhead_of(samples: Samples) -> float | None:
    """The fastest step repeat over the fastest headline repeat, less 1: the instruments' share.

    What disturbs a run only adds to it, so the fastest of each differ by their instruments alone,
    where medians of a few repeats differ by chance as well.
    """
    plain = min(samples.e2e_s, default=0.0)
    stamped = min((times[-1] for times in samples.token_s if times), default=0.0)
    return stamped / plain - 1 if plain and stamped else None


def _decode_rate(result: RunResult, passes: list[tuple[float, ...]]) -> float | None:
    """Tokens after the first of each row, per second of decoding."""
    seconds = median([times[-1] - times[0] for times in passes if len(times) > 1])
    tokens = sum(count - 1 for count in result.output.new_tokens)
    return tokens / seconds if seconds and tokens > 0 else None
