"""Cells that need not be measured, since what they could give at best is known and is not enough.

Two reasons are certain. A cell that needs more of everything than one that ran out of memory in
this sweep does so too. And a cell whose *best possible* values are no better in any objective, and
worse in one, than a measured one's is dominated whatever it would measure. The best possible time
is the speed of light of its passes (`core.analysis.physics`), which a run can at most come near;
the least memory is that of the process, its weights and its cache; quality is that of its variant,
once that is known. Where a bound is not known for one of the objectives, nothing is said.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.analysis.deciding.objectives import Kind, Objective
from core.analysis.forecast.need import prompt_tokens
from core.analysis.physics import BEYOND
from core.errors import FailureKind
from core.experiments.sweeps.least import Least, least_of
from core.results.candidate import Candidate
from core.results.format import show
from core.results.identity import question_id
from core.results.naming import short_name
from core.results.types import RunFailure, RunResult
from core.variants.spec import RunSpec

MARGIN = BEYOND  # ceilings are measured too: a run may come a little beyond them


@dataclass(frozen=True)
class _Known:
    """A measured cell: what it gave, and the question that it answered."""

    spec: RunSpec
    candidate: Candidate


@dataclass
class BeyondDoubt:
    """Learns from the cells of a sweep as they end, and names those that are not worth a run.
    `price_per_hour` in US dollars, None where costs are no objective.
    """

    objectives: Sequence[Objective]
    price_per_hour: float | None = None
    _known: list[_Known] = field(default_factory=list)
    _results: dict[str, RunResult] = field(default_factory=dict)
    _too_large: list[RunSpec] = field(default_factory=list)

    def learn(self, result: RunResult, candidate: Candidate) -> None:
        """A cell was measured. Of each variant one result is kept, for what a step costs."""
        self._known.append(_Known(result.spec, candidate))
        kept = self._results.get(result.spec.variant.id)
        if kept is None or kept.quality is None:
            self._results[result.spec.variant.id] = result

    def learn_failure(self, failure: RunFailure) -> None:
        """A cell failed; running out of memory says something of larger ones."""
        if failure.kind is FailureKind.OUT_OF_MEMORY:
            self._too_large.append(failure.spec)

    def reason(self, spec: RunSpec) -> str | None:
        """Why the cell is not worth a run; None where it may be."""
        for smaller in self._too_large:
            if needs_more(spec, smaller):
                return f"certain to run out of memory: {short_name(smaller)} did, with less to hold"
        return self._dominated(spec)

    def _dominated(self, spec: RunSpec) -> str | None:
        like = self._results.get(spec.variant.id)
        if like is None or not self.objectives:
            return None
        bounds = [self._bound(objective, spec, like) for objective in self.objectives]
        if any(bound is None for bound in bounds):
            return None
        best = [bound for bound in bounds if bound is not None]
        for known in self._known:
            if _comparable(known.spec, spec) and self._beats(known.candidate, best):
                return f"dominated by {known.candidate.run_id} ({self._words(best)})"
        return None

    def _bound(self, objective: Objective, spec: RunSpec, like: RunResult) -> float | None:
        """The best value that the cell could have."""
        if objective.kind is Kind.QUALITY:
            quality = like.quality
            value = getattr(quality, objective.key, None) if quality else None
            return float(value) if isinstance(value, int | float) else None
        least = least_of(spec, like)
        return best_value(objective.key, spec, least, self.price_per_hour) if least else None

    def _beats(self, candidate: Candidate, best: Sequence[float]) -> bool:
        """Whether the measured cell is nowhere worse, and somewhere better, than the bounds."""
        strictly = False
        for objective, bound in zip(self.objectives, best, strict=True):
            sign = -1.0 if objective.higher_is_better else 1.0
            worst = _worst(objective, candidate)
            if worst is None or sign * worst > sign * bound:
                return False
            strictly |= sign * worst < sign * bound
        return strictly

    def _words(self, best: Sequence[float]) -> str:
        parts = [
            f"{objective.label} is at best {show(bound, objective.unit)}"
            for objective, bound in zip(self.objectives, best, strict=True)
        ]
        return ", ".join(parts)


def _comparable(known: RunSpec, spec: RunSpec) -> bool:
    """Whether they ask the same of the same device: on another one a worse cell may be the best."""
    return known.variant.device == spec.variant.device and question_id(known) == question_id(spec)


def needs_more(spec: RunSpec, smaller: RunSpec) -> bool:
    """Whether a cell differs from a smaller one in sizes alone, and none of them is smaller."""
    sizes = {"batch_size", "max_new_tokens", "prompt_tokens"}
    if spec.variant != smaller.variant or spec == smaller:
        return False
    mine, theirs = (s.workload.model_dump(exclude=sizes) for s in (spec, smaller))
    if mine != theirs or prompt_tokens(spec) < prompt_tokens(smaller):
        return False
    more, less = spec.workload, smaller.workload
    return more.batch_size >= less.batch_size and more.max_new_tokens >= less.max_new_tokens


def best_value(key: str, spec: RunSpec, least: Least, price: float | None) -> float | None:
    """The best value of a metric that the least seconds and bytes allow; None for other metrics."""
    new = spec.workload.max_new_tokens
    e2e_s = (least.prefill_s + least.decode_s) / MARGIN
    rate = spec.workload.batch_size * new / e2e_s
    bounds = {
        "e2e_s": e2e_s,
        "e2e_min_s": e2e_s,
        "ttft_s": least.prefill_s / MARGIN,
        "tpot_s": least.decode_s / MARGIN / (new - 1) if new > 1 else math.nan,
        "output_tokens_per_s": rate,
        "peak_bytes": least.bytes / MARGIN,
    }
    if price is not None:
        bounds["usd_per_run"] = price * e2e_s / 3600
        bounds["usd_per_million_tokens"] = price / 3600 / rate * 1e6
    value = bounds.get(key)
    return value if value is not None and math.isfinite(value) else None


def _worst(objective: Objective, candidate: Candidate) -> float | None:
    """The measured value at the bad end of its interval, where it has one."""
    interval = objective.interval(candidate)
    if interval is None:
        return objective.value(candidate)
    return interval.low if objective.higher_is_better else interval.high
