"""`history --import`: runs of a CSV into the history, and what became of each row."""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import BinaryIO

from core.analysis.history_csv import import_history_csv
from core.command_line.output import print_json, say
from core.errors import RequestError
from core.results.csv.importing import BadRow, ImportReport
from core.results.csv.words import notes_of, outcome_in_words
from core.results.history import History

TOLD_EACH = 1000


def import_command(chosen: argparse.Namespace, history: History) -> int:
    """Exit status 0: all rows are good; 1: some are bad, and the good ones are kept."""
    for flag, value in (("csv", chosen.csv), ("run", chosen.run)):
        if value is not None:
            raise RequestError(flag, value, f"give --import or --{flag}, not both.")
    with _opened(chosen.imported) as file:
        report = import_history_csv(history, file, _Progress().hear)
    if chosen.json:
        print_json(asdict(report))
    for row in () if chosen.json else report.bad:
        say(_named(row))
    for sentence in (outcome_in_words(report), *notes_of(report)):
        say(sentence)
    return 1 if report.bad_rows else 0


@contextlib.contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    """The file, or stdin; raises RequestError where it cannot be read."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = open(name, "rb", buffering=0)  # noqa: PTH123, SIM115 - typed: may be no path at all
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RequestError("import", name, f"it cannot be read: {reason}.") from error
    with file:
        yield file


class _Progress:
    """Says now and then how far it is."""

    def __init__(self) -> None:
        self._next = TOLD_EACH

    def hear(self, report: ImportReport) -> None:
        """A part was stored."""
        if report.rows >= self._next:
            say(f"{report.rows:,} rows read")
            self._next = report.rows + TOLD_EACH


def _named(row: BadRow) -> str:
    column = f", {row.column}" if row.column else ""
    return f"line {row.line}{column}: {row.reason}"
