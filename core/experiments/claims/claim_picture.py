"""A trial of a claim as it stands, for pages and the command line; and what is kept of its end."""

from dataclasses import dataclass
from datetime import datetime

from core.analysis.claims.verdict import Verdict
from core.experiments.claims.claim_schedule import ClaimRequest
from core.jobs.job import JobSnapshot
from core.results.experiments import ExperimentStatus
from core.results.record import Record


class TrialResult(Record):
    """What is stored of a trial that was judged: on what it was measured, in words, and how long
    the last sitting took.
    """

    verdict: Verdict
    environment: str
    seconds: float


@dataclass(frozen=True)
class TrialPicture:
    """A trial that this process runs or has run. `done` of the request's steps are settled, `label`
    is the one being measured, `ahead` counts trials that come before it.
    """

    experiment_id: str
    request: ClaimRequest
    status: ExperimentStatus
    done: int
    label: str
    ahead: int
    running: JobSnapshot | None
    elapsed_s: float
    verdict: Verdict | None
    reason: str

    @property
    def active(self) -> bool:
        """Whether it goes on."""
        return self.status is ExperimentStatus.RUNNING

    @property
    def total(self) -> int:
        """How many steps there are."""
        return len(self.request.steps)


@dataclass(frozen=True)
class StoredTrial:
    """A trial as the history has it. `result` is None until it was judged, `elsewhere` whether it
    was measured in another environment than the present one.
    """

    experiment_id: str
    request: ClaimRequest
    status: ExperimentStatus
    created_at: datetime
    finished_at: datetime | None
    result: TrialResult | None
    elsewhere: bool
    reason: str

    @property
    def resumable(self) -> bool:
        """Whether it was stopped, or its process is gone."""
        return self.status in (ExperimentStatus.STOPPED, ExperimentStatus.INTERRUPTED)
