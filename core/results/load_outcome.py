"""How a load order ended: with measured steps, with a served load, or with neither."""

from datetime import datetime

from core.errors import FailureKind
from core.results.measured import Phase
from core.results.observed import RunEnvironment
from core.results.record import Record
from core.results.serving import Calibration, ServedLoad


class CalibrationEnd(Record):
    """Steps were measured."""

    run_id: str
    finished_at: datetime
    calibration: Calibration


class ServingEnd(Record):
    """A load was served. `seconds` are those of serving, without loading and warming up."""

    run_id: str
    finished_at: datetime
    served: ServedLoad
    seconds: float
    environment: RunEnvironment


class LoadFailure(Record):
    """The order ended otherwise. `field` names what is at fault of it, if anything is."""

    run_id: str
    finished_at: datetime
    kind: FailureKind
    message: str
    phase: Phase | None = None
    field: str | None = None
    needed_bytes: int | None = None
    free_bytes: int | None = None


LoadOutcome = CalibrationEnd | ServingEnd | LoadFailure
