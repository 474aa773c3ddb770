"""Makes an engine's own virtual environment, or makes it whole again.

`python -m core.engine.adapters.set_up NAME [--python PYTHON]`; `make engine NAME` calls it.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from core.variants.engine import ENGINES, Engine
from core.variants.engine_environment import (
    engine_python,
    environment_folder,
    read_engines,
    requirements_files,
)

NO_DEPS = "-no-deps"
PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--quiet")


def set_up(engine: Engine, python: str) -> str | None:
    """Make the environment with that Python; what is wrong with it afterwards, None where nothing
    is. Raises subprocess.CalledProcessError where a step fails.
    """
    folder = environment_folder(engine)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not _starts(engine_python(engine)):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python, "-m", "venv", folder], check=True)
    for command in _installs(engine):
        subprocess.run(command, check=True)
    state = read_engines()[engine]
    return state.problem


def _installs(engine: Engine) -> Iterator[list[str]]:
    """What is installed, in this order; without what it asks for by itself where that is said."""
    for file in requirements_files(engine):
        alone = ["--no-deps"] if file.stem.endswith(NO_DEPS) else []
        yield [str(engine_python(engine)), *PIP, *alone, "-r", str(file)]


def _starts(python: Path) -> bool:
    """Whether that Python is there and can install."""
    if not os.access(python, os.X_OK):
        return False
    done = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False)
    return done.returncode == 0


def _unknown(name: str) -> str:
    if not name:
        return "Which engine?"
    if name in tuple(Engine):
        return f"{ENGINES[Engine(name)].label} needs no environment of its own."
    return f"There is no engine {name!r}."


def main() -> int:
    """0 where the engine can be used afterwards, 1 where a step failed, 2 for an unknown name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--python", default=sys.executable)
    chosen = parser.parse_args()
    valid = [str(engine) for engine, row in ENGINES.items() if row.own_environment]
    if chosen.name not in valid:
        print(f"{_unknown(chosen.name)} Valid: {', '.join(valid)}.", file=sys.stderr)
        return 2
    engine = Engine(chosen.name)
    folder = environment_folder(engine)
    print(f"Installing {ENGINES[engine].label} into {folder}; this may take some minutes.")
    try:
        problem = set_up(engine, chosen.python)
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"{ENGINES[engine].label} is not set up: {error}", file=sys.stderr)
        return 1
    print(problem or f"{ENGINES[engine].label} is ready.", file=sys.stderr if problem else None)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
