"""Whether an engine's own virtual environment is there and whole, found without importing anything.

It is whole where its Python can be started and each pin of its requirements is installed in it.
"""

import contextlib
import importlib.metadata
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from core.home import engines_folder
from core.variants.engine import ENGINES, Engine

REPOSITORY = Path(__file__).resolve().parents[2]
MAIN_PYTHON = "TRADEOFFS_MAIN_PYTHON"
MAIN_PACKAGES = "TRADEOFFS_MAIN_PACKAGES"
"""Variables by which a worker knows the program's own Python, and the packages there."""
NAME = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


class EngineState(BaseModel):
    """An engine's own environment that is there: its Python's version and its packages, or what is
    wrong with it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    python: str = ""
    packages: dict[str, str] = Field(default_factory=dict)
    problem: str | None = None


def requirements_files(engine: Engine) -> tuple[Path, ...]:
    """What is installed into the engine's environment: `requirements-NAME.txt`, and then without
    what it asks for by itself `requirements-NAME-no-deps.txt`, where there is one.
    """
    return tuple(sorted(REPOSITORY.glob(f"requirements-{engine}*.txt"), reverse=True))


def environment_folder(engine: Engine) -> Path:
    """Where the engine's environment is, or would be."""
    return engines_folder() / engine


def engine_python(engine: Engine) -> Path:
    """The Python of the engine's environment."""
    return environment_folder(engine) / "bin" / "python"


def python_of(engine: Engine) -> str:
    """The Python that an engine runs in: its own environment's, or the program's."""
    if ENGINES[engine].own_environment:
        return str(engine_python(engine))
    return os.environ.get(MAIN_PYTHON, sys.executable)


def read_engines() -> dict[str, EngineState]:
    """The environments that are there, whole or not, by the engine's name."""
    own = (engine for engine, row in ENGINES.items() if row.own_environment)
    return {str(e): _state(e) for e in own if os.path.lexists(environment_folder(e))}


def _state(engine: Engine) -> EngineState:
    if not os.access(engine_python(engine), os.X_OK):
        return EngineState(problem="it has no Python that can be started")
    installed = _installed(environment_folder(engine))
    pins = [
        pin
        for file in requirements_files(engine)
        for pin in NAME.findall(file.read_text(encoding="utf-8"))
    ]
    wrong = next(_wrong(pins, installed), None)
    if wrong is not None:
        return EngineState(problem=wrong)
    return EngineState(python=_python_version(environment_folder(engine)), packages=dict(pins))


def _python_version(folder: Path) -> str:
    """As `venv` has written it down; empty where it has not."""
    with contextlib.suppress(OSError):
        written = re.search(
            r"^version *= *(\S+)", (folder / "pyvenv.cfg").read_text(), re.MULTILINE
        )
        return written[1] if written else ""
    return ""


def _installed(folder: Path) -> dict[str, str]:
    """Versions by a package's name in lower case, read from what was installed beside it."""
    places = [str(place) for place in folder.glob("lib/python3*/site-packages")]
    found = importlib.metadata.distributions(path=places)
    return {_key(one.metadata["Name"]): one.version for one in found if one.metadata["Name"]}


def _wrong(pins: list[tuple[str, str]], installed: dict[str, str]) -> Iterator[str]:
    for name, version in pins:
        found = installed.get(_key(name))
        if found is None:
            yield f"{name} {version} is missing"
        elif found.partition("+")[0] != version:  # behind it stands for what it was built
            yield f"{name} {version} is needed and {found} is installed"


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
