"""Writes the locks: every package that a requirements file brings, at one version, with the SHA-256
of each of that version's files.

`make lock` calls it, after a requirements file has changed. Versions that a lock has already stay
as long as they fit; `make lock UPGRADE=1` takes the latest ones. PyTorch has a lock of its own, and
so has what only its CUDA builds need: where pip is offered the CPU's build of `torch-cpu.txt`,
which is written by hand, that one is installed in place of both.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

LOCKS = Path(__file__).resolve().parent
ROOT = LOCKS.parent
PROGRAM, DEV, TORCH, CUDA = "program", "dev", "torch", "cuda"
SOURCES: dict[str, str] = {
    PROGRAM: "requirements.txt",
    DEV: "requirements-dev.txt",
    "models": "requirements-models.txt",
    "login": "requirements-login.txt",
    "postgres": "requirements-postgres.txt",
    "tools": "requirements-tools.txt",
}
"""The requirements file that each lock is of."""
NO_DEPENDENCIES = ("models",)
APART = {
    TORCH: re.compile(r"torch=="),
    CUDA: re.compile(r"(nvidia-(?!ml-py)|cuda-|triton==)"),
}
"""What stands in a lock of its own, by the pin that begins an entry."""
PINNED = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)")
HEAD = "# Made of {source} by `make lock`: all that it brings, with the hashes of its files.\n"
OLDEST_PYTHON = "3.11"


def main(arguments: Sequence[str]) -> None:
    """Write all locks. `--upgrade` lets go of the versions that they have."""
    upgrade = ["--upgrade"] if "--upgrade" in arguments else []
    apart: dict[str, dict[str, str]] = {TORCH: {}, CUDA: {}}
    for name, source in SOURCES.items():
        entries = _resolved(name, source, upgrade)
        for other, pattern in APART.items():
            found = {package: text for package, text in entries.items() if pattern.match(text)}
            apart[other] |= found
            entries = {package: text for package, text in entries.items() if package not in found}
        _write(name, source, entries)
    _write(TORCH, "requirements.txt", apart[TORCH])
    _write(CUDA, "what PyTorch's CUDA builds ask for", apart[CUDA])


def _resolved(name: str, source: str, upgrade: Sequence[str]) -> dict[str, str]:
    """The entries of a lock, by package, for every platform and Python that the program runs on.
    All locks agree with the program's.
    """
    out, command = LOCKS / f"{name}.txt", [
        sys.executable, "-m", "uv", "pip", "compile", source, "--universal", "--generate-hashes",
        "--no-header", "--no-annotate", "--quiet", "--python-version", OLDEST_PYTHON, *upgrade,
    ]  # fmt: skip
    others = (
        () if upgrade and name == PROGRAM else (*APART, *([] if name == PROGRAM else [PROGRAM]))
    )
    kept = [LOCKS / f"{other}.txt" for other in others]
    command += [part for file in kept if file.exists() for part in ("--constraint", str(file))]
    command += ["--no-deps"] if name in NO_DEPENDENCIES else []
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "lock.txt"
        if out.exists():
            made.write_bytes(out.read_bytes())
        subprocess.run([*command, "--output-file", str(made)], cwd=ROOT, check=True)
        return entries_of(made.read_text(encoding="utf-8"))


def _write(name: str, source: str, entries: Mapping[str, str]) -> None:
    text = HEAD.format(source=source) + "".join(entries[package] for package in sorted(entries))
    (LOCKS / f"{name}.txt").write_text(text, encoding="utf-8")


def entries_of(text: str) -> dict[str, str]:
    """The entries of a lock by package: a pin with its hashes, as it stands in the file."""
    lines = (line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("#"))
    entries = re.split(r"^(?=\S)", "".join(lines), flags=re.MULTILINE)
    found = ((PINNED.match(entry), entry) for entry in entries)
    return {normal(pin["name"]): entry for pin, entry in found if pin}


def normal(name: str) -> str:
    """A package's name in its one way of writing."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main(sys.argv[1:])
