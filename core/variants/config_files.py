"""A model's JSON files, read with distrust: which of them ask for code, or point elsewhere."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from core.variants.shapes import INDEX

LARGEST_CONFIG_BYTES = 10_000_000
CODE = ("auto_map", "custom_generate", "trust_remote_code")
KERNELS = (
    "attn_implementation",
    "_attn_implementation",
    "experts_implementation",
    "_experts_implementation",
)


def unsafe_config(folder: Path, names: Collection[str]) -> str | None:
    """Why the configs among these files make the folder unsafe to load; None where they do not."""
    for name in sorted(names):
        if name.endswith("config.json"):
            config = read_object(folder / name)
            reason = config if isinstance(config, str) else _unsafe(config)
            if reason:
                return f"{name} {reason}"
    return _unsafe_index(folder, names) if INDEX in names else None


def without_code(value: Any) -> Any:
    """A config without what asks for code or a kernel, however deep."""
    if isinstance(value, dict):
        kept = {key: part for key, part in value.items() if key not in (*CODE, *KERNELS)}
        return {key: without_code(part) for key, part in kept.items()}
    return [without_code(part) for part in value] if isinstance(value, list) else value


def read_object(file: Path) -> dict[str, Any] | str:
    """The JSON object of a file, or why it is none."""
    try:
        if file.stat().st_size > LARGEST_CONFIG_BYTES:
            return f"is larger than {LARGEST_CONFIG_BYTES / 1e6:.0f} MB."
        read = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        return f"cannot be read: {error}."
    except RecursionError:
        return "cannot be read: it is nested too deeply."
    return read if isinstance(read, dict) else "is not a JSON object."


def _unsafe(config: dict[str, Any]) -> str | None:
    for key, value in _entries(config):
        if key in CODE and value:
            return f"asks for custom code ({key}), which is never run."
        if key in KERNELS and "/" in str(value):
            return f"asks for a kernel of a hub ({key}), which is code and never run."
    if config.get("quantization_config"):
        return "says that the weights are quantised already; precision is our lever."
    return None


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Every name with its value, however deep: a model's parts have configs of their own."""
    if isinstance(value, dict):
        yield from value.items()
        for part in value.values():
            yield from _entries(part)
    elif isinstance(value, list):
        for part in value:
            yield from _entries(part)


def _unsafe_index(folder: Path, names: Collection[str]) -> str | None:
    """The index says which files are the weights: only those of this folder may be."""
    index = read_object(folder / INDEX)
    if isinstance(index, str):
        return f"{INDEX} {index}"
    files = index.get("weight_map")
    if not isinstance(files, dict) or not files:
        return f"{INDEX} names no files."
    for file in files.values():
        if not isinstance(file, str) or "/" in file or not file.endswith(".safetensors"):
            return f"{INDEX} names {str(file)!r:.80}, which is no .safetensors file of the folder."
        if file not in names:
            return f"{INDEX} names {file!r:.80}, which is not there."
    return None
