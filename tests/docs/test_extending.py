"""The pages on adding a lever, a metric and a page: each followed literally in a copy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.variants.models import BUNDLED_KEY
from tests.docs.following import apply_edits, blocks, commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "extending").glob("*.md"))
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "*.png"
)
# What a person sees in the browser, asked of the page by Streamlit's own harness.
LOOK = {
    "add-a-lever": """
page = opened("explore")
assert "Prompt pieces" in [field.label for field in page.number_input]
page = opened("sweep")
assert "Prompt pieces" in [field.label for field in page.text_input]
""",
    "add-a-metric": """
page = opened("methodology")
assert "Prefill share" in [heading.value for heading in page.subheader]
""",
    "add-a-page": """
page = opened("failures")
assert [title.value for title in page.title] == ["Failures"]
assert [text.value for text in page.info] == ["No run has failed yet."]
""",
}
OPENED = """
from streamlit import config
from streamlit.testing.v1 import AppTest

# The harness keeps functions in the session, which the dashboard's own setting forbids.
config.set_option("runner.enforceSerializableSessionState", False)

def opened(name):
    page = AppTest.from_file("app.py", default_timeout=60).run()
    page = page.switch_page(f"pages/{name}.py").run()
    assert not page.exception
    return page
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the program."""
    return Path(shutil.copytree(ROOT, tmp_path / "tree", ignore=LEFT_OUT))


@pytest.fixture
def shell(tmp_path: Path, home: Path, prepared_model: Path) -> dict[str, str]:
    """The environment of a shell in which `make setup` was done and the environment activated."""
    (home / "models").mkdir(parents=True)
    (home / "models" / BUNDLED_KEY).symlink_to(prepared_model, target_is_directory=True)
    programs = tmp_path / "bin"
    programs.mkdir()
    _program(programs / "python", "")
    _program(programs / "pytest", "-m pytest -p no:cacheprovider")
    _program(programs / "ruff", "-m ruff")
    given = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "COLUMNS": "200"}
    return {**given, "TRADEOFFS_PREPARED_MODEL": str(prepared_model)}


def _program(file: Path, arguments: str) -> None:
    file.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
    file.chmod(0o755)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_followed_literally_gives_what_it_says(
    page: Path, tree: Path, shell: dict[str, str]
) -> None:
    changed = apply_edits(page, tree)
    assert changed
    for command in commands(page):
        status, output = _run(["bash", "-c", command.line], tree, shell)
        plain = " ".join(output.split())
        missing = [line for line in command.seen if " ".join(line.split()) not in plain]
        assert (missing, status) == ([], command.status), f"{command.line}\n{output}"
    _, output = _run(
        [sys.executable, "-c", OPENED + LOOK[page.stem] + "print('seen')"], tree, shell
    )
    assert output.rstrip().endswith("seen"), output


def test_words_that_say_nothing_are_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Do as you like:\n\n```\nx\n```\n")
    with pytest.raises(ValueError, match="nobody knows"):
        apply_edits(page, tmp_path)


def test_text_that_is_not_there_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("In `a.py`, find\n\n```\nx\n```\n\nand add below it\n\n```\ny\n```\n")
    (tmp_path / "a.py").write_text("z\n")
    with pytest.raises(ValueError, match="has 0 times"):
        apply_edits(page, tmp_path)


def test_a_page_is_read_with_its_words_and_blocks() -> None:
    words = [words for page in PAGES for words, _ in blocks(page)]
    assert len(words) > 30


def _run(command: list[str], tree: Path, shell: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        command,
        cwd=tree,
        env=shell,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout
