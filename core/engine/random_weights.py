"""Writes a model with random weights, once: the shape of a config, in bfloat16 safetensors files.

From then on it is loaded, quantised and measured by the very code that trained models go through.
Memory stays at one file's tensors, disk takes two bytes per parameter, and a core draws about a
hundred million numbers per second: a second for GPT-2, a minute and a half for 8 billion.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

from core.engine.bundled import prepare
from core.errors import LoadFailed
from core.variants.config_files import without_code
from core.variants.models import Model
from core.variants.shapes import INDEX

SEED = 0
DEFAULT_DEVIATION = 0.02
LARGEST_FILE_BYTES = 2**30
BYTES_PER_VALUE = 2
MARK = "random_weights.json"
TOKENIZER_FILES = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "merges.txt",
    "vocab.json", "vocab.txt", "tokenizer.model", "added_tokens.json",
)  # fmt: skip
Tell = Callable[[str], None]


def prepare_random(model: Model, tell: Tell) -> Path:
    """The folder of the model with random weights; writes it when it is not there.

    Raises LoadFailed where the config makes no model, or the disk has no room.
    """
    folder = model.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / f"{folder.name}.lock"):
        if not folder.is_dir():
            _make(model, folder, tell)
    return folder


def _make(model: Model, folder: Path, tell: Tell) -> None:
    """Write beside the target and rename, so that a half-written folder is never found."""
    prefix = f"{folder.name}.unfinished-"
    for left in folder.parent.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
    try:
        _write(model, unfinished, tell)
        unfinished.chmod(0o755)
        unfinished.rename(folder)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        reason = f"Random weights of {model.label} could not be written: {error}"
        raise LoadFailed(reason) from error
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _write(model: Model, folder: Path, tell: Tell) -> None:
    config = without_code(dict(model.config or {}))
    config.pop("quantization_config", None)
    (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    parameters, deviation = _empty_parameters(folder, model)
    _require_room(sum(p.numel() for p in parameters.values()) * BYTES_PER_VALUE, folder)
    own = model.own_tokenizer_folder is not None
    source = prepare() if model.bundled or not own else model.tokenizer_folder
    for name in TOKENIZER_FILES:
        if (source / name).exists():
            shutil.copy(source / name, folder / name)
    _write_weights(parameters, deviation, folder, lambda d: tell(f"{model.label}: {d}"))
    mark = {"seed": SEED, "own_tokenizer": own}
    (folder / MARK).write_text(json.dumps(mark), encoding="utf-8")


def _empty_parameters(folder: Path, model: Model) -> tuple[dict[str, torch.Tensor], float]:
    """Every parameter by its name, a shared one once and without memory, and the deviation that
    the config asks for.
    """
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        with torch.device("meta"):
            empty: Any = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    except (OSError, ValueError, KeyError, ImportError, AttributeError, TypeError) as error:
        raise LoadFailed(f"The config of {model.label} makes no model: {error}") from error
    return dict(empty.named_parameters()), _deviation(config)


def _deviation(config: Any) -> float:
    return float(getattr(config, "initializer_range", None) or DEFAULT_DEVIATION)


def _require_room(needed_bytes: int, folder: Path) -> None:
    free_bytes = shutil.disk_usage(folder).free
    if needed_bytes > free_bytes:
        raise LoadFailed(
            f"Random weights need {needed_bytes / 1e9:.1f} GB on the disk of {folder.parent}; "
            f"{free_bytes / 1e9:.1f} GB are free."
        )


def _write_weights(
    parameters: dict[str, torch.Tensor], deviation: float, folder: Path, tell: Tell
) -> None:
    generator = torch.Generator().manual_seed(SEED)
    files = list(_files(parameters))
    where: dict[str, str] = {}
    for number, names in enumerate(files, start=1):
        tell(f"drawing random weights, file {number} of {len(files)}")
        file = f"model-{number:05}-of-{len(files):05}.safetensors"
        tensors = {name: draw(name, parameters[name], deviation, generator) for name in names}
        save_file(tensors, folder / file, metadata={"format": "pt"})
        where |= dict.fromkeys(names, file)
    size = sum(p.numel() for p in parameters.values()) * BYTES_PER_VALUE
    index = {"metadata": {"total_size": size}, "weight_map": where}
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")


def _files(parameters: dict[str, torch.Tensor]) -> Iterator[list[str]]:
    """The parameters' names, so many together as a file may hold."""
    names: list[str] = []
    size = 0
    for name, parameter in parameters.items():
        bytes_here = parameter.numel() * BYTES_PER_VALUE
        if names and size + bytes_here > LARGEST_FILE_BYTES:
            yield names
            names, size = [], 0
        names.append(name)
        size += bytes_here
    yield names


def draw(
    name: str, empty: torch.Tensor, deviation: float, generator: torch.Generator
) -> torch.Tensor:
    """Values as before a training: matrices normal, norms one, biases zero."""
    values = torch.empty(empty.shape, dtype=torch.bfloat16)
    if values.dim() > 1:
        return values.normal_(0, deviation, generator=generator)
    return values.zero_() if name.endswith("bias") else values.fill_(1)
