"""The shape of the code base: who may import whom, and how long things may be."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import architecture

ROOT = Path(__file__).resolve().parent.parent
Rule = Callable[[Path], list[str]]
RULES: tuple[Rule, ...] = (
    architecture.wrong_libraries,
    architecture.wrong_directions,
    architecture.wrong_shapes,
    architecture.long_functions,
)
DOCSTRING = '"""What it is for."""\n'
LONG_BODY = "def long() -> None:\n" + "    print()\n" * 30

# One bad tree per thing that a rule must notice: file, text, the complaint's words.
VIOLATIONS = [
    (architecture.wrong_libraries, "core/jobs/a.py", "import streamlit as st", "streamlit"),
    (architecture.wrong_libraries, "core/results/a.py", "from torch import nn", "torch"),
    (architecture.wrong_libraries, "pages/a.py", "def f():\n    import transformers", "transf"),
    (architecture.wrong_libraries, "app.py", "import bitsandbytes", "bitsandbytes"),
    (architecture.wrong_libraries, "core/home.py", "import_module('accelerate')", "accelerate"),
    (architecture.wrong_libraries, "core/engine/a.py", "import streamlit.runtime", "streamlit"),
    (architecture.wrong_directions, "core/errors.py", "from core import home", "core.home"),
    (architecture.wrong_directions, "core/variants/a.py", "import core.results.b", "core.results"),
    (architecture.wrong_directions, "core/results/a.py", "from core.analysis import c", "analysis"),
    (architecture.wrong_directions, "core/analysis/a.py", "import core.plots", "core.plots"),
    (architecture.wrong_directions, "core/engine/a.py", "from core.jobs import job", "jobs.job"),
    (architecture.wrong_directions, "core/jobs/a.py", "from core.plots import p", "core.plots"),
    (architecture.wrong_directions, "core/__main__.py", "import core.engine.w", "core.engine"),
    (architecture.wrong_directions, "pages/widgets/a.py", "from core.engine import w", "engine"),
    (architecture.wrong_directions, "core/results/a.py", "from pages.widgets import w", "pages"),
    (architecture.wrong_directions, "core/other/a.py", "", "no place in the order"),
    (architecture.wrong_shapes, "core/home.py", "\n" * 250, "251 lines"),
    (architecture.wrong_shapes, "core/results/utils.py", "", "says nothing"),
    (architecture.wrong_shapes, "core/common/a.py", "", "says nothing"),
    (architecture.wrong_shapes, "pages/a.py", "\n" * 20, "page of 21 lines"),
    (architecture.wrong_shapes, "pages/a.py", "\n" * 80, "page of 81 lines"),
    (architecture.long_functions, "core/home.py", LONG_BODY, "long has 31 lines"),
    (architecture.long_functions, "tests/a.py", "async " + LONG_BODY, "long has 31 lines"),
]
ALLOWED = [
    ("core/engine/a.py", "import torch\nfrom core.jobs.protocol import Command\n"),
    ("core/engine/b.py", "from core.jobs import protocol\nimport core.results.types\n"),
    ("pages/widgets/a.py", "import streamlit\nfrom core.plots import figures\n"),
    ("core/command_line/a.py", "from core.jobs.manager import JobManager\n"),
    ("core/results/torches.py", "import torchlike\nimport corelib\n"),
]


@pytest.mark.parametrize("rule", RULES)
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    assert rule(ROOT) == []


@pytest.mark.parametrize(("rule", "file", "text", "words"), VIOLATIONS)
def test_a_violation_is_found(tmp_path: Path, rule: Rule, file: str, text: str, words: str) -> None:
    _write(tmp_path / file, DOCSTRING + text)
    assert [complaint for complaint in rule(tmp_path) if words in complaint]


def test_a_missing_docstring_is_found(tmp_path: Path) -> None:
    _write(tmp_path / "core/home.py", "# what it is for\n")
    assert architecture.wrong_shapes(tmp_path) == ["core/home.py has no docstring"]


@pytest.mark.parametrize(("file", "text"), ALLOWED)
def test_what_is_allowed_is_not_found(tmp_path: Path, file: str, text: str) -> None:
    _write(tmp_path / file, DOCSTRING + text)
    assert [complaint for rule in RULES for complaint in rule(tmp_path)] == []


def test_the_dashboards_modules_never_load_the_engines_libraries() -> None:
    files = architecture.python_files(ROOT, "core", "pages/widgets")
    modules = [architecture.module_name(ROOT, file) for file in files]
    modules = [name for name in modules if not name.startswith("core.engine")]
    assert "core.jobs.manager" in modules
    assert _loaded_by(modules) == set()


def test_a_loaded_engine_library_is_found() -> None:
    assert _loaded_by(["safetensors"]) == {"safetensors"}


def _loaded_by(modules: list[str]) -> set[str]:
    """The engine's libraries that a fresh interpreter has after importing those modules."""
    code = f"import sys, importlib\nfor name in {modules!r}: importlib.import_module(name)\n"
    code += f"print(*(set({architecture.ENGINE_LIBRARIES!r}) & set(sys.modules)))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
