"""B over A for each metric: pair by pair where two runs were measured in turns.

What was sampled has an interval: of pairs by `paired_ratio`, of runs measured apart by resampling
both. What is counted exactly, such as bytes of weights, has the ratio itself as both bounds. What
was taken once, such as peak memory or a load, has none.
"""

from collections.abc import Callable, Sequence

from core.results.latency import (
    decode_repeats,
    output_repeats,
    prompt_tokens,
    rates,
    tpot_samples_s,
    ttft_samples_s,
)
from core.results.metric import Metric
from core.results.metrics import METRICS
from core.results.paired import ERROR_RATE, Ratio, paired_ratio, unpaired_ratio
from core.results.types import RunResult

Samples = Callable[[RunResult], Sequence[float]]
EXACT = ("weights_bytes", "kv_cache_bytes", "forward_passes")
NO_RATIO = ("e2e_low_s", "e2e_high_s", "instrument_overhead")
HEADLINE: dict[str, Samples] = {
    "e2e_s": lambda run: run.samples.e2e_s,
    "output_tokens_per_s": lambda run: rates(*output_repeats(run)),
    "total_tokens_per_s": lambda run: rates(*_all_tokens(run)),
}
STEP: dict[str, Samples] = {
    "ttft_s": lambda run: ttft_samples_s(run.samples),
    "tpot_s": lambda run: tpot_samples_s(run.samples),
    "decode_tokens_per_s": lambda run: rates(*decode_repeats(run)),
}


def in_turns(a: RunResult, b: RunResult) -> bool:
    """Whether the two were measured in turns with each other."""
    if a.pairing is None or b.pairing is None:
        return False
    return (a.pairing.partner_id, b.pairing.partner_id) == (b.run_id, a.run_id)


def ratios_of(a: RunResult, b: RunResult) -> dict[str, Ratio]:
    """B / A by a metric's key, where both have it and A's is not 0."""
    found = {metric.key: _ratio(metric, a, b) for metric in METRICS if _has_ratio(metric)}
    return {key: ratio for key, ratio in found.items() if ratio is not None}


def _has_ratio(metric: Metric) -> bool:
    return metric.key not in NO_RATIO and metric.unit != "share"


def _ratio(metric: Metric, a: RunResult, b: RunResult) -> Ratio | None:
    read = HEADLINE.get(metric.key) or STEP.get(metric.key)
    sampled = _sampled(metric.key, read(a), read(b), a, b) if read else None
    if sampled is not None:
        return sampled
    before, after = metric.read(a), metric.read(b)
    if before is None or after is None or before <= 0:
        return None
    value = after / before
    return Ratio(value, value, value) if metric.key in EXACT else Ratio(value)


def _sampled(
    key: str, a_samples: Sequence[float], b_samples: Sequence[float], a: RunResult, b: RunResult
) -> Ratio | None:
    """With the last look's share of the error rate for what the looks were of, and all of it for
    the step repeats, which are judged once; None without samples of each repeat.
    """
    if not in_turns(a, b) or a.pairing is None:
        return unpaired_ratio(a_samples, b_samples)
    headline = key in HEADLINE
    repeats = [len(run.samples.e2e_s if headline else run.samples.token_s) for run in (a, b)]
    if [len(a_samples), len(b_samples)] != repeats:
        return None
    return paired_ratio(a_samples, b_samples, a.pairing.error_rate if headline else ERROR_RATE)


def _all_tokens(run: RunResult) -> tuple[Sequence[int], Sequence[float]]:
    """Prompt and generated tokens of all rows in each headline repeat, and its seconds."""
    tokens, seconds = output_repeats(run)
    return [prompt_tokens(run) + generated for generated in tokens], seconds
