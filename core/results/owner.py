"""Which process a run belongs to, and whether it still lives: how a crash is told from a wait."""

import os
from dataclasses import dataclass
from functools import cache

import psutil

CLOCK_STEP_S = 2.0  # a process's start is reckoned from the boot time, which the clock may shift


@dataclass(frozen=True)
class Owner:
    """A process: its id alone may be given to another one later. `started` in s since epoch."""

    pid: int
    started: float

    def alive(self) -> bool:
        """Whether that very process still runs; one that ended and was not yet reaped does not."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < CLOCK_STEP_S
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True


def this_process() -> Owner:
    """The process that asks."""
    return _owner(os.getpid())


@cache
def _owner(pid: int) -> Owner:
    return Owner(pid, psutil.Process(pid).create_time())
