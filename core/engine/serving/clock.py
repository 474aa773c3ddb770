"""The clock of a load, which begins with it and waits for nobody."""

import time

from core.engine.cancellation import Cancellation

LOOK_S = 0.05


class LoadClock:
    """Seconds since the load began."""

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation
        self._start = time.perf_counter()

    def now_s(self) -> float:
        """Now."""
        return time.perf_counter() - self._start

    def of(self, reading_s: float) -> float:
        """A reading of `time.perf_counter`."""
        return reading_s - self._start

    def sleep_until(self, moment_s: float) -> None:
        """Do nothing until then; raises RunCancelled soon after a cancel."""
        while (left_s := moment_s - self.now_s()) > 0:
            self._cancellation.check()
            time.sleep(min(left_s, LOOK_S))
