"""95 % intervals of the latencies and rates that come from several repeats.

Each is of the very statistic that its metric shows: the median over repeats. The ITL's percentile
has none, since the gaps of one repeat hang together and repeats are few. Memory, quality and
counts are no samples.
"""

from collections.abc import Sequence

from core.results.latency import (
    decode_repeats,
    output_repeats,
    prompt_tokens,
    rates,
    tpot_samples_s,
    ttft_samples_s,
)
from core.results.statistics import Interval, median_interval
from core.results.types import RunResult


def ttft_interval(result: RunResult) -> Interval | None:
    """Seconds, over the step repeats."""
    return median_interval(ttft_samples_s(result.samples))


def tpot_interval(result: RunResult) -> Interval | None:
    """Seconds per token, over the step repeats."""
    return median_interval(tpot_samples_s(result.samples))


def e2e_interval(result: RunResult) -> Interval | None:
    """Seconds, over the headline repeats."""
    return median_interval(result.samples.e2e_s)


def decode_interval(result: RunResult) -> Interval | None:
    """Tokens per second after the first pass, over the step repeats."""
    return _rate_interval(*decode_repeats(result))


def output_interval(result: RunResult) -> Interval | None:
    """Generated tokens per second, over the headline repeats."""
    return _rate_interval(*output_repeats(result))


def total_interval(result: RunResult) -> Interval | None:
    """Prompt and generated tokens per second: the generated ones' interval and the prompt's, which
    rise and fall together.
    """
    output, e2e = output_interval(result), e2e_interval(result)
    if output is None or e2e is None or e2e.low <= 0:
        return None
    prompt = prompt_tokens(result)
    return Interval(output.low + prompt / e2e.high, output.high + prompt / e2e.low)


def _rate_interval(tokens: Sequence[int], seconds: Sequence[float]) -> Interval | None:
    """As `rate` has it: so many tokens over the median, or the median of what repeats gave."""
    if len(set(tokens)) != 1:
        return median_interval(rates(tokens, seconds))
    found = median_interval(seconds)
    if found is None or found.low <= 0:
        return None
    return Interval(tokens[0] / found.high, tokens[0] / found.low)
