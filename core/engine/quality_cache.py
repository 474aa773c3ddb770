"""What quality keeps on disk: finished figures, and the reference's log probabilities.

A file is named by everything that could change its content, so that nothing stale is ever read.
A disk that is full or damaged costs the next run time and this one nothing.
"""

import contextlib
import hashlib
import json
import logging
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from core.home import quality_folder
from core.results.measured import Quality
from core.variants.spec import VariantSpec

LIBRARIES = ("torch", "transformers", "bitsandbytes", "torchao", "flash-attn")
LOG_PROBABILITIES = "log_probabilities"
logger = logging.getLogger(__name__)


def result_file(variant: VariantSpec, folder: Path, texts: list[str]) -> Path:
    """Where the figures of a variant stand; `folder` holds its model."""
    return quality_folder() / f"{_owner(variant, folder)}-{_digest(variant, folder, texts)}.json"


def reference_folder(reference: VariantSpec, folder: Path, texts: list[str]) -> Path:
    """Where the reference's log probabilities stand, a file for each text."""
    return result_file(reference, folder, texts).with_suffix("")


def read_result(file: Path) -> Quality | None:
    """Figures that were kept; None where there are none, or none that can be read."""
    try:
        return Quality.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def keep_result(file: Path, quality: Quality) -> None:
    """Keep figures for later runs."""
    unfinished = file.with_suffix(".unfinished")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(quality.model_dump_json().encode())
        unfinished.replace(file)
    except OSError as error:
        logger.warning("quality is not kept: %s", error)


def read_log_probabilities(file: Path) -> torch.Tensor | None:
    """A tensor that was kept, (tokens - 1, vocabulary) in fp32; None as for figures."""
    try:
        return load_file(file)[LOG_PROBABILITIES]
    except (OSError, SafetensorError, KeyError):
        return None


def keep_log_probabilities(file: Path, kept: torch.Tensor) -> None:
    """Keep a tensor. It replaces what an earlier state of the same model has left: these files
    are large.
    """
    unfinished = file.with_suffix(".unfinished")
    try:
        _drop_earlier(file.parent)
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file({LOG_PROBABILITIES: kept.contiguous()}, unfinished)
        unfinished.replace(file)
    except (OSError, SafetensorError) as error:
        logger.warning("the reference is not kept: %s", error)
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _drop_earlier(folder: Path) -> None:
    owner = folder.name.rpartition("-")[0]
    for other in folder.parent.glob(f"{owner}-*/"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def _owner(variant: VariantSpec, folder: Path) -> str:
    """The model and the kind of device that a file belongs to."""
    return f"{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}-{_kind(variant)}"


def _digest(variant: VariantSpec, folder: Path, texts: list[str]) -> str:
    """Of the model's files, of every field of the variant but how it is compiled, which quality
    leaves out, of the texts, the libraries, and the figures that there are.
    """
    files = sorted([*folder.glob("*.safetensors"), *folder.glob("*.json")])
    fields = {name: v for name, v in variant.identity().items() if name != "device"}
    key = {
        "files": [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files],
        "variant": {name: v for name, v in fields.items() if not name.startswith("compile")},
        "device": _kind(variant),
        "texts": texts,
        "libraries": _versions(),
        "figures": sorted(Quality.model_fields),
    }
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]


def _kind(variant: VariantSpec) -> str:
    return variant.device.split(":")[0]


def _versions() -> dict[str, str]:
    """Versions of the libraries that compute; those that are not installed compute nothing."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
