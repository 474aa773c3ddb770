"""What a table or a plot needs of each ratio B / A: its name, its interval, for better or worse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.analysis.comparing.comparison import margin_of
from core.results.format import significant
from core.results.metrics import Metric
from core.results.paired import Ratio
from core.results.statistics import Interval
from core.results.types import RunResult

IN_THE_INTERVAL = ("e2e_low_s", "e2e_high_s")


@dataclass(frozen=True)
class RatioRow:
    """A metric's ratio B / A: `interval` is None where none is known, `exact` where it needs none.
    `better` tells whether B is, None where it is not told; then `alike` tells whether that is
    since both are the same, as exact values or within what readings of one thing differ by.
    """

    metric: Metric
    value: float
    interval: Interval | None
    exact: bool
    better: bool | None
    alike: bool

    @property
    def label(self) -> str:
        """The metric's name."""
        return self.metric.label


def ratio_rows(ratios: Mapping[str, Ratio], metrics: Sequence[Metric]) -> list[RatioRow]:
    """A row for each metric that has a ratio and a direction, in the order of the metrics."""
    return [
        _row(metric, ratios[metric.key])
        for metric in metrics
        if metric.key in ratios
        and metric.key not in IN_THE_INTERVAL
        and metric.higher_is_better is not None
    ]


def in_words(row: RatioRow) -> str:
    """`0.763 (0.741 to 0.787)`."""
    if row.exact:
        return significant(row.value)
    if row.interval is None:
        return f"{significant(row.value)}, no interval"
    low, high = significant(row.interval.low), significant(row.interval.high)
    return f"{significant(row.value)} ({low} to {high})"


def pair_ratios(a: RunResult, b: RunResult) -> list[float]:
    """Each pair's ratio of end-to-end times, B / A, in the order of time."""
    pairs = zip(a.samples.e2e_s, b.samples.e2e_s, strict=False)
    return [its / mine for mine, its in pairs if mine]


def _row(metric: Metric, ratio: Ratio) -> RatioRow:
    if ratio.low is not None and ratio.high is not None:
        exact = ratio.low == ratio.high == ratio.value
        interval = None if exact else Interval(ratio.low, ratio.high)
        better = _better(metric, ratio.low, ratio.high)
        return RatioRow(metric, ratio.value, interval, exact, better, exact and better is None)
    margin = margin_of(metric)
    if margin is None:
        return RatioRow(metric, ratio.value, None, exact=False, better=None, alike=False)
    better = _better(metric, ratio.value / (1 + margin), ratio.value * (1 + margin))
    return RatioRow(metric, ratio.value, None, exact=False, better=better, alike=better is None)


def _better(metric: Metric, low: float, high: float) -> bool | None:
    """Whether B is better; None where its interval holds 1."""
    if low <= 1 <= high:
        return None
    return (low > 1) is metric.higher_is_better
