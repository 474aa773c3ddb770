"""How much one session of the dashboard may start: whatever it sends, the machine stays usable.

Counted where jobs are taken in, below every page. What a person does never comes near: a sweep is
one, however many cells it has, and the command line has no limit.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable

from core.errors import TooMany

MOST_UNDER_WAY = 50
MOST_PER_MINUTE = 60
MINUTE_S = 60.0
IsOver = Callable[[], bool]


class Limits:
    """`asker` tells who asks in this thread; None is nobody in particular, who has no limit. Safe
    to call from any thread.
    """

    def __init__(
        self,
        asker: Callable[[], str | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._asker, self._clock = asker, clock
        self._under_way: dict[str, list[IsOver]] = {}
        self._started_at: dict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raises TooMany where who asks may start nothing more just now."""
        who = self._asker()
        if who is None:
            return
        with self._lock:
            self._forget()
            if len(self._under_way.get(who, ())) >= MOST_UNDER_WAY:
                raise TooMany(
                    f"This session has {MOST_UNDER_WAY} measurements under way or waiting, the "
                    "most that one may have. Wait until some are over, or cancel them."
                )
            recent = list(self._started_at.get(who, ()))
            if len(recent) >= MOST_PER_MINUTE:
                wait_s = recent[0] + MINUTE_S - self._clock()
                raise TooMany(
                    f"This session has started {MOST_PER_MINUTE} measurements within a minute, "
                    f"the most that one may. Go on in {max(1, round(wait_s))} s."
                )

    def started(self, is_over: IsOver) -> None:
        """Count what who asks has started; `is_over` tells whether it still is under way."""
        who = self._asker()
        if who is None:
            return
        with self._lock:
            self._under_way.setdefault(who, []).append(is_over)
            self._started_at[who].append(self._clock())

    def _forget(self) -> None:
        """What is over, and what is longer ago than a minute, of everybody."""
        since = self._clock() - MINUTE_S
        for who, times in list(self._started_at.items()):
            while times and times[0] <= since:
                times.popleft()
            if not times:
                del self._started_at[who]
        for who, tasks in list(self._under_way.items()):
            left = [is_over for is_over in tasks if not is_over()]
            self._under_way[who] = left
            if not left:
                del self._under_way[who]
