"""Which runs were cancelled: set by the thread that reads commands, read between tokens."""

from core.errors import RunCancelled


class Cancellation:
    """The cancel flag of the run that is being measured."""

    def __init__(self) -> None:
        self._cancelled: set[str] = set()
        self._current: str | None = None

    def begin(self, run_id: str) -> None:
        """From now on `check` speaks of this run, and no more of the one before."""
        if self._current is not None and self._current != run_id:
            self._cancelled.discard(self._current)
        self._current = run_id

    def cancel(self, run_id: str) -> None:
        """Flag a run, also one that has not begun."""
        self._cancelled.add(run_id)

    def check(self) -> None:
        """Raise RunCancelled where the current run was flagged."""
        if self._current in self._cancelled:
            raise RunCancelled("The run was stopped between two tokens or phases.")
