"""Printing: JSON documents, aligned tables, and words on stderr."""

import json
import sys
from collections.abc import Iterable, Sequence


def print_json(document: object) -> None:
    """One JSON document on stdout; NaN and infinity are not JSON and are an error."""
    print(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def print_table(rows: Iterable[Sequence[str]], header: Sequence[str] | None = None) -> None:
    """Columns as wide as their widest cell, two blanks apart."""
    lines = [*([tuple(header)] if header else []), *(tuple(row) for row in rows)]
    if not lines:
        return
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())


def say(text: str) -> None:
    """A line for the person at the shell, apart from what is asked for."""
    print(text, file=sys.stderr, flush=True)
