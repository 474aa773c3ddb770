"""Environments of engines on disk: there, half made, broken; found without starting anything."""

from pathlib import Path

import pytest

from core.variants import engine_environment
from core.variants.engine import Engine
from core.variants.engine_environment import environment_folder, read_engines

PINS = "# a comment\nLlama.cpp_Python==0.3.36\nnumpy==2.4.6\n"


@pytest.fixture
def folder(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment with a Python that can be started and nothing in it."""
    (tmp_path / "requirements-llama.cpp.txt").write_text(PINS)
    monkeypatch.setattr(engine_environment, "REPOSITORY", tmp_path)
    made = home / "engines" / "llama.cpp"
    (made / "bin").mkdir(parents=True)
    python = made / "bin" / "python"
    python.write_text("#!/bin/sh\nexit 7\n")
    python.chmod(0o755)
    (made / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.7\n")
    return made


def install(folder: Path, name: str, version: str) -> None:
    info = folder / "lib" / "python3.11" / "site-packages" / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def problem() -> str | None:
    return read_engines()["llama.cpp"].problem


def test_nothing_there_is_nothing_found() -> None:
    assert read_engines() == {}


def test_a_whole_one_tells_its_packages_and_its_python(folder: Path) -> None:
    install(folder, "llama-cpp-python", "0.3.36")
    install(folder, "numpy", "2.4.6+build.1")
    state = read_engines()["llama.cpp"]
    assert state.problem is None
    assert state.packages == {"Llama.cpp_Python": "0.3.36", "numpy": "2.4.6"}
    assert state.python == "3.11.7"


def test_a_half_made_one_says_what_is_missing(folder: Path) -> None:
    install(folder, "numpy", "2.4.6")
    assert problem() == "Llama.cpp_Python 0.3.36 is missing"


def test_another_version_is_not_the_one_that_was_tested(folder: Path) -> None:
    install(folder, "llama-cpp-python", "0.3.1")
    assert problem() == "Llama.cpp_Python 0.3.36 is needed and 0.3.1 is installed"


def test_without_its_python_it_cannot_be_started(folder: Path) -> None:
    (folder / "bin" / "python").unlink()
    assert problem() == "it has no Python that can be started"
    (folder / "bin" / "python").symlink_to("/nowhere/python3.11")
    assert problem() == "it has no Python that can be started"


def test_a_second_file_of_pins_counts_too(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "requirements-llama.cpp-no-deps.txt").write_text("tiny==1.0\n")
    install(folder, "llama-cpp-python", "0.3.36")
    install(folder, "numpy", "2.4.6")
    assert problem() == "tiny 1.0 is missing"
    assert environment_folder(Engine.LLAMA_CPP) == folder
