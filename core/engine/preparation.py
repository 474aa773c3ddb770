"""Makes a spec's variant resident: refuses what cannot fit, makes room, then loads."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.engine.device import Device
from core.engine.inputs import prompt_ids
from core.engine.loader import Loaded, load, load_tokenizer, model_folder
from core.engine.model_cache import ModelCache
from core.errors import OutOfMemory
from core.variants.compilation import Compilation, CompileBackend, CompileMode
from core.variants.drafts import draft_of
from core.variants.footprint import Footprint, footprint, weights_bytes
from core.variants.lengths import length_problems
from core.variants.models import shape_of
from core.variants.request import task_problems
from core.variants.shapes import ModelShape
from core.variants.spec import RunSpec, VariantSpec, Workload


class MemoryStuck(Exception):
    """Memory of evicted variants did not come back; the run needs a fresh process."""


@dataclass(frozen=True)
class Prepared:
    """A variant in memory, whether it was there before, the folder of its model, and the draft
    that guesses for it, where the decoding needs one.
    """

    loaded: Loaded
    was_resident: bool
    folder: Path
    draft: Loaded | None = None


Tell = Callable[[str], None]


def prepare_variant(
    spec: RunSpec,
    cache: ModelCache,
    device: Device,
    tell: Tell,
    in_use: tuple[VariantSpec, ...] = (),
) -> Prepared:
    """Load the spec's variant unless it is resident; `tell` hears what takes its time, and what is
    `in_use` stays in memory.

    Raises RequestError for a prompt that the context cannot hold, OutOfMemory for what cannot
    fit, LoadFailed, and MemoryStuck.
    """
    need, folder = need_of(spec, cache, tell)
    resident = cache.get(spec.variant)
    if need is not None:
        _make_room(spec.variant, need, cache, device, in_use)
    loaded = resident or _load(spec.variant, folder, cache, device)
    draft, stay = draft_variant(spec), (spec.variant, *in_use)
    return Prepared(
        loaded,
        resident is not None,
        folder,
        prepare_beside(draft, stay, cache, device) if draft else None,
    )


def need_of(spec: RunSpec, cache: ModelCache, tell: Tell) -> tuple[Footprint | None, Path]:
    """What the run will need, without weights that are in memory already, and its model's folder;
    None where the model's sizes are not known.

    Raises RequestError for a prompt that the context cannot hold, and LoadFailed.
    """
    model, folder = model_folder(spec.variant, tell)
    resident = cache.get(spec.variant)
    tokenizer = resident.tokenizer if resident else load_tokenizer(folder)
    shape = shape_of(model)
    if shape is None:
        return None, folder
    need = footprint(spec, shape, _tokens_within_context(tokenizer, spec.workload, shape))
    return (replace(need, weights_bytes=0) if resident else need), folder


def variants_of(spec: RunSpec) -> tuple[VariantSpec, ...]:
    """What must be in memory to measure the spec: its variant, and its draft where it has one."""
    draft = draft_variant(spec)
    return (spec.variant, *([draft] if draft else []))


def draft_variant(spec: RunSpec) -> VariantSpec | None:
    """The draft as it is loaded: precision and attention as the variant's, not compiled."""
    if spec.workload.draft_model is None:
        return None
    draft = draft_of(spec.workload.draft_model)
    return spec.variant.model_copy(
        update={
            "model": draft.key,
            "weights": draft.weights,
            "revision": None,
            "compile": Compilation.OFF,
            "compile_mode": CompileMode.DEFAULT,
            "compile_backend": CompileBackend.INDUCTOR,
        }
    )


def prepare_beside(
    variant: VariantSpec, in_use: tuple[VariantSpec, ...], cache: ModelCache, device: Device
) -> Loaded:
    """A quality reference or a draft, loaded beside those that are being measured, which stay.

    Raises OutOfMemory where it does not fit.
    """
    resident = cache.get(variant)
    if resident:
        return resident
    model, folder = model_folder(variant)
    shape = shape_of(model)
    if shape is not None:
        need = Footprint(weights_bytes(shape, variant), 0, 0)
        _make_room(variant, need, cache, device, in_use)
    return _load(variant, folder, cache, device)


def _load(variant: VariantSpec, folder: Path, cache: ModelCache, device: Device) -> Loaded:
    loaded = load(variant, folder, device)
    cache.put(loaded)
    return loaded


def _tokens_within_context(tokenizer: Any, workload: Workload, shape: ModelShape) -> int:
    tokens = len(prompt_ids(tokenizer, workload, shape.vocabulary))

    def count(text: str) -> int:
        return len(tokenizer(text)["input_ids"])

    for problem in (
        *length_problems(workload, tokens, shape.context),
        *task_problems(workload, tokens, count, shape.context),
    ):
        raise problem
    return tokens


def _make_room(
    variant: VariantSpec,
    need: Footprint,
    cache: ModelCache,
    device: Device,
    in_use: tuple[VariantSpec, ...] = (),
) -> None:
    """Evict what must go, or refuse at once where even an empty cache would not make it fit. What
    is in use stays; what its run holds besides its weights has not been freed, so it is not stuck.
    """
    if need.total_bytes > device.free_bytes() + cache.others_bytes(variant, *in_use):
        raise _does_not_fit(need, device)
    run_bytes = need.total_bytes - need.weights_bytes
    cache.make_room(variant, need.weights_bytes, run_bytes, in_use)
    stuck = cache.stuck_bytes()
    if stuck and need.weights_bytes and not in_use:
        raise MemoryStuck(f"{stuck / 1e9:.1f} GB of freed memory did not come back")
    if need.total_bytes > device.free_bytes():
        raise _does_not_fit(need, device)


def _does_not_fit(need: Footprint, device: Device) -> OutOfMemory:
    needed, free = need.total_bytes, device.free_bytes()
    return OutOfMemory(
        f"{needed / 1e9:.2f} GB are needed (weights {need.weights_bytes / 1e9:.2f}, KV cache "
        f"{need.kv_cache_bytes / 1e9:.2f}, activations about "
        f"{need.activation_bytes / 1e9:.2f}); {free / 1e9:.2f} GB are free.",
        needed_bytes=needed,
        free_bytes=free,
    )
