"""A load test as it stands, for pages and the command line; and as the history has it."""

from dataclasses import dataclass
from datetime import datetime

from core.experiments.batching.cells import LoadTestResult
from core.experiments.batching.load_request import LoadTestRequest
from core.jobs.job import LoadSnapshot
from core.results.experiments import ExperimentStatus


@dataclass(frozen=True)
class LoadPicture:
    """A load test that this process runs or has run. `done` of `total` steps are over: measuring
    the variant's steps, and each cell. `label` is what is being measured; `ahead` counts load tests
    that come before it; `seconds_left` is None before the steps are measured.
    """

    experiment_id: str
    request: LoadTestRequest
    status: ExperimentStatus
    done: int
    total: int
    label: str
    ahead: int
    running: LoadSnapshot | None
    elapsed_s: float
    seconds_left: float | None
    result: LoadTestResult

    @property
    def active(self) -> bool:
        """Whether it goes on."""
        return self.status is ExperimentStatus.RUNNING

    @property
    def resumable(self) -> bool:
        """Whether it was stopped, and what is open can be served."""
        return _resumable(self.status, self.result)


@dataclass(frozen=True)
class ListedLoadTest:
    """A load test in a list: what it was asked, and not the thousands of requests it served."""

    experiment_id: str
    title: str
    request: LoadTestRequest
    status: ExperimentStatus
    created_at: datetime
    finished_at: datetime | None

    @property
    def active(self) -> bool:
        """Whether it goes on, in some process."""
        return self.status is ExperimentStatus.RUNNING


@dataclass(frozen=True)
class StoredLoadTest(ListedLoadTest):
    """A load test as the history has it. `elsewhere` is whether it was measured in another
    environment than the present one.
    """

    result: LoadTestResult
    elsewhere: bool

    @property
    def resumable(self) -> bool:
        """Whether it was stopped, or its process is gone, and what is open can be served."""
        return _resumable(self.status, self.result)


def _resumable(status: ExperimentStatus, result: LoadTestResult) -> bool:
    over = status in (ExperimentStatus.STOPPED, ExperimentStatus.INTERRUPTED)
    return over and not result.final
