"""What is installed is what the locks say: each package by its version and its file's SHA-256."""

import hashlib
import importlib.metadata
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from locks.lock import LOCKS, PINNED, ROOT, SOURCES, entries_of, normal

EVERY = sorted(file.stem for file in LOCKS.glob("*.txt"))
APART = ("torch", "cuda")
SHA256 = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def entries(*names: str) -> dict[str, str]:
    """The entries of several locks."""
    texts = [(LOCKS / f"{name}.txt").read_text(encoding="utf-8") for name in names]
    return {package: entry for text in texts for package, entry in entries_of(text).items()}


def versions(*names: str) -> dict[str, str]:
    found = ((package, PINNED.match(entry)) for package, entry in entries(*names).items())
    return {package: pin["version"] for package, pin in found if pin}


def asked_by(file: Path) -> Iterator[Requirement]:
    """The requirements of a file, and of the files that it names."""
    for line in file.read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r "):
            yield from asked_by(file.parent / text.removeprefix("-r ").strip())
        elif text:
            yield Requirement(text)


@pytest.mark.parametrize("name", EVERY)
def test_every_line_of_a_lock_is_a_pin_or_its_hash(name: str) -> None:
    text = (LOCKS / f"{name}.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not (PINNED.match(line) or SHA256.match(line))] == []
    assert all("--hash=sha256:" in entry for entry in entries(name).values())
    assert entries(name)


@pytest.mark.parametrize("name", SOURCES)
def test_a_lock_says_what_its_requirements_say(name: str) -> None:
    asked = [*asked_by(ROOT / SOURCES[name])]
    locked = versions(name, *APART)
    assert {r.name: str(r.specifier) for r in asked} == {
        r.name: f"=={locked.get(normal(r.name))}" for r in asked
    }, "a requirements file has changed: make lock"


@pytest.mark.parametrize("name", SOURCES)
def test_a_lock_agrees_with_the_program_s(name: str) -> None:
    program, other = versions("program"), versions(name)
    both = program.keys() & other.keys()
    assert {package: other[package] for package in both} == {p: program[p] for p in both}


def test_the_build_without_cuda_is_of_the_same_version() -> None:
    assert versions("torch-cpu")["torch"].partition("+")[0] == versions("torch")["torch"]


def test_what_the_installed_packages_ask_for_is_locked() -> None:
    """Each package that a locked one needs on this system, and so to the end."""
    locked = versions("dev", *APART)
    missing = {}
    for package in locked:
        try:
            needed = importlib.metadata.requires(package) or ()
        except importlib.metadata.PackageNotFoundError:
            continue
        for text in needed:
            need = Requirement(text)
            here = need.marker is None or need.marker.evaluate({"extra": ""})
            if here and normal(need.name) not in locked:
                missing[package] = text
    assert missing == {}


def test_what_is_installed_here_is_what_the_locks_say() -> None:
    locked = versions("dev", "models", *APART)
    # The environment's own folder alone: a package may bring copies of others in its own.
    installed = importlib.metadata.distributions(path=[sysconfig.get_path("purelib")])
    here = {normal(found.name): found.version for found in installed}
    known = locked.keys() & here.keys()
    assert len(known) > 50
    assert {package: here[package].partition("+")[0] for package in known} == {
        package: locked[package] for package in known
    }, "make setup; make test"


def test_nothing_is_installed_without_its_hash() -> None:
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("Makefile", "Containerfile")]
    lines = [line for text in texts for line in text.splitlines() if "pip install" in line]
    lines += [line for line in texts[0].splitlines() if "$(PIP_INSTALL)" in line]
    lines = [line for line in lines if not line.startswith("PIP_INSTALL =")]
    assert len(lines) >= 3
    assert [line for line in lines if "--no-deps --require-hashes" not in line] == []


def a_wheel(folder: Path, code: str) -> Path:
    """A small package as a registry would send it."""
    file, info = folder / "llm_probe-1.0-py3-none-any.whl", "llm_probe-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("llm_probe.py", code)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: llm-probe\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return file


def test_a_file_that_somebody_exchanged_is_not_installed(tmp_path: Path) -> None:
    good = hashlib.sha256(a_wheel(tmp_path, "x = 1").read_bytes()).hexdigest()
    lock = tmp_path / "lock.txt"
    lock.write_text(f"llm-probe==1.0 \\\n    --hash=sha256:{good}\n")
    install = [
        sys.executable, "-m", "pip", "install", "--quiet", "--no-index",
        "--find-links", str(tmp_path), "--target", str(tmp_path / "there"), "--no-deps",
        "--require-hashes", "-r", str(lock),
    ]  # fmt: skip
    assert subprocess.run(install, capture_output=True, check=False).returncode == 0
    a_wheel(tmp_path, "import os; os.abort()")
    again = subprocess.run([*install, "--upgrade"], capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "DO NOT MATCH THE HASHES" in again.stderr
    assert (tmp_path / "there" / "llm_probe.py").read_text() == "x = 1"
