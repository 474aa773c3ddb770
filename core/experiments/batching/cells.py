"""The cells of a load test: a policy at a rate, served once, and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from core.analysis.batching.load_words import policy_at
from core.results.load_outcome import ServingEnd
from core.results.observed import DeviceState
from core.results.record import Record
from core.results.serving import BatchStep, Calibration, Served, ServedLoad
from core.variants.load import Load
from core.variants.policy import Policy


@dataclass(frozen=True)
class Cell:
    """One serving of the load: the rate in requests per second, None for the load's own."""

    rate_per_s: float | None
    policy: Policy
    repeat: int

    @property
    def label(self) -> str:
        """In a few words."""
        again = f", repeat {self.repeat + 1}" if self.repeat else ""
        return f"{policy_at(self.policy, self.rate_per_s)}{again}"


class _OfCell(Record):
    """Belongs to a cell."""

    rate_per_s: float | None
    policy: Policy
    repeat: int

    @property
    def cell(self) -> Cell:
        """Which cell it is."""
        return Cell(self.rate_per_s, self.policy, self.repeat)


class MeasuredCell(_OfCell):
    """A cell that was served, with all that was read of each request. `after` is the device's
    state at the end, with what other processes used meanwhile.
    """

    started_at: datetime | None
    seconds: float
    served: tuple[Served, ...]
    steps: tuple[BatchStep, ...]
    after: DeviceState

    def served_load(self, load: Load) -> ServedLoad:
        """The same as a served load; `load` is the one of this cell's rate."""
        return ServedLoad(
            load=load,
            policy=self.policy,
            simulated=False,
            served=self.served,
            steps=self.steps,
            started_at=self.started_at,
        )


class RefusedCell(_OfCell):
    """A cell that was not served, or could not be, and why."""

    reason: str


class LoadTestResult(Record):
    """What is stored of a load test, also while it runs. `calibrated_in` is the load test that
    measured the steps, where they are of an earlier one, and `steps_file` the file that a person
    gave them in: they may be of another machine, so no other test uses them. `reason` says why it
    ended early, and `final` that it would again, since what was asked cannot be done.
    """

    calibration: Calibration | None = None
    calibrated_in: str | None = None
    steps_file: str | None = None
    measured: tuple[MeasuredCell, ...] = ()
    refused: tuple[RefusedCell, ...] = ()
    reason: str = ""
    final: bool = False

    def settled(self, cell: Cell) -> bool:
        """Whether the cell needs no further serving."""
        over: tuple[_OfCell, ...] = (*self.measured, *self.refused)
        return any(one.cell == cell for one in over)

    def with_served(self, cell: Cell, end: ServingEnd) -> "LoadTestResult":
        """The same with another cell."""
        one = MeasuredCell(
            rate_per_s=cell.rate_per_s,
            policy=cell.policy,
            repeat=cell.repeat,
            started_at=end.served.started_at,
            seconds=end.seconds,
            served=end.served.served,
            steps=end.served.steps,
            after=end.environment.after,
        )
        return self.model_copy(update={"measured": (*self.measured, one)})

    def with_refused(self, cell: Cell, reason: str) -> "LoadTestResult":
        """The same with a cell that is not to be had."""
        one = RefusedCell(
            rate_per_s=cell.rate_per_s, policy=cell.policy, repeat=cell.repeat, reason=reason
        )
        return self.model_copy(update={"refused": (*self.refused, one)})
