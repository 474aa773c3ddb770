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

import numpy as np
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from core.engine.divergence import Encoded, LogProbabilities
from core.home import quality_folder
from core.results.measured import Quality
from core.variants.attention import Attention
from core.variants.compilation import Compilation
from core.variants.precision import Precision
from core.variants.spec import VariantSpec

TEXTS = Path(__file__).parent / "quality_texts"
LIBRARIES = ("torch", "transformers", "bitsandbytes", "torchao", "flash-attn")
LOG_PROBABILITIES, PASSAGES = "log_probabilities", "passages.json"
ENCODED = TypeAdapter(list[Encoded])
# What says which weights are meant and where they are; every other field of a variant is a lever.
SAME_AS_VARIANT = ("model", "revision", "weights", "device")
logger = logging.getLogger(__name__)


def quality_texts() -> list[str]:
    """The fixed text, passage by passage."""
    return [file.read_text(encoding="utf-8") for file in sorted(TEXTS.glob("*.txt"))]


def reference_variant(variant: VariantSpec) -> VariantSpec:
    """What a variant is compared with: the same weights by transformers in fp32, sdpa, not
    compiled.
    """
    same = {name: getattr(variant, name) for name in SAME_AS_VARIANT if hasattr(variant, name)}
    return VariantSpec(
        **same, precision=Precision.FP32, attention=Attention.SDPA, compile=Compilation.OFF
    )


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


def read_log_probabilities(folder: Path, number: int) -> LogProbabilities | None:
    """The array that was kept of a passage, (tokens - 1, vocabulary) in fp32; None as for
    figures.
    """
    try:
        return load_file(_passage_file(folder, number))[LOG_PROBABILITIES]
    except (OSError, SafetensorError, KeyError):
        return None


def keep_log_probabilities(folder: Path, number: int, kept: LogProbabilities) -> None:
    """Keep a passage's array. It replaces what an earlier state of the same model has left: these
    files are large.
    """
    file = _passage_file(folder, number)
    unfinished = file.with_suffix(".unfinished")
    try:
        _drop_earlier(folder)
        folder.mkdir(parents=True, exist_ok=True)
        save_file({LOG_PROBABILITIES: np.ascontiguousarray(kept)}, unfinished)
        unfinished.replace(file)
    except (OSError, SafetensorError) as error:
        logger.warning("the reference is not kept: %s", error)
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def keep_passages(folder: Path, passages: list[Encoded]) -> None:
    """Keep the tokens of the passages beside the reference's arrays, whose engine is another."""
    with contextlib.suppress(OSError):
        (folder / PASSAGES).write_bytes(ENCODED.dump_json(passages))


def read_passages(folder: Path) -> list[Encoded] | None:
    """The passages' tokens as they were kept; None as for figures."""
    try:
        return ENCODED.validate_json((folder / PASSAGES).read_bytes())
    except (OSError, ValidationError):
        return None


def _passage_file(folder: Path, number: int) -> Path:
    return folder / f"{number}.safetensors"


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
