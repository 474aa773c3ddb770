"""Which process a run belongs to, and whether it still lives: how a crash is told from a wait.

A process of this machine is looked up. Those of others are known by the moments at which they said
in the history that they live, every `BEAT_S`; after `SILENCE_S` without a word one counts as gone.
"""

import hashlib
import os
import platform
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

CLOCK_STEP_S = 2.0  # a process's start is reckoned from the boot time, which the clock may shift
BEAT_S, SILENCE_S = 15.0, 120.0
HOST_DIGITS = 16
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
PID_NAMESPACE = Path("/proc/self/ns/pid")


@dataclass(frozen=True)
class Owner:
    """A process: its id alone may be given to another one later. `started` in s since epoch;
    `host` is where the id has a meaning, None for runs that were stored before it was.
    """

    host: str | None
    pid: int
    started: float

    def alive(self, silent_s: float | None) -> bool:
        """Whether that very process still runs; one that ended and was not yet reaped does not.
        `silent_s` are seconds since it last said that it lives, which only others' hosts need.
        """
        if self.host not in (None, this_host()):
            return silent_s is not None and silent_s < SILENCE_S
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
def this_host() -> str:
    """Equal where process ids mean the same: one boot of one machine, and one container of it."""
    return hashlib.sha256("\n".join([platform.node(), *_where()]).encode()).hexdigest()[
        :HOST_DIGITS
    ]


def _where() -> list[str]:
    if BOOT_ID.exists() and PID_NAMESPACE.exists():
        return [BOOT_ID.read_text().strip(), str(PID_NAMESPACE.stat().st_ino)]
    return [str(uuid.getnode()), str(round(psutil.boot_time() / 60))]


@cache
def _owner(pid: int) -> Owner:
    return Owner(this_host(), pid, psutil.Process(pid).create_time())
