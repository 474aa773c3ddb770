"""One side of a pair across engines, wherever it runs."""

from typing import Protocol

from core.results.observed import DeviceState
from core.results.record import Record
from core.results.types import Pairing, RunResult


class Ending(Record):
    """What a side is told when the turns are over, for its result: who its partner was, and what
    was seen of the machine meanwhile.
    """

    pairing: Pairing
    clock_mhz: tuple[float | None, ...]
    before: DeviceState
    after: DeviceState


class PairSide(Protocol):
    """A run that is opened, repeated when it is its turn, and ended. Each raises RunError,
    RequestError, or what the engine raises.
    """

    def open(self) -> None:
        """Load, make ready, and run until the times settle."""
        ...

    def headline(self) -> tuple[float, int]:
        """A turn without instruments, as a runner's."""
        ...

    def step(self) -> tuple[tuple[float, ...], int]:
        """A turn with a time stamp per token, as a runner's."""
        ...

    def finish(self, ending: Ending) -> RunResult:
        """Memory, quality and all the rest, after the last turn."""
        ...

    def close(self) -> None:
        """Free what the turns needed."""
        ...
