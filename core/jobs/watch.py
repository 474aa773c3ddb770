"""A task as its executor follows it: in which phase it is, since when, and whom to tell."""

import time

from core.errors import FailureKind
from core.jobs.executor import OnProgress
from core.jobs.protocol import Outcomes, Progress, Task
from core.results.measured import Phase


class Watch:
    """The task that is being carried out."""

    def __init__(self, task: Task, on_progress: OnProgress) -> None:
        self.task = task
        self.phase = Phase.LOADING
        self._since = time.monotonic()
        self._tell = on_progress

    @property
    def run_id(self) -> str:
        """The task's id."""
        return self.task.run_id

    @property
    def phase_seconds(self) -> float:
        """Seconds in the present phase."""
        return time.monotonic() - self._since

    def failed(self, kind: FailureKind, message: str) -> Outcomes:
        """The end of the task as a failure, now."""
        return self.task.failed(kind, message, self.phase)

    def report(self, phase: Phase, detail: str) -> None:
        """Tell of something that the executor itself does."""
        self.take(Progress(run_id=self.run_id, phase=phase, detail=detail))

    def take(self, progress: Progress) -> None:
        """Note a phase and pass it on."""
        if progress.phase is not self.phase:
            self.phase = progress.phase
            self._since = time.monotonic()
        self._tell(progress)
