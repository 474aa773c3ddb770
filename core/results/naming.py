"""What a run is called where there is room for a few words: its precision and what is unusual."""

from collections.abc import Collection, Iterator, Mapping

from core.variants.address import host_of
from core.variants.attention import ATTENTIONS, Attention
from core.variants.catalogue import entries
from core.variants.compilation import Compilation, CompileBackend, CompileMode
from core.variants.decoding import DECODINGS, Decoding
from core.variants.engine import DEFAULT_ENGINE, ENGINES
from core.variants.kv_cache import KV_CACHES, KVCache
from core.variants.precision import PRECISIONS, own_compute_dtype
from core.variants.request import flat_values
from core.variants.spec import RunSpec, VariantSpec, Workload
from core.variants.weights import Weights

USUAL_CACHES = (KVCache.DYNAMIC, KVCache.F16, KVCache.OWN)
IN_THE_SHORT_NAME = (
    "engine", "model", "revision", "weights", "precision", "compute_dtype", "attention", "compile",
    "compile_mode", "compile_backend", "kv_cache", "decoding", "batch_size",
)  # fmt: skip


def short_name(spec: RunSpec) -> str:
    """The levers in a few words: `nf4 · sdpa · batch 4`."""
    return " · ".join([*_variant_words(spec.variant), *_workload_words(spec.workload)])


def variant_name(variant: VariantSpec) -> str:
    """The variant's levers in a few words, its engine among them whichever it is."""
    own = [ENGINES[variant.engine].label] if variant.engine is DEFAULT_ENGINE else []
    return " · ".join([*own, *_variant_words(variant)])


def _variant_words(variant: VariantSpec) -> Iterator[str]:
    engine, precision = ENGINES[variant.engine].label, PRECISIONS[variant.precision].label
    if variant.engine is not DEFAULT_ENGINE and not precision.startswith(engine):
        yield engine
    yield precision
    if variant.endpoint:
        yield f"at {host_of(variant.endpoint)}"
    if variant.compute_dtype is not own_compute_dtype(variant.precision):
        yield f"in {variant.compute_dtype}"
    if variant.attention is not Attention.OWN:
        yield ATTENTIONS[variant.attention].label
    if variant.weights is Weights.RANDOM:
        yield "random weights"
    if variant.compile is Compilation.OFF:
        return
    how = "compiled" if variant.compile is Compilation.WHOLE else "compiled per block"
    backend, mode = variant.compile_backend, variant.compile_mode
    special = [str(backend)] if backend is not CompileBackend.INDUCTOR else []
    special += [str(mode)] if mode is not CompileMode.DEFAULT else []
    yield f"{how} ({', '.join(special)})" if special else how


def _workload_words(workload: Workload) -> Iterator[str]:
    if workload.kv_cache is KVCache.OFF:
        yield "no KV cache"
    elif workload.kv_cache not in USUAL_CACHES:
        yield f"{KV_CACHES[workload.kv_cache].label} KV cache"
    if workload.decoding is not Decoding.GREEDY:
        yield DECODINGS[workload.decoding].label
    if workload.batch_size > 1:
        mixed = " of mixed lengths" if workload.shortest_prompt_tokens else ""
        yield f"batch {workload.batch_size}{mixed}"


def long_name(spec: RunSpec) -> str:
    """The short name with model, device and output length."""
    return " · ".join(name_parts(spec))


def name_among(spec: RunSpec, varied: Collection[str]) -> str:
    """The short name, and whatever else tells the spec from others that differ in these fields:
    `gpt2 · nf4 · sdpa · 64 new tokens`.
    """
    models = [model_name(spec)] if {"model", "revision"}.intersection(varied) else []
    values = flat_values(spec)
    others = [
        f"{values[field]} {field.removeprefix('max_').replace('_', ' ')}"
        for field in varied
        if field not in IN_THE_SHORT_NAME and values.get(field) is not None
    ]
    return " · ".join([*models, short_name(spec), *others])


def name_parts(spec: RunSpec) -> list[str]:
    """What a long name consists of: the model, each lever, the output's length, the device."""
    workload = spec.workload
    tokens = f"{workload.max_new_tokens} new tokens"
    if workload.max_length is not None:
        tokens = f"up to {workload.max_length} tokens in all"
    levers = [*_variant_words(spec.variant), *_workload_words(workload)]
    return [model_name(spec), *levers, tokens, spec.variant.device]


def model_name(spec: RunSpec) -> str:
    """The model's key, or the last part of a local folder's path or a hub id; its revision."""
    model, revision = spec.variant.model, spec.variant.revision
    name = model if model in entries() else model.rstrip("/").rpartition("/")[2]
    return f"{name}@{revision[:12]}" if revision else name


def name_of_levers(levers: Mapping[str, str | int]) -> str:
    """The short name of the configuration with these levers, whatever was asked of it; with the
    hardware, where that is among them.
    """
    variant = {name: value for name, value in levers.items() if name in VariantSpec.model_fields}
    workload = {name: value for name, value in levers.items() if name in Workload.model_fields}
    spec = RunSpec(
        variant=VariantSpec.model_validate(variant), workload=Workload.model_validate(workload)
    )
    hardware = [f"on {levers['hardware']}"] if "hardware" in levers else []
    return " · ".join([short_name(spec), *hardware])
