"""How a run of an experiment ended, in short: what it took, what of that was measuring, why not."""

from dataclasses import dataclass

from core.errors import FailureKind
from core.results.measured import Phase
from core.results.types import Outcome, RunFailure

TIMED = (Phase.WARMING_UP, Phase.MEASURING)
AGAIN = (FailureKind.CANCELLED, FailureKind.LOST)
"""Ends that say nothing of the cell: it is measured again when its experiment is resumed."""


@dataclass(frozen=True)
class RunEnd:
    """`seconds` from submission to end, `timed_s` of them in warm-up and measuring; `failure` is
    None for a measured run.
    """

    run_id: str
    seconds: float
    timed_s: float
    failure: FailureKind | None = None
    reason: str = ""

    @property
    def settles(self) -> bool:
        """Whether the cell needs no further run."""
        return self.failure not in AGAIN


def end_of(outcome: Outcome) -> RunEnd:
    """The short form of an outcome."""
    seconds = max(0.0, (outcome.finished_at - outcome.submitted_at).total_seconds())
    if isinstance(outcome, RunFailure):
        reason = f"{str(outcome.kind).replace('_', ' ')}: {outcome.message}"
        return RunEnd(outcome.run_id, seconds, 0.0, outcome.kind, reason)
    timed_s = sum(outcome.times.phases_s.get(phase, 0.0) for phase in TIMED)
    return RunEnd(outcome.run_id, seconds, timed_s)
