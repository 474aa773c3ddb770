"""Says in the history, every few seconds, that this process lives: others cannot look it up from
another machine, and would take what it measures for lost.
"""

import logging
import threading

from core.errors import HistoryError
from core.results.history import History
from core.results.owner import BEAT_S

logger = logging.getLogger(__name__)


class Heartbeat:
    """A thread of its own, from the first `start` to `stop`; writes nothing while this process
    answers for nothing.
    """

    def __init__(self, history: History, every_s: float = BEAT_S) -> None:
        self._history = history
        self._every_s = every_s
        self._stopped = threading.Event()
        self._started = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin, unless it has begun."""
        with self._lock:
            if not self._started:
                self._started = True
                threading.Thread(target=self._work, name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        """End soon."""
        self._stopped.set()

    def _work(self) -> None:
        while not self._stopped.wait(self._every_s):
            try:
                self._history.beat()
            except HistoryError as error:
                logger.warning("not told that this process lives: %s", error)
