"""A run against its baseline: the change of each metric, and whether it is for the better."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.results.metrics import Metric
from core.results.types import RunResult


@dataclass(frozen=True)
class Delta:
    """One metric's change. `relative` is (value - baseline) / |baseline|, None where the baseline
    is 0, either is unknown, or they lie on either side of 0; `better` is None without a change or
    a direction.
    """

    metric: Metric
    value: float | None
    baseline: float | None
    relative: float | None
    better: bool | None


def delta(metric: Metric, result: RunResult, baseline: RunResult | None) -> Delta:
    """The change of one metric; without a baseline everything but the value is None."""
    return change_of(metric, metric.read(result), metric.read(baseline) if baseline else None)


def change_of(metric: Metric, value: float | None, against: float | None) -> Delta:
    """The change of a metric from one value to another, either of which may be unknown."""
    return Delta(metric, value, against, _relative(value, against), _better(metric, value, against))


def deltas(
    metrics: Sequence[Metric], result: RunResult, baseline: RunResult | None
) -> tuple[Delta, ...]:
    """The change of each metric, in their order."""
    return tuple(delta(metric, result, baseline) for metric in metrics)


def workload_differences(result: RunResult, baseline: RunResult) -> tuple[str, ...]:
    """Fields that were another question, or other weights: with them, a delta compares unlike runs.

    The KV cache is a lever, and warm-up, repeats and quality do not change what is measured.
    """
    mine, theirs = result.spec.workload, baseline.spec.workload
    found = []
    for field in ("weights", "revision"):
        asked, before = (getattr(run.spec.variant, field) for run in (result, baseline))
        if asked != before:
            found.append(f"{field} {asked or 'as pinned'} against {before or 'as pinned'}")
    found += [
        f"{field} {getattr(mine, field)} against {getattr(theirs, field)}"
        for field in ("batch_size", "max_new_tokens", "stop")
        if getattr(mine, field) != getattr(theirs, field)
    ]
    ours, others = result.output.prompt_tokens, baseline.output.prompt_tokens
    if ours != others:
        found.append(f"prompt tokens {ours} against {others}")
    return tuple(found)


def _relative(value: float | None, against: float | None) -> float | None:
    if value is None or not against or value * against < 0:
        return None
    return (value - against) / abs(against)


def _better(metric: Metric, value: float | None, against: float | None) -> bool | None:
    if value is None or against is None or value == against or metric.higher_is_better is None:
        return None
    return (value > against) is metric.higher_is_better
