"""A process that measures says so while it does, and keeps on when the history fails."""

import time
from collections.abc import Callable

from core.errors import HistoryError
from core.jobs.heartbeat import Heartbeat
from core.results.history import History


class Counting(History):
    """Counts the words that come; the first one meets a database that fails."""

    beats = 0

    def beat(self) -> None:
        self.beats += 1
        if self.beats == 1:
            raise HistoryError("The disk is full.")
        super().beat()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_it_speaks_from_its_start_to_its_stop() -> None:
    history = Counting()
    heartbeat = Heartbeat(history, every_s=0.01)
    time.sleep(0.05)
    assert history.beats == 0
    heartbeat.start()
    heartbeat.start()
    until(lambda: history.beats >= 3)
    heartbeat.stop()
    time.sleep(0.1)
    said = history.beats
    time.sleep(0.1)
    assert history.beats == said
