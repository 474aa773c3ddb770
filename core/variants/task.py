"""A person's own task: a text to be read, or questions with expected answers.

A CSV with the columns `prompt` and `expected`, and `match` where it is wanted, is a list of
questions; anything else is a text. What cannot be scored is refused here, with the row's number.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.errors import RequestError

LONGEST_TASK = 1_000_000  # characters
MOST_QUESTIONS = 1000
MOST_SPECIAL_TOKENS = 8  # that a tokenizer may add to a prompt; more than any known one does
NEEDED, OPTIONAL = ("prompt", "expected"), ("match",)
SHORT_TEXT = 100  # characters, enough to tell one token from several
DELIMITERS = (",", ";", "\t")


class Match(StrEnum):
    """When an answer is right. All respect upper and lower case (a pattern may begin with (?i));
    blanks around an answer, and around what it should be or contain, do not count.
    """

    EXACT = "exact"
    CONTAINS = "contains"
    REGEX = "regex"


@dataclass(frozen=True)
class TextTask:
    """A text: how well does the model tell each next token?"""

    text: str


@dataclass(frozen=True)
class Question:
    """A prompt, what its answer should be, and how to compare. `row` counts from the header, 1."""

    row: int
    prompt: str
    expected: str
    match: Match


@dataclass(frozen=True)
class AnswerTask:
    """Questions: how many of the answers are right?"""

    questions: tuple[Question, ...]


def tidy(content: str) -> str:
    """The content without what says nothing: a byte order mark, blanks around it, and the
    difference between kinds of line breaks.
    """
    return content.removeprefix("\ufeff").replace("\r\n", "\n").strip()


def parse_task(content: str) -> TextTask | AnswerTask:
    """The task that a text or a CSV describes; raises RequestError for what cannot be scored."""
    content = tidy(content)
    if not content:
        raise _refused(content, "it is empty.")
    if len(content) > LONGEST_TASK:
        raise _refused(content, f"at most {LONGEST_TASK:,} characters can be scored.")
    delimiter = _delimiter(content.partition("\n")[0])
    return AnswerTask(_questions(content, delimiter)) if delimiter else TextTask(content)


def unscorable(
    content: str, count: Callable[[str], int | None], max_new_tokens: int, context: int
) -> Iterator[RequestError]:
    """What of a task a model cannot be asked: prompts that its context, in tokens, cannot hold,
    and a text of one token. `count` tells a text's tokens; None where it cannot.
    """
    task = parse_task(content)
    if isinstance(task, TextTask):
        if count(task.text[:SHORT_TEXT]) in (0, 1):
            yield _refused(content, "it has one token, and the first has nothing to follow.")
        return
    for question in task.questions:
        # No tokenizer makes more tokens than there are bytes, so most rows need no counting.
        if len(question.prompt.encode()) + MOST_SPECIAL_TOKENS + max_new_tokens <= context:
            continue
        tokens = count(question.prompt)
        if tokens is not None and tokens + max_new_tokens > context:
            reason = f"its prompt has {tokens} tokens; with {max_new_tokens} new ones it exceeds"
            yield _wrong_row(question.row, question.prompt, f"{reason} the context of {context}")


def _delimiter(header: str) -> str | None:
    """What separates the columns of a header line; None for a line of a text."""
    for delimiter in DELIMITERS:
        columns = _columns(header, delimiter)
        if len(columns) > 1 and set(NEEDED) & set(columns):
            return delimiter
    return None


def _columns(header: str, delimiter: str) -> list[str]:
    return [column.strip().strip('"').strip().lower() for column in header.split(delimiter)]


def _questions(content: str, delimiter: str) -> tuple[Question, ...]:
    header, _, _ = content.partition("\n")
    columns = _columns(header, delimiter)
    _check_header(header, columns)
    questions = tuple(_question(row, columns, cells) for row, cells in _rows(content, delimiter))
    if not questions:
        raise _refused(content, "it has a header and no rows.")
    return questions


def _check_header(header: str, columns: Sequence[str]) -> None:
    unknown = [column for column in columns if column not in (*NEEDED, *OPTIONAL)]
    missing = [column for column in NEEDED if column not in columns]
    if unknown:
        wrong = f"has the column {unknown[0]!r}, which says nothing here"
    elif missing:
        wrong = f"has no column {missing[0]!r}"
    elif len(set(columns)) < len(columns):
        wrong = "names a column twice"
    else:
        return
    raise _refused(header, f"the header {wrong}.", (*NEEDED, "match (optional)"))


def _rows(content: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with their numbers; the header is row 1."""
    lines = io.StringIO(content, newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    row = 0
    try:
        for row, cells in enumerate(reader, start=1):
            if row > MOST_QUESTIONS + 1:
                raise _refused(content, f"it has more than {MOST_QUESTIONS:,} rows.")
            if row > 1 and any(cells):
                yield row, cells
    except csv.Error as error:
        raise _wrong_row(row + 1, content, f"it is no CSV ({error})") from None


def _question(row: int, columns: Sequence[str], cells: Sequence[str]) -> Question:
    given = dict(zip(columns, cells, strict=False))
    whole = " | ".join(cells)
    if len(cells) > len(columns):
        raise _wrong_row(row, whole, f"it has {len(cells)} cells and the header {len(columns)}")
    for column in NEEDED:
        if not given.get(column, "").strip():
            raise _wrong_row(row, whole, f"{column} is empty")
    match = given.get("match", "").strip().lower() or Match.CONTAINS
    if match not in tuple(Match):
        raise _wrong_row(row, match, "there is no such match", tuple(Match))
    if match == Match.REGEX:
        _check_pattern(row, given["expected"])
    return Question(row, given["prompt"], given["expected"], Match(match))


def _check_pattern(row: int, pattern: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        reason = f"it is no regular expression ({error})"
        raise _wrong_row(row, pattern, reason, ("what Python's re.search takes",)) from None


def _wrong_row(row: int, value: str, reason: str, valid: Sequence[str] = ()) -> RequestError:
    return _refused(value, f"row {row} (the header is row 1): {reason}.", valid)


def _refused(value: str, reason: str, valid: Sequence[str] = ()) -> RequestError:
    return RequestError("task", value, reason, valid)
