"""What the documents name is there: links, files, commands, make targets and variables."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.command_line.arguments import parse
from core.command_line.flags import run_flags
from core.errors import RequestError

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "ARCHITECTURE.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
NOT_YET = "--prefill-chunk-tokens"  # the lever that docs/extending adds
MADE_LATER = {
    "tests/pages/test_failures_page.py",
    ".streamlit/secrets.toml",
    "benchmarks/latest.json",
}
COMMAND = re.compile(r"^(?:[A-Z_]+=\S+ )*python -m core ([a-z].*)$")


def documents() -> list[object]:
    return [pytest.param(file, id=str(file.relative_to(ROOT))) for file in DOCUMENTS]


def headings(file: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    lines = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def lines_of_code(text: str) -> list[str]:
    """The lines of the text's blocks of code, and what stands in code marks."""
    prose = BLOCK.sub("", text)
    return [*"\n".join(BLOCK.findall(text)).splitlines(), *CODE.findall(prose)]


def command_lines(text: str) -> Iterator[list[str]]:
    """The arguments of each `python -m core` command, without comments and what follows it."""
    for line in lines_of_code(text):
        if match := COMMAND.match(line):
            yield shlex.split(match[1].partition(" && ")[0], comments=True)


@pytest.mark.parametrize("file", documents())
def test_every_link_leads_somewhere(file: Path) -> None:
    dead = []
    for target in LINK.findall(file.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        found = (file.parent / path).resolve() if path else file
        if not found.exists() or (anchor and anchor not in headings(found)):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("file", documents())
def test_every_file_that_is_named_is_there(file: Path) -> None:
    """Paths in code marks that begin with a folder of the tree."""
    named = [
        text
        for text in CODE.findall(file.read_text(encoding="utf-8"))
        if re.fullmatch(r"(?:core|pages|tests|docs|benchmarks|\.streamlit)/[\w./-]+", text)
    ]
    made = set(re.findall(r"Create `(\S+)`", file.read_text(encoding="utf-8")))
    missing = {name for name in named if not (ROOT / name).exists()}
    assert missing - made - MADE_LATER == set()


def test_every_command_line_is_understood() -> None:
    wrong, seen = [], 0
    for file in DOCUMENTS:
        for words in command_lines(file.read_text(encoding="utf-8")):
            if NOT_YET in words or "--help" in words:
                continue
            seen += 1
            try:
                chosen = parse(words)
                for side in (getattr(chosen, "a", None), getattr(chosen, "b", None)):
                    if side and side.startswith("--"):
                        run_flags(side)
            except (RequestError, SystemExit) as error:
                wrong.append(f"{file.name}: {shlex.join(words)}: {error}")
    assert seen > 40
    assert wrong == []


def test_every_target_of_make_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for file in DOCUMENTS:
        text = file.read_text(encoding="utf-8")
        lines = [line.split() for line in lines_of_code(text)]
        named = {words[1] for words in lines if len(words) > 1 and words[0] == "make"}
        assert named - targets == set(), file.name


def test_every_variable_is_known_to_the_program() -> None:
    source = "\n".join(
        file.read_text(encoding="utf-8")
        for folder in ("core", "pages", "tests")
        for file in (ROOT / folder).rglob("*.py")
    )
    for file in DOCUMENTS:
        named = set(re.findall(r"TRADEOFFS_[A-Z_]*[A-Z]", file.read_text(encoding="utf-8")))
        assert [name for name in sorted(named) if name not in source] == [], file.name


def test_every_how_to_page_stands_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = [
        file for folder in ("how-to", "extending") for file in (ROOT / "docs" / folder).glob("*.md")
    ]
    assert [str(page) for page in pages if str(page.relative_to(ROOT)) not in text] == []


def test_what_is_wrong_would_be_found(tmp_path: Path) -> None:
    text = "`python -m core history --nonsense 3`\n\n```\npython -m core run --seed 4  # x\n```\n"
    assert list(command_lines(text)) == [["run", "--seed", "4"], ["history", "--nonsense", "3"]]
    with pytest.raises(RequestError):
        parse(["history", "--nonsense", "3"])
    page = tmp_path / "page.md"
    page.write_text("## One, two: three!\n")
    assert headings(page) == {"one-two-three"}
