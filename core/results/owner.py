"""Which process a run belongs to, and whether it still lives: how a crash is told from a wait.

A process of this machine is looked up. Those of others are known by the moments at which they said
in the history that they live, every `BEAT_S`; after `SILENCE_S` without a word one counts as gone.
Nothing here goes by the clock on the wall, which may be set at any moment.
"""

import hashlib
import os
import platform
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

SAME_START_S = 2.0
BEAT_S, SILENCE_S = 15.0, 120.0
HOST_DIGITS = 16
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
PID_NAMESPACE = Path("/proc/self/ns/pid")


@dataclass(frozen=True)
class Owner:
    """A process: its id alone may be given to another one later. `started` in s since the boot, as
    `started_s` tells; `host` is where the id has a meaning, None for runs that were stored before
    it was.
    """

    host: str | None
    pid: int
    started: float

    def alive(self, silent_s: float | None) -> bool:
        """Whether that very process still runs; one that ended and was not yet reaped does not.
        `silent_s` are seconds since it last said that it lives, which only others' hosts need.
        """
        if self.host not in (None, this_host()):
            return silent_s is not None and abs(silent_s) < SILENCE_S
        try:
            process = psutil.Process(self.pid)
            same = abs(started_s(process) - self.started) < SAME_START_S
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
    """Equal where process ids mean the same: one boot of one machine, and one container of it. What
    stands before a point is the boot alone, where the kernel names it.
    """
    if BOOT_ID.exists() and PID_NAMESPACE.exists():
        boot, container = BOOT_ID.read_text().strip(), str(PID_NAMESPACE.stat().st_ino)
        return f"{_digest(boot)}.{_digest(platform.node(), container)}"
    return _digest(platform.node(), str(uuid.getnode()), str(round(psutil.boot_time() / 60)))


def is_of_another_boot(host: str | None) -> bool:
    """Whether that host is certainly another boot than this: an earlier one, where the machine is
    known to be the same.
    """
    boot, point, _ = (host or "").partition(".")
    return bool(point) and boot != this_host().partition(".")[0]


def started_s(process: psutil.Process) -> float:
    """When a process was started, in s that no setting of the clock shifts: since the boot where
    the kernel counts so, else since epoch. Raises NoSuchProcess.
    """
    created = process.create_time()
    return created - psutil.boot_time() if psutil.LINUX else created


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:HOST_DIGITS]


@cache
def _owner(pid: int) -> Owner:
    return Owner(this_host(), pid, started_s(psutil.Process(pid)))
