"""Texts and numbers as cells of a CSV that no spreadsheet takes for formulas, and back again.

A text gets an apostrophe where a spreadsheet would begin to read a formula: at its start, and after
each line break, tab and semicolon within it, since a spreadsheet that separates cells by something
else than commas heeds no quotation marks there. Where an apostrophe stands already it gets another
one, so that taking one away at each such place gives the very text back.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

Cell = str | int | float | bool | None

SIGNS = (
    "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207a-\u207c\u208a-\u208c\u2212\ufb29"
)
"""What begins a formula, full-width, small and raised forms included."""
UNSEEN = (
    ' "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\xa0\\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f'
    "\u205f-\u206f\u3000\ufeff"
)
"""Blanks, quotation marks and signs without a shape, which a spreadsheet may pass over."""
DANGER = re.compile(rf"(\A(?=[\t\r\n])|(?:\A|(?<=[;\t\r\n]))(?='|[{UNSEEN}]*[{SIGNS}]))")
DISARMED = re.compile(r"(?:\A|(?<=[;\t\r\n]))'")


def csv_text(lines: Iterable[Sequence[Cell]]) -> str:
    """CSV of these lines; what a spreadsheet would take for a formula becomes text."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([written(value) for value in line] for line in lines)
    return out.getvalue()


def written(value: Cell) -> str | int | float:
    """What stands in the file for a value; nothing for an unknown one, and a number as it is."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return disarmed(value) if isinstance(value, str) else value


def disarmed(text: str) -> str:
    """A text that is no formula, wherever a spreadsheet may begin to read one."""
    return DANGER.sub("'", text)


def armed(text: str) -> str:
    """The text that was disarmed."""
    return DISARMED.sub("", text)
