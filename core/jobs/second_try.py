"""What becomes of an entry whose node was lost: one more try elsewhere, and what is said of it."""

from core.errors import FailureKind
from core.jobs.job import Entry
from core.jobs.protocol import Outcomes
from core.results.load_outcome import CalibrationEnd, LoadFailure, LoadOutcome
from core.results.observed import RunEnvironment
from core.results.types import Outcome, RunFailure

AGAIN = "Tried once more on {slot}, since {lost}."


def told_of_both(entry: Entry, outcomes: Outcomes) -> Outcomes:
    """The outcomes of a second try, each with what became of the first; others as they are."""
    if entry.lost is None:
        return outcomes
    said = AGAIN.format(slot=entry.slot.key, lost=entry.lost)
    return tuple(_with_note(outcome, said) for outcome in outcomes)


def given_up(entry: Entry, lost: str) -> Outcomes:
    """The end of an entry that cannot be tried elsewhere, or was already: lost, or cancelled where
    that was asked for.
    """
    if entry.cancelled:
        return entry.failed(FailureKind.CANCELLED, f"The run was stopped; {lost}.")
    if entry.lost is not None:
        said = AGAIN.format(slot=entry.slot.key, lost=entry.lost)
        return entry.failed(FailureKind.LOST, f"{lost}. {said}")
    return entry.failed(FailureKind.LOST, f"{lost}. No like device is left to try it once more.")


def _with_note(outcome: Outcome | LoadOutcome, said: str) -> Outcome | LoadOutcome:
    if isinstance(outcome, RunFailure | LoadFailure):
        return outcome.model_copy(update={"message": f"{outcome.message} {said}"})
    if isinstance(outcome, CalibrationEnd):
        calibration = outcome.calibration
        tried = {"environment": _tried_before(calibration.environment, said)}
        return outcome.model_copy(update={"calibration": calibration.model_copy(update=tried)})
    return outcome.model_copy(update={"environment": _tried_before(outcome.environment, said)})


def _tried_before(environment: RunEnvironment | None, said: str) -> RunEnvironment | None:
    return environment and environment.model_copy(update={"tried_before": said})
