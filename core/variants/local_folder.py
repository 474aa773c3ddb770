"""Folders with a model: which are allowed, and which are safe to load.

Safe are safetensors weights without code and without pickles beside them, which could run code,
and whose headers tell the truth about the files.
"""

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from core.errors import RequestError
from core.variants.config_files import unsafe_config
from core.variants.gguf_header import check_gguf
from core.variants.safetensors_header import read_header

ROOTS = "TRADEOFFS_MODEL_ROOTS"
GGUF_SUFFIX = ".gguf"
SAFE_SUFFIX = ".safetensors"
PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


def existing_folder(name: str) -> Path | None:
    """The folder of that path, its links followed; None where there is none, and for what cannot
    be a path, or could not be read as one: a character that does not show hides where it leads.
    """
    try:
        path = Path(name).expanduser()
        return path.resolve() if name.strip() and name.isprintable() and path.is_dir() else None
    except (OSError, RuntimeError, ValueError):
        return None


def existing_gguf(name: str) -> Path | None:
    """The GGUF file of that path, its links followed; None where there is none."""
    try:
        path = Path(name).expanduser()
        is_gguf = name.lower().endswith(GGUF_SUFFIX) and name.isprintable()
        return path.resolve() if is_gguf and path.is_file() else None
    except (OSError, RuntimeError, ValueError):
        return None


def odd_letter(name: str) -> str:
    """The rest of a sentence: which letter of a name only looks like one, or does not show."""
    odd = next((letter for letter in name if not " " <= letter <= "~"), None)
    if odd is None:
        return ""
    known_as = unicodedata.name(odd, f"the character {ord(odd)}")
    return f", and {odd!r} is {known_as}" if odd.isprintable() else f"; it has {known_as}"


def model_roots() -> tuple[Path, ...]:
    """The folders that models may lie under: those of `$TRADEOFFS_MODEL_ROOTS`; empty where it is
    not set and any folder will do.
    """
    named = os.environ.get(ROOTS, "").split(os.pathsep)
    return tuple(Path(name).expanduser().resolve() for name in named if name.strip())


def refuse_outside_roots(folder: Path) -> None:
    """Raise RequestError for a folder or file (its links followed) that lies under none of the
    roots.
    """
    roots = model_roots()
    if roots and not any(folder.is_relative_to(root) for root in roots):
        reason = f"models are loaded from these folders only ({ROOTS})."
        raise RequestError("model", str(folder), reason, map(str, roots))


def refuse_unsound_gguf(file: Path) -> None:
    """Raise RequestError unless the file's header is whole and fits the file."""
    try:
        check_gguf(file)
        return
    except ValueError as error:
        reason = f"it is no sound GGUF file: {error}."
    except OSError as error:
        reason = f"it cannot be read: {error.strerror}."
    raise RequestError("model", str(file), reason, ("a GGUF file that llama.cpp reads",))


def refuse_unsafe_folder(folder: Path, only: Iterable[str] | None = None) -> None:
    """Raise RequestError unless the folder holds safetensors weights, no code and no pickles.

    With `only`, other files may lie there too, as those are the only ones that will be read.
    """
    try:
        names = sorted(entry.name for entry in folder.iterdir()) if only is None else sorted(only)
        reason = _unsafe(folder, names)
    except OSError as error:
        reason = f"it cannot be read: {error.strerror}."
    if reason:
        raise RequestError(
            "model", str(folder), reason, ("a folder with safetensors weights and no code",)
        )


def _unsafe(folder: Path, names: list[str]) -> str | None:
    for name in names:
        if name.lower().endswith(PICKLE_SUFFIXES):
            return f"{name} may be a pickle, which can run code when it is loaded."
        if name.lower().endswith(".py"):
            return f"{name} is custom code, which is never run."
        if not (folder / name).resolve().is_relative_to(_boundary(folder)):
            return f"{name} is a link that leads out of the folder."
        if not ((folder / name).is_file() or (folder / name).is_dir()):
            return f"{name} is no file."
    if "adapter_config.json" in names:
        return "it is an adapter, not a whole model; merge it into its base model first."
    if not any(name.endswith(SAFE_SUFFIX) for name in names):
        return "it has no .safetensors weights."
    missing = next((name for name in ("config.json", "tokenizer.json") if name not in names), None)
    if missing:
        return f"it has no {missing}."
    return unsafe_config(folder, names) or _unsafe_weights(folder, names)


def _unsafe_weights(folder: Path, names: list[str]) -> str | None:
    for name in names:
        if name.endswith(SAFE_SUFFIX):
            try:
                read_header(folder / name)
            except ValueError as error:
                return f"{name} is no sound safetensors file: {error}."
    return None


def _boundary(folder: Path) -> Path:
    """What the folder's links may lead to: itself, or, for a snapshot in a hub cache, the whole
    copy of that repository, which keeps its files in `blobs`.
    """
    repository = folder.parent.parent
    snapshot = folder.parent.name == "snapshots" and repository.name.startswith("models--")
    return (repository if snapshot else folder).resolve()
