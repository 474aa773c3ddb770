"""What `--a` and `--b` of `compare` name: a stored run by its id, or flags as `run` takes them."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from core.command_line.run import spec_of
from core.errors import RequestError
from core.results.history import History
from core.results.queries import EVERY_RUN
from core.results.stored import StoredRun
from core.results.types import RunResult
from core.variants.pairing import Side, of_side
from core.variants.spec import RunSpec

FlagsOf = Callable[[str], argparse.Namespace]


@dataclass(frozen=True)
class Asked:
    """One side: what to measure, and the stored run that it was named by, if it was."""

    side: Side
    spec: RunSpec
    stored: StoredRun | None

    @property
    def result(self) -> RunResult:
        """The stored run's result; raises RequestError where it has none."""
        outcome = self.stored.outcome if self.stored else None
        if not isinstance(outcome, RunResult):
            run_id = self.stored.run_id if self.stored else None
            reason = "that run has no result; --again measures what it was asked for."
            raise RequestError(self.side, run_id, reason)
        return outcome


def names_a_run(text: str) -> bool:
    """Whether a side's text is a run's id, and no flags."""
    return len(text.split()) == 1 and not text.strip().startswith("-")


def asked(side: Side, text: str, flags_of: FlagsOf, default_device: str) -> Asked:
    """What a side's text names. Raises RequestError, the side in its field."""
    if names_a_run(text):
        stored = _stored(side, text.strip())
        return Asked(side, stored.spec, stored)
    try:
        return Asked(side, spec_of(flags_of(text), default_device), None)
    except RequestError as error:
        raise of_side(side, error) from None


def _stored(side: Side, run_id: str) -> StoredRun:
    history = History()
    stored = history.get(run_id)
    if stored is None:
        newest = [row.run_id for row in history.page(EVERY_RUN, 5)]
        raise RequestError(side, run_id, "the history has no such run.", newest)
    return stored
