"""A sweep as it stands, for pages and the command line: frozen, and cheap to ask for."""

from dataclasses import dataclass
from typing import Any

from core.analysis.forecast.span import NOTHING, Span
from core.analysis.forecast.sweep_plan import SweepPlan
from core.experiments.budget import Budget
from core.experiments.sweeps.cells import Cell, CellState
from core.experiments.sweeps.preparation import Prepared
from core.experiments.sweeps.sweep_request import Stage, SweepRequest
from core.experiments.sweeps.time_left import shared
from core.jobs.job import JobSnapshot
from core.results.experiments import ExperimentStatus


@dataclass(frozen=True)
class Spent:
    """Seconds of all sittings of a sweep, and how many of them were warm-up and measuring. Cells
    that are measured again after a stop count as often as they ran.
    """

    seconds: float = 0.0
    timed_s: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.seconds + other.seconds, self.timed_s + other.timed_s)

    @property
    def timed_share(self) -> float | None:
        """The share of the seconds that was warm-up and measuring; None before the first."""
        return self.timed_s / self.seconds if self.seconds > 0 and self.timed_s > 0 else None


@dataclass(frozen=True)
class SweepPicture:
    """How a sweep stands. `cells` are in the order in which they are measured; `left` is None
    where it cannot be told; `sitting_s` are the seconds since it was started or resumed, against
    its budget. `reason` says why it ended early, `gave_up` whether that was a fault and not as
    asked; `notes` tell of devices that were given up. `running` are the runs that are measured now,
    and `ours` is whether this process runs it.
    """

    experiment_id: str
    request: SweepRequest
    prepared: Prepared
    status: ExperimentStatus
    stage: Stage
    cells: tuple[Cell, ...]
    spent: Spent
    sitting_s: float
    left: Span | None
    estimate: Span | None
    reason: str
    gave_up: bool
    running: tuple[JobSnapshot, ...]
    ours: bool
    notes: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Whether it goes on, here or in another process."""
        return self.status is ExperimentStatus.RUNNING

    @property
    def budget(self) -> Budget:
        """What one sitting may take."""
        return budget_of(self.request)

    @property
    def total(self) -> int:
        """All combinations of the grid's values."""
        return self.prepared.cells.total

    @property
    def run_ids(self) -> tuple[str, ...]:
        """The runs of the measured cells."""
        measured = (CellState.DONE, CellState.REUSED)
        return tuple(c.run_id for c in self.cells if c.state in measured and c.run_id)

    def count(self, *states: CellState) -> int:
        """How many cells are in one of these states."""
        return sum(cell.state in states for cell in self.cells)

    def result(self) -> dict[str, Any]:
        """What is stored of it when it ends."""
        return {
            "seconds": self.spent.seconds,
            "timed_s": self.spent.timed_s,
            "estimate_s": self.estimate.likely if self.estimate else None,
            "reason": self.reason,
            "gave_up": self.gave_up,
            "cells": {str(state): self.count(state) for state in CellState},
            "skipped": {c.spec.id: c.reason for c in self.cells if c.state is CellState.SKIPPED},
        }


def expected(request: SweepRequest, planned: SweepPlan) -> Span:
    """Seconds that a sitting of the sweep is expected to take: of a search its trials, each as long
    as a cell is on average, shared among the devices, and no more than the budget.
    """
    seconds, cells = planned.seconds, len(planned.to_measure)
    if request.search is not None and cells:
        seconds = seconds.times(min(1.0, request.search.trials / cells))
    if len(request.devices) > 1:
        each = [cell.seconds for cell in planned.to_measure if cell.seconds is not None]
        longest = max(each, key=lambda span: span.likely, default=NOTHING)
        seconds = shared(seconds, longest, len(request.devices))
    limit = budget_of(request).seconds
    return seconds if limit is None else seconds.at_most(limit)


def budget_of(request: SweepRequest) -> Budget:
    """The budget of one sitting; the price is that of a device."""
    price, devices = request.price_per_hour or 0.0, max(1, len(request.devices))
    return Budget(request.budget_s, request.budget_usd, price, devices)
