"""What a load test is asked: which load, under which policies, at which rates, how often."""

from collections.abc import Iterator

from pydantic import Field

from core.experiments.batching.cells import Cell
from core.results.record import Record
from core.variants.load import Load
from core.variants.load_order import USUAL_CALIBRATION_S, CalibrationOrder, StepRange, range_of
from core.variants.policy import Policy
from core.variants.spec import VariantSpec

USUAL_MOST_S, LONGEST_S = 900.0, 14_400.0
MOST_REPEATS = 20


class LoadTestRequest(Record):
    """A load test. Without `rates` the load's own rate is measured; without `measured`, policies
    that are measured too, only the steps are. `simulated` policies are those that shall be told of,
    so their steps are measured. `most_s` is the longest that all serving together may take;
    `overloads` allows loads that are more than a policy can serve, which end all the same.
    `devices` are the keys of like slots that the cells are spread over; without any, all are served
    on the variant's own.
    """

    variant: VariantSpec
    load: Load
    simulated: tuple[Policy, ...] = Field(min_length=1)
    measured: tuple[Policy, ...] = ()
    rates: tuple[float, ...] = ()
    repeats: int = Field(default=1, ge=1, le=MOST_REPEATS)
    calibration_s: float = Field(default=USUAL_CALIBRATION_S, gt=0, le=3600)
    anew: bool = False
    most_s: float = Field(default=USUAL_MOST_S, gt=0, le=LONGEST_S)
    overloads: bool = False
    devices: tuple[str, ...] = ()
    environment_id: str = ""

    @property
    def range(self) -> StepRange:
        """The sizes over which steps must be measured."""
        return range_of(self.load, (*self.simulated, *self.measured))

    @property
    def calibration_order(self) -> CalibrationOrder:
        """What the worker is asked for first."""
        return CalibrationOrder(variant=self.variant, range=self.range, seconds=self.calibration_s)

    def load_at(self, rate_per_s: float | None) -> Load:
        """The load at one of the rates, None being its own."""
        return self.load if rate_per_s is None else self.load.at_rate(rate_per_s)

    def cells(self) -> Iterator[Cell]:
        """What is served, in this order: all policies once at every rate, then again."""
        for repeat in range(self.repeats):
            for rate in self.rates or (None,):
                for policy in self.measured:
                    yield Cell(rate, policy, repeat)
