"""What the job manager asks of anything that can carry out tasks on one device."""

from collections.abc import Callable
from typing import Protocol

from core.jobs.protocol import Outcomes, Progress, Residents, Task

OnProgress = Callable[[Progress], None]


class Executor(Protocol):
    """Carries out one task at a time on one device: a run, a pair of runs."""

    def carry_out(self, task: Task, on_progress: OnProgress) -> Outcomes:
        """Carry out the task and return how it ended, of a pair A first; never raises for a task
        that fails. Progress is told under the task's id.
        """

    def cancel(self, run_id: str) -> None:
        """Ask that the task of that id end soon; a `cancelled` failure comes."""

    def residents(self) -> Residents | None:
        """What is loaded, as last heard of; None while there is no worker."""

    def drop(self, variant_id: str) -> None:
        """Free a resident variant; does nothing where it is not resident."""

    def close(self) -> None:
        """End the worker and everything that it started."""
