"""The host processor as a device to measure on: its clock, its memory, and giving memory back."""

import os
import time
from typing import Any

import psutil

from core.garbage import give_back


class HostDevice:
    """The host processor. Work is done when a call returns, so nothing needs synchronising."""

    kind = "cpu"
    index = 0

    def __init__(self) -> None:
        self.release()
        self.runtime_bytes = resident_set_bytes()

    def synchronise(self) -> None:
        """Nothing runs ahead on a CPU."""

    def stamp(self) -> float:
        """The clock now, in seconds."""
        return time.perf_counter()

    def seconds_since(self, start: float, stamps: list[Any]) -> tuple[float, ...]:
        """Stamps as seconds after the start."""
        return tuple(stamp - start for stamp in stamps)

    def free_bytes(self) -> int:
        """Memory that new allocations can get without swapping, in bytes."""
        return psutil.virtual_memory().available

    def used_bytes(self) -> int:
        """What this process uses beyond what it used before any model, in bytes."""
        return max(0, resident_set_bytes() - self.runtime_bytes)

    def release(self) -> None:
        """Give freed memory back to the operating system."""
        give_back()


def resident_set_bytes() -> int:
    """This process's resident set, in bytes."""
    return int(psutil.Process(os.getpid()).memory_info().rss)
