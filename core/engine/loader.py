"""Loads a variant: weights in the asked precision, the asked attention, compiled if asked."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
import transformers
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
)

from core.engine.bundled import prepare
from core.engine.compiling import CompileCounts, compile_counts, compile_model, uncompiled
from core.engine.device import Device
from core.engine.hub import fetch
from core.engine.quantising import quantisation
from core.engine.random_weights import prepare_random
from core.engine.weights import is_quantised, weight_bytes_by_dtype
from core.errors import LoadFailed
from core.variants.attention import ATTENTIONS
from core.variants.models import Model
from core.variants.precision import BITSANDBYTES, PRECISIONS
from core.variants.source import model_of
from core.variants.spec import VariantSpec


@dataclass
class Loaded:
    """A variant in memory. `compile_s` keeps, for each shape that was compiled, the seconds that
    it took; `graph_bytes` how much the process grew while it compiled; `shapes` are those that
    have run.
    """

    variant: VariantSpec
    folder: Path
    model: Any
    tokenizer: Any
    load_s: float
    counts_before: CompileCounts
    compile_s: dict[tuple[object, ...], float] = field(default_factory=dict)
    graph_bytes: int = 0
    shapes: set[tuple[object, ...]] = field(default_factory=set)
    used_at: float = field(default_factory=time.monotonic)

    @property
    def weights_bytes(self) -> int:
        """Bytes of the weights as they are stored now."""
        return sum(weight_bytes_by_dtype(self.model).values())

    def plain_forward(self, **inputs: Any) -> Any:
        """One forward pass of the weights as they are, without compiled graphs."""
        with self.attention_kernel(), uncompiled():
            return self.model(**inputs)

    def attention_kernel(self) -> AbstractContextManager[Any]:
        """Within it sdpa uses the one kernel that the variant asks for, or raises."""
        kernel = ATTENTIONS[self.variant.attention].kernel
        return sdpa_kernel(getattr(SDPBackend, kernel)) if kernel else nullcontext()


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
    _settle(model, packs=PRECISIONS[variant.precision].library == BITSANDBYTES)
    device.synchronise()
    load_s = time.perf_counter() - start
    compile_model(model, variant)
    return Loaded(variant, folder, model, load_tokenizer(folder), load_s, counts_before)


def _from_files(variant: VariantSpec, folder: Path, device: Device) -> Any:
    options: dict[str, Any] = {}
    if device.kind == "cuda":
        options["device_map"] = {"": device.torch_device}
    try:
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=getattr(torch, variant.compute_dtype),
            attn_implementation=ATTENTIONS[variant.attention].implementation,
            quantization_config=quantisation(variant),
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


def _settle(model: Any, packs: bool) -> None:
    """Finish what would otherwise be put off to the first run, so that loading pays for it.

    On a CPU files are mapped lazily, and one tensor that is still mapped keeps the whole file in
    memory: each gets memory of its own. bitsandbytes repacks weights at their first use, and a
    graph compiled before that would not fit the weights after it.
    """
    if model.device.type == "cpu":
        for module in model.modules():
            if not is_quantised(module):
                for parameter in module.parameters(recurse=False):
                    parameter.data = parameter.data.clone()
    if packs:
        with torch.inference_mode():
            model(torch.zeros((1, 1), dtype=torch.long, device=model.device))
