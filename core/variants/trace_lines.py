"""The text of a CSV as rows, and rows as cells."""

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

DELIMITERS = (",", ";", "\t")


def rows_of(
    lines: Sequence[str], one_row: Callable[[str], bool], begin: int = 0
) -> Iterator[tuple[int, str]]:
    """Rows from the line of that index on, each with the number of its first line. A cell in
    quotation marks may hold line breaks, so lines from an open mark to the next one are a row where
    `one_row` says so; where it does not, each stands for itself, and a stray mark spoils no other.
    """
    odd = [index for index in range(begin, len(lines)) if lines[index].count('"') % 2]
    closing = dict(pairwise(odd))
    index = begin
    while index < len(lines):
        text = lines[index]
        if index in closing:
            together = "\n".join(lines[index : closing[index] + 1])
            text = together if one_row(together) else text
        yield index + 1, text
        index += text.count("\n") + 1


def cells_of(row: str, delimiter: str) -> list[str]:
    """The cells of one row without spaces around them; raises ValueError for what is no CSV."""
    return [cell.strip() for cell in whole_cells_of(row, delimiter)]


def whole_cells_of(row: str, delimiter: str) -> list[str]:
    """The cells of one row as they are written; raises ValueError for what is no CSV."""
    try:
        reader = csv.reader([row + "\n"], delimiter=delimiter, strict=True, skipinitialspace=True)
        return next(reader)
    except csv.Error as error:
        raise ValueError(f"it is no CSV ({error})") from None


def is_csv(row: str) -> bool:
    """Whether it is one with any of the delimiters."""
    try:
        return bool(readings_of(row))
    except ValueError:
        return False


def readings_of(row: str) -> list[tuple[list[str], str]]:
    """The cells of a row by each delimiter with which it is a CSV. Raises ValueError where there is
    none, with what the first of them met.
    """
    readings: list[tuple[list[str], str]] = []
    reasons = []
    for delimiter in DELIMITERS:
        try:
            readings.append((cells_of(row, delimiter), delimiter))
        except ValueError as error:
            reasons.append(error)
    if not readings:
        raise reasons[0]
    return readings
