"""How many threads an engine computes with: as many as PyTorch would, by the same variables."""

import os

import psutil

from core.variants.environment import usable_cpus

COUNTS = ("MKL_NUM_THREADS", "OMP_NUM_THREADS")


def thread_count() -> int:
    """The first count that is set, else one thread for each core that this process may use; never
    more than OMP_THREAD_LIMIT.
    """
    counts = (_count(name) for name in COUNTS)
    chosen = next(filter(None, counts), None) or _cores()
    limit = _count("OMP_THREAD_LIMIT")
    return min(chosen, limit) if limit else chosen


def _count(name: str) -> int | None:
    """The first number of a variable, which may list one for each level of nesting."""
    first = os.environ.get(name, "").split(",")[0].strip()
    return int(first) if first.isdigit() and int(first) > 0 else None


def _cores() -> int:
    usable = usable_cpus()
    return min(psutil.cpu_count(logical=False) or usable, usable)
