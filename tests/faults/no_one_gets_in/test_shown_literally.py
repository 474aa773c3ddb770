"""Whatever a model, a file or a person wrote is shown as it is: by pages, shell and files."""

import ast
import asyncio
import csv
import unicodedata
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from core.__main__ import main
from core.harmless import TURNS
from core.results.experiments import ExperimentKind, Experiments
from core.results.history import History
from tests.browser.server import ROOT, serve
from tests.faults.no_one_gets_in.forging import ForgingTab, forging_tab
from tests.faults.no_one_gets_in.hostile import FORMULA, RAW, hostile_history

PAGES = (
    ("", ""), ("", "job=run-1"), ("", "job=run-3"), ("start", ""), ("sweep", ""),
    ("sweep", "sweep={sweep}"), ("compare", "runs=run-1,run-2"), ("compare", "pair=run-1"),
    ("compare", "a=run-1"), ("compare", "of=run-1"), ("decide", ""), ("present", ""),
    ("batching", ""), ("claims", ""), ("history", ""), ("history", "run=run-1"),
    ("history", "run=run-3"), ("history", "run={raw}"), ("", "job={raw}"), ("sweep", "sweep={raw}"),
)  # fmt: skip
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n")
# Fields whose content the browser shows as text, or hands over as it is to be changed.
SHOWN_AS_TEXT = ("code.code_text", "text_area.", "text_input.", "selectbox.", "multiselect.")
TO_BE_CHANGED = SHOWN_AS_TEXT[1:]
COMMANDS = (
    ("history",), ("history", "--json"), ("history", "--run", "run-1"),
    ("history", "--run", "run-3"), ("history", "--run", "run-1", "--json"),
    ("compare", "--a", "run-1", "--b", "run-2"), ("recommend", "--ask", "fastest"),
    ("recommend", "--scopes"), ("report", "--from", "run-1", "--to", "run-2"), ("environment",),
    ("report", "--from", "run-1", "--json"), ("models",), ("claims",), ("history", "--run", RAW[0]),
)  # fmt: skip


def commands(text: str) -> set[str]:
    """The characters that would command a terminal or turn what follows."""
    return {
        letter
        for letter in text
        if letter in TURNS or (letter not in "\n\t" and unicodedata.category(letter) == "Cc")
    }


def strings(message: Message, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a message with its place."""
    for field, value in message.ListFields():
        for one in value if field.is_repeated else (value,):
            if isinstance(one, Message):
                yield from strings(one, f"{path}.{field.name}")
            elif isinstance(one, str):
                yield f"{path}.{field.name}", one


class Reader(ForgingTab):
    """Collects what a page would let a browser read as markup, or as a command."""

    def __init__(self, *of_tab: object) -> None:
        super().__init__(*of_tab)
        self.wrong: list[str] = []

    def _note(self, message: ForwardMsg) -> None:
        super()._note(message)
        for path, text in strings(message.delta):
            if any(raw in text for raw in RAW) and not any(s in path for s in SHOWN_AS_TEXT):
                self.wrong.append(f"{path}: {text[:200]!r}")
            if commands(text) and not any(s in path for s in TO_BE_CHANGED):
                self.wrong.append(f"{path}: {commands(text)} in {text[:80]!r}")


def number(cell: str) -> bool:
    try:
        return isfinite(float(cell))
    except ValueError:
        return False


@pytest.fixture
def history(home: Path) -> History:
    home.mkdir(parents=True, exist_ok=True)
    return hostile_history()


async def read(url: str, page: str, query: str) -> tuple[int, list[str]]:
    async with forging_tab(url, page, query, kind=Reader) as tab:
        assert isinstance(tab, Reader)
        assert tab.exceptions == []
        assert "This part of the page failed" not in tab.text
        return len(tab.shown), tab.wrong


def test_every_page_shows_hostile_texts_as_texts(
    bundled_model: Path, history: History, tmp_path: Path
) -> None:
    del bundled_model
    sweep = next(iter(stored_sweeps(history)))
    with serve(ROOT / "app.py", tmp_path) as server:
        for page, query in PAGES:
            drawn, wrong = asyncio.run(
                read(server.url, page, query.format(sweep=sweep, raw=RAW[0]))
            )
            assert drawn > 5, (page, query)
            assert wrong == [], (page, query)
        assert "Traceback" not in server.log.read_text()


def stored_sweeps(history: History) -> list[str]:
    return [row.experiment_id for row in Experiments(history).listed(ExperimentKind.SWEEP, 1)]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_the_shell_prints_nothing_that_commands_it(
    history: History, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    del history
    assert main(arguments) in (0, 1, 2)
    printed: Any = capsys.readouterr()
    assert printed.out or printed.err
    assert commands(printed.out + printed.err) == set()


def test_the_command_line_prints_through_one_function() -> None:
    """Or the next command would forget to make harmless what it prints."""
    for file in (ROOT / "core" / "command_line").glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        names = [call.func.id for call in calls if isinstance(call.func, ast.Name)]
        assert file.name == "output.py" or "print" not in names, file.name


def test_a_report_reads_nothing_as_markup(history: History, tmp_path: Path) -> None:
    del history
    file = tmp_path / "report.html"
    status = main(["report", "--from", "run-1", "--html", str(file)])
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    assert status == 0
    assert "<img src=x" not in text
    assert "<script>alert" not in text
    assert 'href="http://evil' not in text


def test_formulas_are_neutralised_and_come_back(history: History, tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    assert main(["history", "--csv", str(file)]) == 0
    with file.open(encoding="utf-8", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert any(FORMULA in cell for cell in cells)
    assert [cell for cell in cells if cell.startswith(FORMULA_BEGINS) and not number(cell)] == []
    before = [history.get(f"run-{n}") for n in (1, 2, 3)]
    history.delete(["run-1", "run-2", "run-3"])
    assert main(["history", "--import", str(file)]) == 0
    after = [history.get(f"run-{n}") for n in (1, 2, 3)]
    assert [run and run.outcome for run in after] == [run and run.outcome for run in before]
    assert [run and run.note for run in after] == [run and run.note for run in before]
