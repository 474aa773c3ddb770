"""One run of an engine from spec to result, as the worker's service carries it out."""

from collections.abc import Callable

from core.engine.adapters.measurement import repeated, result_of, warmed_up
from core.engine.adapters.opened import Desk, open_run
from core.engine.failures import Fault, failure_of
from core.engine.phases import Phases
from core.jobs.protocol import Event, Failed, Finished, RunCommand
from core.results.measured import Phase


class EngineRun:
    """One run by itself."""

    def __init__(self, command: RunCommand, desk: Desk, send: Callable[[Event], None]) -> None:
        self.run_id = command.run_id
        self._command = command
        self._desk = desk
        self._phases = Phases(command.run_id, desk.cancellation, send)

    def carry_out(self) -> Event:
        """All phases. Raises RunError, RequestError, or what the engine raises."""
        opened = open_run(self._command, self._desk, self._phases)
        try:
            timed = repeated(opened, warmed_up(opened), self._desk)
            result = result_of(opened, timed, self._desk)
        finally:
            opened.runner.close()
        self._phases.enter(Phase.DONE)
        return Finished(result=result)

    def failed(self, fault: Fault) -> Event:
        """What is told where it raised."""
        return Failed(failure=failure_of(self._command, self._phases.current, fault))
