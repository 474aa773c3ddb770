"""What can be optimised or limited: the metrics that have a direction, and cost at a price.

And which runs may enter a choice at all: the trust rule.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from core.analysis.cost import cost_metrics, usd_per_million_tokens, usd_per_run
from core.results.candidate import Candidate
from core.results.energy import ENERGY_METRICS
from core.results.metrics import BY_KEY, METRICS, Metric
from core.results.passes import PASSES_METRICS
from core.results.quality import QUALITY_METRICS
from core.results.statistics import Interval
from core.results.types import Grade

# Ends of another metric's interval: limits on them are limits on that metric.
INTERVAL_ENDS = ("e2e_low_s", "e2e_high_s")
CandidatePrice = Callable[[Candidate], float | None]
Convert = Callable[[Candidate, float], float | None]
Numbers = npt.NDArray[np.float64]


class Kind(StrEnum):
    """What an objective is about."""

    LATENCY = "latency"
    THROUGHPUT = "throughput"
    MEMORY = "memory"
    COST = "cost"
    ENERGY = "energy"
    QUALITY = "quality"
    WORK = "work"


@dataclass(frozen=True)
class Objective:
    """A number of a candidate that is better the lower it is, or the higher.

    It is the metric `source`, or what `convert` makes of it, which must be monotone, so that the
    ends of its interval are those of the metric's. `exact` is whether it is no estimate from
    samples, so that it has no interval.
    """

    key: str
    label: str
    unit: str
    higher_is_better: bool
    kind: Kind
    help: str
    exact: bool
    source: str
    convert: Convert | None = None

    def value(self, candidate: Candidate) -> float | None:
        """The candidate's value; None where it is unknown, also where it is no finite number."""
        found = self._converted(candidate, candidate.values.get(self.source))
        return found if found is not None and math.isfinite(found) else None

    def interval(self, candidate: Candidate) -> Interval | None:
        """Its interval, stretched to hold the value; None where none is known."""
        value, found = self.value(candidate), candidate.intervals.get(self.source)
        if value is None or found is None:
            return None
        ends = [self._converted(candidate, end) for end in (found.low, found.high)]
        known = [end for end in ends if end is not None and math.isfinite(end)]
        return Interval(min(*known, value), max(*known, value)) if len(known) == 2 else None

    def column(self, candidates: Sequence[Candidate]) -> Numbers:
        """(n, 3): value, and least and greatest end of the interval of each; the value itself where
        no interval is known, NaN where the value is unknown. The same as one by one, but fast.
        """
        values = [candidate.values.get(self.source) for candidate in candidates]
        found = [candidate.intervals.get(self.source) for candidate in candidates]
        lows = [interval.low if interval else None for interval in found]
        highs = [interval.high if interval else None for interval in found]
        if self.convert:
            values, lows, highs = (
                list(map(self._converted, candidates, numbers)) for numbers in (values, lows, highs)
            )
        rows = np.array([values, lows, highs], dtype=float)
        rows[~np.isfinite(rows)] = np.nan
        rows[1:, np.isnan(rows).any(axis=0)] = np.nan
        return np.stack([rows[0], np.fmin.reduce(rows), np.fmax.reduce(rows)], axis=1)

    def _converted(self, candidate: Candidate, number: float | None) -> float | None:
        return number if number is None or not self.convert else self.convert(candidate, number)


@dataclass(frozen=True)
class Admitted:
    """The candidates that may enter a choice, how many were left out, and that in words."""

    candidates: tuple[Candidate, ...]
    left_out: int
    sentence: str


def measured_objectives() -> dict[str, Objective]:
    """By key: the metrics that need no price and have a direction."""
    return {
        metric.key: _objective(metric, metric.key)
        for metric in METRICS
        if metric.higher_is_better is not None and metric.key not in INTERVAL_ENDS
    }


def objectives(price_of: CandidatePrice, utilisation: float = 1.0) -> dict[str, Objective]:
    """By key: all that can be optimised or limited, at a price per hour of each candidate.

    `utilisation` is the share of paid time in which the machine generates. Raises RequestError for
    one that is not above 0 and up to 1.
    """
    per_run, per_million = cost_metrics(0.0, utilisation)

    def run_cost(candidate: Candidate, e2e_s: float) -> float | None:
        price = price_of(candidate)
        return None if price is None else usd_per_run(price, e2e_s)

    def million_cost(candidate: Candidate, rate: float) -> float | None:
        price = price_of(candidate)
        if price is None or rate <= 0:
            return None
        return usd_per_million_tokens(price, rate, utilisation)

    return {
        **measured_objectives(),
        per_run.key: _objective(per_run, "e2e_s", run_cost),
        per_million.key: _objective(per_million, "output_tokens_per_s", million_cost),
    }


def admitted(candidates: Sequence[Candidate], worst: Grade = Grade.B) -> Admitted:
    """The candidates of that trust grade or better, by default A and B.

    Where none is, nothing is dropped: the choice is among what there is, which the sentence says.
    """
    kept = tuple(c for c in candidates if c.trust <= worst)
    left_out = len(candidates) - len(kept)
    if not left_out:
        return Admitted(kept, 0, "")
    grades = " or ".join(grade for grade in Grade if grade <= worst)
    if kept:
        runs = "1 run is" if left_out == 1 else f"{left_out:,} runs are"
        return Admitted(kept, left_out, f"{runs} left out: their trust grade is below {worst}.")
    said = f"No run has trust grade {grades}, so the choice is among runs of a lower grade: "
    return Admitted(tuple(candidates), 0, f"{said}their numbers may be off.")


def _kind(metric: Metric) -> Kind:
    if metric in QUALITY_METRICS:
        return Kind.QUALITY
    if metric in ENERGY_METRICS:
        return Kind.ENERGY
    if metric in PASSES_METRICS:
        return Kind.WORK
    units = {"tokens/s": Kind.THROUGHPUT, "bytes": Kind.MEMORY, "USD": Kind.COST}
    return units.get(metric.unit, Kind.LATENCY)


def _objective(metric: Metric, source: str, convert: Convert | None = None) -> Objective:
    assert metric.higher_is_better is not None
    return Objective(
        key=metric.key,
        label=metric.label,
        unit=metric.unit,
        higher_is_better=metric.higher_is_better,
        kind=_kind(metric),
        help=metric.help,
        exact=BY_KEY[source].interval is None,
        source=source,
        convert=convert,
    )
