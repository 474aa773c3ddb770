"""The phase that a run is in: told to whoever waits, and timed."""

import time
from collections import defaultdict
from collections.abc import Callable

from core.engine.cancellation import Cancellation
from core.jobs.protocol import Progress
from core.results.measured import Phase
from core.results.types import now


class Phases:
    """Tells of each phase as it begins and keeps the seconds of those that are over. What it tells
    begins with `label`.
    """

    def __init__(
        self,
        run_id: str,
        cancellation: Cancellation,
        send: Callable[[Progress], None],
        label: str = "",
    ) -> None:
        self.current = Phase.LOADING
        self.started_at = now()
        self._seconds: defaultdict[Phase, float] = defaultdict(float)
        self._run_id = run_id
        self._cancellation = cancellation
        self._send = send
        self._label = label
        self._since: float | None = time.perf_counter()

    @property
    def seconds(self) -> dict[Phase, float]:
        """Seconds of the phases that are over."""
        return dict(self._seconds)

    def enter(self, phase: Phase, detail: str = "") -> None:
        """Begin a phase; raises RunCancelled where the run was cancelled meanwhile."""
        self._cancellation.check()
        if phase is not self.current or self._since is None:
            self.pause()
            self.current, self._since = phase, time.perf_counter()
        self.tell(0, None, detail)

    def pause(self) -> None:
        """Stop counting until the next phase begins, as while another run has its turn."""
        if self._since is not None:
            self._seconds[self.current] += time.perf_counter() - self._since
            self._since = None

    def tell(self, done: int, total: int | None, detail: str = "") -> None:
        """Tell how far the current phase is."""
        self._send(
            Progress(
                run_id=self._run_id,
                phase=self.current,
                done=done,
                total=total,
                detail=": ".join(filter(None, (self._label, detail))),
            )
        )
