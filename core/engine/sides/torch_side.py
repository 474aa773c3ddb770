"""A side that transformers runs, in this process."""

from core.engine.ceilings import open_ceilings
from core.engine.latency import Passes
from core.engine.phases import Phases
from core.engine.run import Bench, Subject, judged_parts, open_subject, result_of, weighed_parts
from core.engine.sides.side import Ending
from core.engine.timing import CompileWatch, Ready, make_ready, timed_of
from core.jobs.protocol import RunCommand
from core.results.measured import Phase
from core.results.observed import Ceilings
from core.results.types import RunResult


class TorchSide:
    """One run; its passes are kept here."""

    def __init__(self, command: RunCommand, bench: Bench, phases: Phases) -> None:
        self._command, self._bench, self._phases = command, bench, phases
        self._passes = Passes()
        self._ceilings: Ceilings | None = None

    def open(self) -> None:
        """As a single run does."""
        self._phases.enter(Phase.LOADING, "what this device can do at most")
        self._ceilings = open_ceilings(self._bench.device)
        self._subject: Subject = open_subject(self._command, self._bench, self._phases)
        self._ready: Ready = make_ready(self._subject.generation, self._phases)
        self._watch = CompileWatch(self._subject.generation)

    def headline(self) -> tuple[float, int]:
        """A turn without instruments."""
        found = self._watch.headline()
        self._passes.headline(*found)
        return found

    def step(self) -> tuple[tuple[float, ...], int]:
        """A turn with a time stamp per token."""
        found = self._watch.step()
        self._passes.step(*found)
        return found

    def finish(self, ending: Ending) -> RunResult:
        """As a single run does, with the machine as it was during the turns."""
        self._passes.clock_mhz.extend(ending.clock_mhz)
        states = (ending.before, ending.after)
        timed = timed_of(self._ready, self._passes, self._watch.compiled, *states)
        parts = weighed_parts(self._subject, timed, self._bench, self._ceilings)
        parts |= judged_parts(self._subject, self._bench)
        return result_of(self._subject, timed, {**parts, "pairing": ending.pairing})

    def close(self) -> None:
        """The variant stays resident."""
