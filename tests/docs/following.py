"""Follows a page of docs/extending as a person would: its edits word by word, then its commands.

The page says "In `file`, find", "and add below it", "and add above it", "and put in its place",
"Create `file` with", "Run", "and see in its output", "and see that it is refused"; each is
followed by a block of code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"(?P<words>[^\n]*)\n\n```\w*\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
FIND, CREATE = re.compile(r"In `(\S+)`, find$"), re.compile(r"Create `(\S+)` with$")
BELOW, ABOVE, REPLACE = "and add below it", "and add above it", "and put in its place"
OUTPUT, REFUSED = "and see in its output", "and see that it is refused"


@dataclass(frozen=True)
class Command:
    """A command line of the page, the lines that its output is said to have, and its status."""

    line: str
    seen: tuple[str, ...]
    status: int


def blocks(page: Path) -> list[tuple[str, str]]:
    """Each block of the page with the line of words before it."""
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [(match["words"].strip(), match["code"]) for match in found]


def apply_edits(page: Path, tree: Path) -> list[str]:
    """Carry out the page's edits in the tree; the files that were changed.

    Raises ValueError for a block whose words say nothing, or text that is not there exactly once.
    """
    changed, target = [], None
    for words, code in blocks(page):
        if found := FIND.search(words):
            target = (tree / found[1], code)
        elif words in (BELOW, ABOVE, REPLACE):
            if target is None:
                raise ValueError(f"{page.name}: nothing was found before {words!r}")
            _edit(*target, words, code)
            changed.append(str(target[0].relative_to(tree)))
            target = None
        elif created := CREATE.search(words):
            (tree / created[1]).write_text(code, encoding="utf-8")
            changed.append(created[1])
        elif words.split()[-1:] != ["Run"] and words not in (OUTPUT, REFUSED):
            raise ValueError(f"{page.name}: nobody knows what to do with {words!r}")
    return changed


def commands(page: Path) -> Iterator[Command]:
    """The page's commands, each with what is seen of it."""
    found = blocks(page)
    for position, (words, code) in enumerate(found):
        if words.split()[-1:] == ["Run"]:
            after, seen = found[position + 1]
            if after not in (OUTPUT, REFUSED):
                raise ValueError(f"{page.name}: nothing is said of the output of {code!r}")
            yield Command(code.strip(), tuple(seen.strip().splitlines()), 2 * (after == REFUSED))


def _edit(file: Path, found: str, words: str, code: str) -> None:
    text = file.read_text(encoding="utf-8")
    if text.count(found) != 1:
        raise ValueError(f"{file.name} has {text.count(found)} times:\n{found}")
    new = {BELOW: found + code, ABOVE: code + found, REPLACE: code}[words]
    file.write_text(text.replace(found, new), encoding="utf-8")
