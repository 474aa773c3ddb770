"""Opens the job manager: over this machine's devices, or over a Ray cluster where that is asked."""

import os
from enum import StrEnum

from core.errors import RequestError
from core.home import refusal
from core.jobs.limits import Limits
from core.jobs.manager import JobManager

ADDRESS = "RAY_ADDRESS"
THIS_CLUSTER = "auto"


class ExecutorKind(StrEnum):
    """Who carries out runs."""

    LOCAL = "local"
    RAY = "ray"


def executor_kind(asked: str | None) -> ExecutorKind:
    """What was asked for, else Ray where `RAY_ADDRESS` is set; raises RequestError for others."""
    if asked is None:
        return ExecutorKind.RAY if os.environ.get(ADDRESS) else ExecutorKind.LOCAL
    if asked not in tuple(ExecutorKind):
        raise RequestError("executor", asked, "there is no such executor.", tuple(ExecutorKind))
    return ExecutorKind(asked)


def open_manager(
    asked: str | None = None, wait: bool = True, limits: Limits | None = None
) -> JobManager:
    """A job manager over this person's history. With `wait` a cluster is joined first; without it,
    what is submitted before that is refused. Read-only, nothing is joined.

    Raises RequestError where Ray is not installed and, if waited for, its cluster cannot be used.
    """
    if executor_kind(asked) is ExecutorKind.LOCAL or refusal():
        return JobManager(limits=limits)
    from core.jobs.cluster.ray_fleet import RayFleet

    fleet = RayFleet(os.environ.get(ADDRESS) or THIS_CLUSTER)
    try:
        if wait:
            fleet.join()
        return JobManager(fleet=fleet, limits=limits)
    except BaseException:
        fleet.close()
        raise
