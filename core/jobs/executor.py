"""What the job manager asks of anything that can carry out runs on one device."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from core.jobs.protocol import Progress, Residents
from core.results.types import Outcome
from core.variants.pairing import PairPlan
from core.variants.spec import RunSpec

Item = TypeVar("Item")
Pair = tuple[Item, Item]
OnProgress = Callable[[Progress], None]


class Executor(Protocol):
    """Carries out one run, or one pair of runs, at a time on one device."""

    def run(self, run_id: str, spec: RunSpec, on_progress: OnProgress) -> Outcome:
        """Carry out the run and return how it ended; never raises for a run that fails."""

    def run_pair(
        self, run_ids: Pair[str], specs: Pair[RunSpec], plan: PairPlan, on_progress: OnProgress
    ) -> Pair[Outcome]:
        """Measure A and B in turns and return how both ended: with results, or both without. Never
        raises for runs that fail. Progress is of both, told under the id of run A.
        """

    def cancel(self, run_id: str) -> None:
        """Ask that the run end soon, or the pair whose run A it is; `cancelled` failures come."""

    def residents(self) -> Residents | None:
        """What is loaded, as last heard of; None while there is no worker."""

    def drop(self, variant_id: str) -> None:
        """Free a resident variant; does nothing where it is not resident."""

    def close(self) -> None:
        """End the worker and everything that it started."""
