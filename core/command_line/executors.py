"""Who carries out the runs of a command: this machine's devices, or a Ray cluster's nodes."""

import argparse

from core.command_line.output import say
from core.command_line.parser import Parser
from core.jobs.manager import JobManager
from core.jobs.opening import ADDRESS, ExecutorKind, executor_kind, open_manager


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
