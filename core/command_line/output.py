"""Printing: JSON documents, aligned tables, words on stderr, and files that are whole or absent."""

import errno
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.errors import RequestError, TradeoffsError
from core.harmless import harmless, harmless_json


def print_json(document: object) -> None:
    """One JSON document on stdout; NaN and infinity are not JSON and are an error."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    print(harmless_json(text))


def print_table(rows: Iterable[Sequence[str]], header: Sequence[str] | None = None) -> None:
    """Columns as wide as their widest cell, two blanks apart."""
    lines = [[*header]] if header else []
    lines += [[_on_one_line(cell) for cell in row] for row in rows]
    if not lines:
        return
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        tell("  ".join(cells).rstrip())


def tell(text: str = "", end: str = "\n") -> None:
    """Text that was asked for, on stdout."""
    print(harmless(text), end=end)


def say(text: str) -> None:
    """A line for the person at the shell, apart from what is asked for."""
    print(harmless(text), file=sys.stderr, flush=True)


def shortened(text: str, most: int) -> str:
    """So many characters of the text, the last one a sign that there were more."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def write_file(target: str, parts: Iterable[str], field: str = "csv") -> None:
    """Write a file as a whole or not at all; a device or a pipe is written as it is.

    Raises RequestError where it cannot be written, and TradeoffsError where the disk is full or
    fails.
    """
    try:
        file = Path(os.path.realpath(target))
        if file.exists() and not file.is_file() and not file.is_dir():
            _write(file, parts)
        else:
            _replace(file, parts)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise TradeoffsError(f"{target} cannot be written: {reason}.") from error
        raise RequestError(field, target, f"it cannot be written: {reason}.") from error


def _write(file: Path, parts: Iterable[str]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(parts)


def _replace(file: Path, parts: Iterable[str]) -> None:
    """Over a file of its own beside it, so that a full disk leaves the old one as it was."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        _write(unfinished, parts)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _on_one_line(cell: str) -> str:
    return harmless(" ".join(cell.split()))
