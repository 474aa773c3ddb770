"""What the job manager asks of anything that can carry out runs on one device."""

from collections.abc import Callable
from typing import Protocol

from core.jobs.protocol import Progress, Residents
from core.results.types import Outcome
from core.variants.spec import RunSpec

OnProgress = Callable[[Progress], None]


class Executor(Protocol):
    """Carries out one run at a time on one device."""

    def run(self, run_id: str, spec: RunSpec, on_progress: OnProgress) -> Outcome:
        """Carry out the run and return how it ended; never raises for a run that fails."""

    def cancel(self, run_id: str) -> None:
        """Ask that the run end soon; `run` then returns a `cancelled` failure."""

    def residents(self) -> Residents | None:
        """What is loaded, as last heard of; None while there is no worker."""

    def drop(self, variant_id: str) -> None:
        """Free a resident variant; does nothing where it is not resident."""

    def close(self) -> None:
        """End the worker and everything that it started."""
