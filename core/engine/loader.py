"""Loads a variant: weights in the asked precision, the asked attention, compiled if asked."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    GenerationConfig,
)

from core.engine.bundled import prepare
from core.engine.compiling import CompileCounts, compile_counts
from core.engine.device import Device
from core.engine.hub import fetch
from core.engine.random_weights import prepare_random
from core.errors import LoadFailed, RunError
from core.variants.compilation import Compilation
from core.variants.models import Model
from core.variants.precision import PRECISIONS, Precision
from core.variants.source import model_of
from core.variants.spec import VariantSpec


@dataclass
class Loaded:
    """A variant in memory. `plain_forward` is the model's forward pass without compilation;
    `compile_s` keeps, for each shape that was compiled, the seconds that it took.
    """

    variant: VariantSpec
    folder: Path
    model: Any
    tokenizer: Any
    load_s: float
    plain_forward: Callable[..., Any]
    counts_before: CompileCounts
    compile_s: dict[tuple[object, ...], float] = field(default_factory=dict)
    used_at: float = field(default_factory=time.time)

    @property
    def weights_bytes(self) -> int:
        """Bytes of the weights as they are stored now."""
        return sum(weight_bytes_by_dtype(self.model).values())


def quiet_libraries() -> None:
    """No progress bars, and not the line that bitsandbytes logs for each product."""
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)


def model_folder(
    variant: VariantSpec, tell: Callable[[str], None] = lambda _: None
) -> tuple[Model, Path]:
    """The variant's model and the folder of its weights, which are converted, downloaded or drawn
    first where they are not there; `tell` hears what takes its time.

    Raises LoadFailed, and RequestError for what is not safe to load.
    """
    model = model_of(variant)
    if model.random:
        folder = prepare_random(model, tell)
    elif model.bundled:
        folder = prepare()
    else:
        folder = fetch(model, tell) if model.hub_id else model.folder
    return replace(model, folder=folder), folder


def load_tokenizer(folder: Path) -> Any:
    """The folder's tokenizer, padding on the left so that every row ends with its last token."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, padding_side="left"
        )
    except (OSError, ValueError, KeyError) as error:
        raise LoadFailed(f"The tokenizer could not be loaded: {error}") from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load(variant: VariantSpec, folder: Path, device: Device) -> Loaded:
    """Load the variant onto the device. `load_s` spans from files to weights in memory.

    Raises LoadFailed where the files do not make a model of this kind.
    """
    counts_before = compile_counts()
    start = time.perf_counter()
    model = _from_files(variant, folder, device)
    _settle(model, quantised=PRECISIONS[variant.precision].quantised)
    device.synchronise()
    load_s = time.perf_counter() - start
    plain_forward = model.forward
    if variant.compile is Compilation.ON:
        model.forward = torch.compile(model.forward)
    tokenizer = load_tokenizer(folder)
    return Loaded(variant, folder, model, tokenizer, load_s, plain_forward, counts_before)


def _from_files(variant: VariantSpec, folder: Path, device: Device) -> Any:
    row = PRECISIONS[variant.precision]
    dtype = getattr(torch, row.dtype)
    options: dict[str, Any] = {}
    if row.quantised:
        options["quantization_config"] = _quantisation(variant.precision, dtype)
    if device.kind == "cuda":
        options["device_map"] = {"": device.torch_device}
    try:
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            attn_implementation=variant.attention.value,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            **options,
        )
    except (OSError, ValueError, KeyError, ImportError, AttributeError) as error:
        raise LoadFailed(f"The model could not be loaded: {error}") from error
    model.eval()
    model.generation_config = _special_tokens_alone(model.generation_config)
    return model


def _special_tokens_alone(own: GenerationConfig) -> GenerationConfig:
    """A model's own defaults (sampling, penalties, a cache of its choice) would slip into every
    setting that a run leaves open; of them only the special tokens are kept.
    """
    return GenerationConfig(
        bos_token_id=own.bos_token_id,
        eos_token_id=own.eos_token_id,
        pad_token_id=own.pad_token_id,
    )


def _quantisation(precision: Precision, dtype: torch.dtype) -> BitsAndBytesConfig:
    if precision is Precision.INT8:
        return BitsAndBytesConfig(load_in_8bit=True)
    if precision is Precision.NF4:
        return BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype
        )
    raise RunError(f"{precision} has no quantiser.")


def _settle(model: Any, quantised: bool) -> None:
    """Finish what would otherwise be put off to the first run, so that loading pays for it.

    On a CPU files are mapped lazily: read one byte of every page. bitsandbytes repacks weights
    at their first use, and a graph compiled before that would not fit the weights after it.
    """
    if model.device.type == "cpu":
        for parameter in model.parameters():
            parameter.data.reshape(-1).view(torch.uint8)[::4096].sum()
    if quantised:
        with torch.inference_mode():
            model(torch.zeros((1, 1), dtype=torch.long, device=model.device))


def weight_bytes_by_dtype(model: Any) -> dict[str, int]:
    """Bytes of parameters, buffers and quantisation scales by dtype; shared storage once."""
    totals: Counter[str] = Counter()
    seen = set()
    for tensor in (*model.parameters(), *model.buffers(), *_scales(model)):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in seen:
            seen.add(storage.data_ptr())
            totals[str(tensor.dtype).removeprefix("torch.")] += storage.nbytes()
    return dict(totals)


def quantised_modules(model: Any) -> dict[str, int]:
    """How many modules of each quantised class the model has."""
    names = (type(module).__name__ for module in model.modules())
    return dict(Counter(name for name in names if name in ("Linear8bitLt", "Linear4bit")))


def _scales(model: Any) -> list[torch.Tensor]:
    """Tensors that bitsandbytes keeps beside its weights, outside parameters and buffers."""
    tensors: list[Any] = []
    for module in model.modules():
        weight = getattr(module, "weight", None)
        state = getattr(weight, "quant_state", None)
        tensors += [getattr(state, "absmax", None), getattr(state, "code", None)]
        int8 = getattr(module, "state", None)
        tensors += [getattr(owner, "SCB", None) for owner in (weight, int8)]
        tensors += [getattr(owner, "CB", None) for owner in (weight, int8)]
    return [tensor for tensor in tensors if isinstance(tensor, torch.Tensor)]
