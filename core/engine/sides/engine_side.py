"""A side that an engine beside transformers runs, in this process."""

from core.engine.adapters.measurement import Repeated, result_of, warmed_up
from core.engine.adapters.opened import Desk, Opened, open_run
from core.engine.latency import Passes
from core.engine.phases import Phases
from core.engine.sides.side import Ending
from core.jobs.protocol import RunCommand
from core.results.types import RunResult


class EngineSide:
    """One run; its passes are kept here."""

    def __init__(self, command: RunCommand, desk: Desk, phases: Phases) -> None:
        self._command, self._desk, self._phases = command, desk, phases
        self._passes = Passes()
        self._opened: Opened | None = None

    def open(self) -> None:
        """As a single run does."""
        self._opened = open_run(self._command, self._desk, self._phases)
        self._warm = warmed_up(self._opened)

    def headline(self) -> tuple[float, int]:
        """A turn without instruments."""
        found = self._ready.runner.headline()
        self._passes.headline(*found)
        return found

    def step(self) -> tuple[tuple[float, ...], int]:
        """A turn with a time stamp per token."""
        found = self._ready.runner.step()
        self._passes.step(*found)
        return found

    def finish(self, ending: Ending) -> RunResult:
        """As a single run does, with the machine as it was during the turns."""
        self._passes.clock_mhz.extend(ending.clock_mhz)
        timed = Repeated(self._warm, self._passes, ending.before, ending.after)
        return result_of(self._ready, timed, self._desk, pairing=ending.pairing)

    def close(self) -> None:
        """Free what the workload holds."""
        if self._opened is not None:
            self._opened.runner.close()

    @property
    def _ready(self) -> Opened:
        assert self._opened is not None
        return self._opened
