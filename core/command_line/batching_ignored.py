"""Flags of `batching` that would do nothing beside the others: refused, not ignored."""

import argparse
from collections.abc import Iterator

from core.command_line.flags import flag_of
from core.errors import RequestError

OF_SERVING = ("repeats", "most_s", "overloads", "devices")
WITH_RESUME = ("resume", "executor", "steps_to", "price_per_hour", "json", "command", "usage")
SWITCHES = ("calibrate", "anew", "overloads")
SERVE = "--measure POLICIES"


def refuse_ignored(chosen: argparse.Namespace) -> None:
    """Raises RequestError for the first flag that would do nothing."""
    for field, reason, valid in _ignored(chosen):
        value = getattr(chosen, field)
        raise RequestError(field, value, f"{flag_of(field)} {reason}", valid)


def _ignored(chosen: argparse.Namespace) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each such flag's field, why, and what would make it count."""
    given = [name for name, value in vars(chosen).items() if value is not None]
    given = [name for name in given if name not in SWITCHES or getattr(chosen, name)]
    if chosen.resume is not None:
        reason = "says nothing with --resume: a load test goes on as it was begun."
        yield from ((name, reason, ()) for name in given if name not in WITH_RESUME)
    elif chosen.measure is None:
        reason = "says nothing where no load is served."
        yield from ((name, reason, (SERVE,)) for name in OF_SERVING if name in given)
        yield from _without_serving(chosen, given)
    if chosen.calibration is not None:
        reason = "measures the steps, and --calibration reads them from a file: give one of both."
        yield from ((name, reason, ()) for name in ("calibrate", "anew") if name in given)


def _without_serving(
    chosen: argparse.Namespace, given: list[str]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    if "anew" in given and not chosen.calibrate:
        yield "anew", "says nothing where nothing is measured.", ("--calibrate", SERVE)
    if "executor" in given and chosen.calibration is not None:
        yield "executor", "says nothing where steps of a file are simulated with.", (SERVE,)
