"""The rows of a damaged SQLite file, page by page: a page of rows can be read by itself, whatever
became of the pages that lead to it.

SQLite does the reading: each page in turn is made the root of a table. The file format is that of
https://www.sqlite.org/fileformat2.html.
"""

import contextlib
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path

MOST_COLUMNS = 64
PAGE_BYTES = 4096  # where the file's first page does not tell
HEADER_BYTES, PAGE_SIZE_AT, CHANGES_AT, PAGES_AT, VALID_FOR_AT = 100, 16, 24, 28, 92
ROWS = b"\x0d"  # the first byte of a table's leaf
NumberedRow = tuple[int, tuple[object, ...]]


def rows_of_pages(file: Path) -> Iterator[NumberedRow]:
    """The row number and the values of each row that can be read, without those that a row lacks
    at its end. Which table it is of nobody knows; it may be of one that was dropped, or older than
    another of the same key. Writes over the file's first page.
    """
    page_bytes = _page_bytes(file)
    pages = _with_a_first_page(file, page_bytes)
    if pages < 2:
        return
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as source:
        source.execute("PRAGMA journal_mode=OFF")
        source.execute("PRAGMA synchronous=OFF")
        source.execute("PRAGMA cell_size_check=ON")
        with file.open("rb") as raw:
            for number in range(2, pages + 1):
                raw.seek((number - 1) * page_bytes)
                if raw.read(1) == ROWS:
                    yield from _rows_of(source, number)


def _rows_of(source: sqlite3.Connection, page: int) -> Iterator[NumberedRow]:
    """From both ends, each as far as it can be read: one bad row costs itself alone."""
    source.execute("PRAGMA writable_schema=ON")
    source.execute("UPDATE sqlite_master SET rootpage = ?", [page])
    source.execute("PRAGMA writable_schema=RESET")
    seen: set[int] = set()
    for order in ("ASC", "DESC"):
        try:
            for number, *values in source.execute(
                f"SELECT rowid, * FROM leaf ORDER BY rowid {order}"
            ):
                if number not in seen:
                    seen.add(number)
                    yield number, _without_an_empty_end(values)
            return
        except sqlite3.Error:
            continue


def _without_an_empty_end(values: list[object]) -> tuple[object, ...]:
    while values and values[-1] is None:
        values.pop()
    return tuple(values)


def _page_bytes(file: Path) -> int:
    with file.open("rb") as raw:
        header = raw.read(HEADER_BYTES)
    told = int.from_bytes(header[PAGE_SIZE_AT : PAGE_SIZE_AT + 2], "big")
    return told if 512 <= told <= 32768 and told & (told - 1) == 0 else PAGE_BYTES


def _with_a_first_page(file: Path, page_bytes: int) -> int:
    """Make the first page that of a file with one table alone, and the last one whole; the number
    of pages.
    """
    pages = -(-file.stat().st_size // page_bytes)
    first = bytearray(_first_page(file.with_name("first.sqlite3"), page_bytes))
    first[PAGES_AT : PAGES_AT + 4] = struct.pack(">I", pages)
    first[VALID_FOR_AT : VALID_FOR_AT + 4] = first[CHANGES_AT : CHANGES_AT + 4]
    with file.open("r+b") as raw:
        raw.write(first)
        raw.truncate(pages * page_bytes)
    return pages


def _first_page(place: Path, page_bytes: int) -> bytes:
    names = ", ".join(f"c{number}" for number in range(MOST_COLUMNS))
    place.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(place)) as made:
        made.execute(f"PRAGMA page_size={page_bytes}")
        made.execute(f"CREATE TABLE leaf ({names})")
    return place.read_bytes()[:page_bytes]
