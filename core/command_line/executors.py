"""Who carries out the runs of a command: this machine's devices, or a Ray cluster's nodes."""

import argparse

from core.command_line.output import say
from core.command_line.parser import Parser
from core.errors import RequestError
from core.experiments.spreading import ALL, named_slots
from core.jobs.manager import JobManager
from core.jobs.opening import ADDRESS, ExecutorKind, executor_kind, open_manager
from core.jobs.slots import Slot


def add_executor(parser: Parser) -> None:
    """The flag that names it."""
    parser.add_argument(
        "--executor",
        metavar="|".join(ExecutorKind),
        help=f"this machine, or the Ray cluster at ${ADDRESS}, by default that which this machine "
        f"is part of (default: ray where ${ADDRESS} is set, else local)",
    )


def open_jobs(chosen: argparse.Namespace) -> JobManager:
    """The job manager that was asked for; a cluster is joined, which takes some seconds, and its
    slots are said. Raises RequestError where that cannot be.
    """
    if executor_kind(chosen.executor) is ExecutorKind.LOCAL:
        return open_manager(chosen.executor)
    say("joining the Ray cluster …")
    jobs = open_manager(chosen.executor)
    say("\n".join(f"  {slot.key}: {slot.hardware}" for slot in jobs.slots()))
    return jobs


def add_devices(parser: Parser) -> None:
    """The flag of what is spread over."""
    parser.add_argument(
        "--devices",
        metavar="DEVICE,…",
        help="spread the work over these devices, which must be alike, or `all` that are like the "
        "first; in a sweep --device A,B measures each cell on each instead (default: one device, "
        "of a cluster all that are alike)",
    )


def spread(chosen: argparse.Namespace, jobs: JobManager, device: str | None) -> tuple[Slot, ...]:
    """What the work is spread over: the devices that are named, in a cluster all that are like
    the first; nothing where that is one device, or the grid has several.
    """
    slots = jobs.slots()
    if chosen.devices is None:
        if device is None or all(slot.node is None for slot in slots):
            return ()
        found = named_slots([ALL], slots, device)
        return found if len(found) > 1 else ()
    names = [name.strip() for name in chosen.devices.split(",") if name.strip()]
    found = named_slots(names or [chosen.devices], slots, device or slots[0].device)
    if chosen.device is not None and device not in (None, *(slot.device for slot in found)):
        reason = f"--device names another ({chosen.device}): name devices with one of the two."
        raise RequestError("devices", chosen.devices, reason)
    return found
