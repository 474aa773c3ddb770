"""A run as it is kept, in the last cells of its row: one JSON text, in pieces.

The readable columns of a row cannot carry everything: which text was a tag, every part of an
outcome. The record does, and is all that an import takes from a row. It is ASCII, so that no
encoding changes it, and in pieces, since a spreadsheet cuts what is longer than a cell of its own.
"""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import AwareDatetime, ValidationError, model_validator

from core.errors import RequestError
from core.results.columns import tags_column
from core.results.record import Record, no_number
from core.results.stored import UNKNOWN_TIME, StoredRun, ended_run
from core.results.types import RunFailure, RunResult

PIECES, LONGEST_PIECE = 8, 32_000
SPREADSHEET_CELL = 32_767
"""The most characters that a spreadsheet keeps of a cell."""
RECORD_COLUMNS = tuple(f"record_{number + 1}" for number in range(PIECES))
LONGEST_ID = 200
LONGEST_SHOWN = 60


class KeptRun(Record):
    """All that an import takes in: how a run ended, and what people and the history added."""

    submitted_at: AwareDatetime
    finished_at: AwareDatetime
    host_name: str | None
    tags: tuple[str, ...]
    note: str
    result: RunResult | None = None
    failure: RunFailure | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "KeptRun":
        if (self.result is None) == (self.failure is None):
            raise ValueError("it must have either a result or a failure")
        outcome = self.outcome
        if not outcome.run_id.strip() or len(outcome.run_id) > LONGEST_ID:
            raise ValueError(f"run_id must be a text of 1 to {LONGEST_ID} characters")
        if None in (outcome.submitted_at.tzinfo, outcome.finished_at.tzinfo):
            raise ValueError("its times must have a time zone")
        if json.loads(tags_column(self.tags)) != [*self.tags]:
            raise ValueError("a tag is empty, repeated, or has blanks around it")
        return self

    @property
    def outcome(self) -> RunResult | RunFailure:
        """How the run ended."""
        ended = self.result or self.failure
        assert ended is not None, "checked when it was made"
        return ended


def record_of(run: StoredRun) -> list[str]:
    """The pieces of a run's record, empty ones where it is not over. A record that is too long for
    all of them has the rest of it in the last.
    """
    text = _text(run) if run.outcome is not None else ""
    most = LONGEST_PIECE
    pieces = [text[at : at + most] for at in range(0, most * (PIECES - 1), most)]
    return [*pieces, text[most * (PIECES - 1) :]]


def _text(run: StoredRun) -> str:
    kept = KeptRun.model_construct(
        submitted_at=run.submitted_at,
        finished_at=run.finished_at or UNKNOWN_TIME,
        host_name=run.host_name,
        tags=run.tags,
        note=run.note,
        result=run.outcome if isinstance(run.outcome, RunResult) else None,
        failure=run.outcome if isinstance(run.outcome, RunFailure) else None,
    )
    text = kept.model_dump_json(ensure_ascii=True, exclude={_other(kept)})
    return text.replace(";", "\\u003b")  # only texts have one, and spreadsheets may split there


def _other(kept: KeptRun) -> str:
    return "failure" if kept.result is not None else "result"


def run_of(pieces: Sequence[str]) -> StoredRun:
    """The run that the pieces of a record describe, its metrics derived from its samples.

    Raises ValueError with what is wrong.
    """
    text = "".join(pieces)
    try:
        read = json.loads(text, parse_constant=no_number)
        kept = KeptRun.model_validate_json(text)
    except json.JSONDecodeError as error:
        raise ValueError(_broken(pieces, error)) from None
    except ValidationError as error:
        raise ValueError(_first_of(error)) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except RequestError as error:
        raise ValueError(str(error)) from None
    other = _otherwise(read, json.loads(kept.model_dump_json()))
    if other:
        raise ValueError(f"{other} is not as this program writes it")
    times = (kept.submitted_at, kept.finished_at)
    try:
        return ended_run(
            kept.outcome, host_name=kept.host_name, tags=kept.tags, note=kept.note, times=times
        )
    except OverflowError:
        raise ValueError("a time of it, or a number, is out of range") from None


def _otherwise(read: Any, understood: Any) -> str:
    """Where a JSON value was understood as another one than it says, such as a number that stood
    there as a text, or one too large to be finite; empty for nowhere. What it leaves out has its
    usual value.
    """
    if isinstance(read, dict) and isinstance(understood, dict):
        parts = ((key, value, understood.get(key)) for key, value in read.items())
    elif isinstance(read, list) and isinstance(understood, list) and read != understood:
        parts = ((i, *pair) for i, pair in enumerate(zip(read, understood, strict=False)))
    else:
        return "" if read == understood else f": {repr(read)[:LONGEST_SHOWN]}"
    for name, one, other in parts:
        if found := _otherwise(one, other):
            return f"{name}{found}" if found.startswith(":") else f"{name}.{found}"
    return ""


def _broken(pieces: Sequence[str], error: json.JSONDecodeError) -> str:
    for name, piece in zip(RECORD_COLUMNS, pieces, strict=True):
        if len(piece) in (SPREADSHEET_CELL - 1, SPREADSHEET_CELL):
            return (
                f"{name} ends after {SPREADSHEET_CELL:,} characters, where spreadsheets cut a cell "
                "when they save; import the file that was exported"
            )
    return f"it is no JSON ({error.msg}, character {error.pos + 1:,})"


def _first_of(error: ValidationError) -> str:
    """The first of the things that are wrong, and where."""
    first = error.errors(include_url=False, include_input=False)[0]
    said = first["msg"].removeprefix("Value error, ")
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {said[:1].lower()}{said[1:]}" if where else said
