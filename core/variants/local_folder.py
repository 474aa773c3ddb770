"""Folders with a model: which are allowed, and which are safe to load.

Safe are safetensors weights without code and without pickles beside them, which could run code.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from core.errors import RequestError

ROOTS = "TRADEOFFS_MODEL_ROOTS"
GGUF_SUFFIX = ".gguf"
PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
CONFIG_FILES = ("config.json", "tokenizer_config.json", "generation_config.json")


def existing_folder(name: str) -> Path | None:
    """The folder of that path, its links followed; None where there is none, and for what cannot
    be a path.
    """
    try:
        path = Path(name).expanduser()
        return path.resolve() if name.strip() and path.is_dir() else None
    except (OSError, RuntimeError, ValueError):
        return None


def existing_gguf(name: str) -> Path | None:
    """The GGUF file of that path, its links followed; None where there is none."""
    try:
        path = Path(name).expanduser()
        return path.resolve() if name.lower().endswith(GGUF_SUFFIX) and path.is_file() else None
    except (OSError, RuntimeError, ValueError):
        return None


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
    if "adapter_config.json" in names:
        return "it is an adapter, not a whole model; merge it into its base model first."
    if not any(name.endswith(".safetensors") for name in names):
        return "it has no .safetensors weights."
    missing = next((name for name in ("config.json", "tokenizer.json") if name not in names), None)
    return f"it has no {missing}." if missing else _unsafe_config(folder)


def _boundary(folder: Path) -> Path:
    """What the folder's links may lead to: itself, or, for a snapshot in a hub cache, the whole
    copy of that repository, which keeps its files in `blobs`.
    """
    repository = folder.parent.parent
    snapshot = folder.parent.name == "snapshots" and repository.name.startswith("models--")
    return (repository if snapshot else folder).resolve()


def _unsafe_config(folder: Path) -> str | None:
    for name in CONFIG_FILES:
        file = folder / name
        if not file.exists():
            continue
        try:
            config = json.loads(file.read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            return f"{name} cannot be read: {error}."
        if not isinstance(config, dict):
            return f"{name} is not a JSON object."
        if "auto_map" in config:
            return f"{name} asks for custom code (auto_map), which is never run."
        if config.get("quantization_config"):
            return f"{name} says that the weights are quantised already; precision is our lever."
    return None
