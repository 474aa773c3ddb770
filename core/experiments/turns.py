"""Experiments that must not overlap: each waits for its turn, first come, first served."""

import threading
from collections import deque
from collections.abc import Callable

LOOK_S = 0.2


class Turns:
    """One at a time; safe to call from any thread."""

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._changed = threading.Condition()

    def wait(self, name: str, given_up: Callable[[], bool]) -> bool:
        """Wait in the queue until it is this one's turn; False where it has given up."""
        with self._changed:
            self._waiting.append(name)
            while self._waiting[0] != name:
                if given_up():
                    self._waiting.remove(name)
                    return False
                self._changed.wait(LOOK_S)
            return True

    def done(self, name: str) -> None:
        """Let the next one begin."""
        with self._changed:
            if name in self._waiting:
                self._waiting.remove(name)
            self._changed.notify_all()

    def ahead(self, name: str) -> int:
        """How many come before this one."""
        with self._changed:
            return self._waiting.index(name) if name in self._waiting else 0
