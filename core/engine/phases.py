"""The phase that a run is in: told to whoever waits, and timed."""

import time
from collections.abc import Callable

from core.engine.cancellation import Cancellation
from core.jobs.protocol import Progress
from core.results.measured import Phase


class Phases:
    """Tells of each phase as it begins and keeps the seconds of those that are over."""

    def __init__(
        self, run_id: str, cancellation: Cancellation, send: Callable[[Progress], None]
    ) -> None:
        self.current = Phase.LOADING
        self.seconds: dict[Phase, float] = {}
        self._run_id = run_id
        self._cancellation = cancellation
        self._send = send
        self._since = time.perf_counter()

    def enter(self, phase: Phase, detail: str = "") -> None:
        """Begin a phase; raises RunCancelled where the run was cancelled meanwhile."""
        self._cancellation.check()
        moment = time.perf_counter()
        if phase is not self.current:
            self.seconds[self.current] = moment - self._since
            self.current, self._since = phase, moment
        self.tell(0, None, detail)

    def tell(self, done: int, total: int | None, detail: str = "") -> None:
        """Tell how far the current phase is."""
        self._send(
            Progress(run_id=self._run_id, phase=self.current, done=done, total=total, detail=detail)
        )
