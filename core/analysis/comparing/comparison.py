"""Stored runs beside each other: every metric against one of them, and what can be told apart.

Runs of different hours are never as comparable as pairs measured in turns. So a difference is
called one only where it is more than chance explains: where both values have an interval, these
must not overlap; a time that has none is left untold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.analysis.baseline import Delta, change_of
from core.analysis.roofline import ROOFLINE_METRICS
from core.errors import RequestError
from core.results.metrics import Metric
from core.results.naming import long_name
from core.results.statistics import Interval
from core.results.types import RunResult

FEWEST_RUNS, MOST_RUNS = 2, 8
TIMED_UNITS = frozenset({"s", "tokens/s", "USD", "J/token", "W", "×"})
TIMED_KEYS = frozenset(metric.key for metric in ROOFLINE_METRICS)
COMPUTED = frozenset({"speed_of_light_s"})  # of sizes, not of a clock
# Read once, and never twice the same: a smaller change than this share says nothing.
MARGINS = {
    "peak_bytes": 0.02,
    "perplexity": 0.005,
    "perplexity_ratio": 0.005,
    "bits_per_byte": 0.005,
    "top1_agreement": 0.005,
}
ROUNDING_NATS = 1e-3  # a divergence below it is rounding, on either side


class Told(StrEnum):
    """What can be told of a value against the reference's."""

    REFERENCE = "reference"
    BETTER = "better"
    WORSE = "worse"
    OTHER = "other"  # it differs, and neither way is better
    ALIKE = "alike"
    OVERLAP = "overlap"  # the intervals overlap: the two cannot be told apart
    NO_INTERVAL = "no interval"  # a time of too few samples to tell
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Cell:
    """One run's value of a metric: its interval where known, its change against the reference
    (None where that is unknown or 0), and what can be told of it.
    """

    value: float | None
    interval: Interval | None
    relative: float | None
    told: Told


@dataclass(frozen=True)
class MetricRow:
    """A metric with a cell for each run, in the order of the runs."""

    metric: Metric
    cells: tuple[Cell, ...]


def checked_runs(results: Sequence[RunResult]) -> tuple[RunResult, ...]:
    """The runs without repetitions; raises RequestError where they are too few or too many."""
    found = {result.run_id: result for result in results}
    if not FEWEST_RUNS <= len(found) <= MOST_RUNS:
        reason = f"{len(found)} cannot be compared."
        raise RequestError("runs", len(found), reason, (f"{FEWEST_RUNS} to {MOST_RUNS} runs",))
    return tuple(found.values())


def compare(
    results: Sequence[RunResult], reference: RunResult, metrics: Sequence[Metric]
) -> tuple[MetricRow, ...]:
    """Each metric that any run knows, of each run against the reference, which may be among them.

    Raises RequestError where the runs are too few or too many.
    """
    runs = checked_runs(results)
    rows = (_row(metric, runs, reference) for metric in metrics)
    return tuple(row for row in rows if any(cell.value is not None for cell in row.cells))


def reference_choices(
    results: Sequence[RunResult], names: Sequence[str], baseline: RunResult | None
) -> dict[str, tuple[str, RunResult]]:
    """What the runs can be compared with, by id, each with its name: one of them, the first at the
    head, or the baseline of the first one's model.
    """
    known = {run.run_id: (name, run) for run, name in zip(results, names, strict=True)}
    if baseline and baseline.run_id not in known:
        known[baseline.run_id] = (f"the baseline, {long_name(baseline.spec)}", baseline)
    return known


def margin_of(metric: Metric) -> float | None:
    """The change, as a share, below which a value that is read once says nothing; None for times,
    which are never judged without an interval.
    """
    if metric.key in COMPUTED:
        return 0.0
    if metric.unit in TIMED_UNITS or metric.key in TIMED_KEYS:
        return None
    return MARGINS.get(metric.key, 0.0)


def interval_of(metric: Metric, result: RunResult) -> Interval | None:
    """The 95 % interval of a metric's value, in its unit; None where it cannot be told."""
    return metric.interval(result) if metric.interval else None


def _row(metric: Metric, runs: Sequence[RunResult], reference: RunResult) -> MetricRow:
    against, its_interval = metric.read(reference), interval_of(metric, reference)
    cells = []
    for run in runs:
        change, interval = change_of(metric, metric.read(run), against), interval_of(metric, run)
        if run.run_id == reference.run_id:
            cells.append(Cell(change.value, interval, None, Told.REFERENCE))
        else:
            told = _told(change, interval, its_interval)
            cells.append(Cell(change.value, interval, change.relative, told))
    return MetricRow(metric, tuple(cells))


def _told(change: Delta, interval: Interval | None, other: Interval | None) -> Told:
    if change.value is None or change.baseline is None:
        return Told.UNKNOWN
    if interval and other:
        if interval.low <= other.high and other.low <= interval.high:
            return Told.OVERLAP
    elif margin_of(change.metric) is None:
        return Told.NO_INTERVAL
    elif _alike(change, change.value, change.baseline):
        return Told.ALIKE
    if change.better is None:
        return Told.OTHER
    return Told.BETTER if change.better else Told.WORSE


def _alike(change: Delta, value: float, baseline: float) -> bool:
    """Whether two values that were read once differ by no more than such readings do."""
    if change.metric.unit == "nats":
        return max(value, baseline) < ROUNDING_NATS or value == baseline
    return abs(value - baseline) <= MARGINS.get(change.metric.key, 0.0) * abs(baseline)
