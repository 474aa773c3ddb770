"""What stops the levers of a spec: a choice that this device lacks, or two that exclude each other.

Each check names the field that a person would change. A library that would quietly do something
else is never asked: the request is refused here, with the reason.
"""

from collections.abc import Iterator

from core.variants import attention, compilation, engine_support, kv_cache, precision
from core.variants.attention import Attention
from core.variants.compilation import Compilation, CompileBackend, CompileMode
from core.variants.decoding import Decoding
from core.variants.engine import Engine
from core.variants.environment import Device, Environment
from core.variants.kv_cache import KVCache
from core.variants.source import model_of
from core.variants.spec import RunSpec, StopRule, Workload
from core.variants.support import USABLE, Support

Check = tuple[str, Support]
WITHOUT_FLEX = ("gpt2",)
NOT_GROWING = (KVCache.OFF, KVCache.STATIC)
DEFAULT_DRAFT_TOKENS = Workload.model_fields["draft_tokens"].default


def conflicts(spec: RunSpec, environment: Environment, device: Device) -> Iterator[tuple[str, str]]:
    """Field and reason of everything that stops the levers, the nearest cause of each first."""
    seen = set()
    for check in (
        *_engine(spec, environment, device),
        *_transformers(spec, environment, device),
        *_openvino(spec),
        *_batch(spec),
        *_output(spec),
        *_decoding(spec),
    ):
        field, support = check
        if not support.usable and field not in seen:
            seen.add(field)
            yield field, support.explanation


def _engine(spec: RunSpec, environment: Environment, device: Device) -> Iterator[Check]:
    """The engine itself, what it does not have, and an address where there is a server or none."""
    engine, endpoint = spec.variant.engine, spec.variant.endpoint
    yield "engine", engine_support.support(engine, environment, device)
    yield from engine_support.lacking(spec)
    if endpoint is not None and engine is not Engine.OPENAI:
        yield "endpoint", Support(f"the engine is {engine}, which asks no server.")
    if endpoint is None and engine is Engine.OPENAI:
        yield "endpoint", Support("an endpoint's address is needed, such as http://127.0.0.1:8000.")


def _transformers(spec: RunSpec, environment: Environment, device: Device) -> Iterator[Check]:
    """What stops the levers that belong to transformers alone."""
    if spec.variant.engine is not Engine.TRANSFORMERS:
        return
    yield from _precision(spec, environment, device)
    yield from _attention(spec, environment, device)
    yield from _compile(spec, environment, device)
    yield from _cache(spec, environment, device)


def _openvino(spec: RunSpec) -> Iterator[Check]:
    """Of the levers whose choices depend on others, OpenVINO has one."""
    variant = spec.variant
    if variant.engine is Engine.OPENVINO:
        yield "compute_dtype", precision.support_compute(variant.precision, variant.compute_dtype)


def _precision(spec: RunSpec, environment: Environment, device: Device) -> Iterator[Check]:
    variant = spec.variant
    yield "precision", precision.support(variant.precision, environment, device)
    yield "compute_dtype", precision.support_compute(variant.precision, variant.compute_dtype)


def _attention(spec: RunSpec, environment: Environment, device: Device) -> Iterator[Check]:
    chosen, workload = spec.variant.attention, spec.workload
    yield "attention", attention.support(chosen, environment, device)
    yield "attention", attention.support_dtype(chosen, spec.variant.compute_dtype, device)
    if chosen is Attention.FLEX_ATTENTION and _family(spec) in WITHOUT_FLEX:
        reason = f"flex_attention is not written for {_family(spec)} models; choose another."
        yield "attention", Support(reason)
    if chosen is Attention.FLEX_ATTENTION and device.kind == "cpu":
        yield "attention", _flex_on_cpu(workload)
    for why in _masks(spec):
        yield "attention", attention.support_mask(chosen, device, why)
    if workload.kv_cache is KVCache.STATIC and chosen is Attention.FLEX_ATTENTION:
        reason = "flex_attention's block masks do not take a static cache; choose dynamic."
        yield "kv_cache", Support(reason)


def _flex_on_cpu(workload: Workload) -> Support:
    if workload.shortest_prompt_tokens is None:
        return USABLE
    reason = (
        "On a CPU flex_attention does not compile with the mask that prompts of mixed length need; "
        "choose another."
    )
    return Support(reason)


def _masks(spec: RunSpec) -> Iterator[str]:
    """Why attention gets a mask, each of which suffices."""
    if spec.workload.shortest_prompt_tokens is not None:
        yield "a batch of prompts of mixed length"
    if spec.workload.kv_cache is KVCache.STATIC:
        yield "a static cache"
    if spec.workload.decoding is not Decoding.GREEDY:
        yield "checking several guessed tokens at once"
    if spec.variant.compile is Compilation.WHOLE:
        yield "a whole compiled forward pass"


def _family(spec: RunSpec) -> str:
    """The model's architecture as its config names it; empty where it is not known."""
    config = model_of(spec.variant).config or {}
    return str(config.get("model_type", ""))


def _compile(spec: RunSpec, environment: Environment, device: Device) -> Iterator[Check]:
    variant = spec.variant
    backend, mode = variant.compile_backend, variant.compile_mode
    if variant.compile is Compilation.OFF:
        off = Support("torch.compile is off, so this would change nothing.")
        if backend is not CompileBackend.INDUCTOR:
            yield "compile_backend", off
        if mode is not CompileMode.DEFAULT:
            yield "compile_mode", off
        return
    yield "compile", compilation.support(variant.compile, device)
    yield "compile_backend", compilation.support_backend(backend, environment, device)
    yield "compile_mode", compilation.support_mode(mode, backend, device)
    if variant.compile is Compilation.WHOLE and variant.attention is Attention.FLEX_ATTENTION:
        reason = (
            "flex_attention's block masks cannot be traced in a whole forward pass; choose "
            "another attention, or compile per block."
        )
        yield "compile", Support(reason)


def _cache(spec: RunSpec, environment: Environment, device: Device) -> Iterator[Check]:
    chosen = spec.workload.kv_cache
    yield "kv_cache", kv_cache.support(chosen, environment, device)
    if spec.variant.compile is Compilation.WHOLE and chosen not in NOT_GROWING:
        reason = (
            "A whole compiled forward pass would be compiled again as the cache grows; choose "
            "static or off, or compile per block."
        )
        yield "kv_cache", Support(reason)


def _batch(spec: RunSpec) -> Iterator[Check]:
    workload = spec.workload
    shortest, longest = workload.shortest_prompt_tokens, workload.prompt_tokens
    if shortest is None:
        return
    if workload.batch_size < 2:
        reason = "prompts of mixed length need a batch_size of at least 2."
        yield "shortest_prompt_tokens", Support(reason)
    if longest is not None and shortest > longest:
        reason = f"it is longer than the whole prompt of {longest} tokens."
        yield "shortest_prompt_tokens", Support(reason)


def _output(spec: RunSpec) -> Iterator[Check]:
    workload = spec.workload
    if workload.stop is StopRule.NATURAL:
        return
    fixed = Support("stop is fixed, which forbids an early end; choose stop natural.")
    if workload.stop_strings:
        yield "stop_strings", fixed
    if workload.time_limit_s is not None:
        yield "time_limit_s", fixed


def _decoding(spec: RunSpec) -> Iterator[Check]:
    workload = spec.workload
    chosen = workload.decoding
    if chosen is not Decoding.SPECULATIVE and workload.draft_model is not None:
        yield "draft_model", Support(f"decoding is {chosen}, which has no draft model.")
    if chosen is Decoding.GREEDY:
        if workload.draft_tokens != DEFAULT_DRAFT_TOKENS:
            yield "draft_tokens", Support("decoding is greedy, which guesses no tokens.")
        return
    if chosen is Decoding.SPECULATIVE and workload.draft_model is None:
        yield "draft_model", Support("speculative decoding needs a smaller model that guesses.")
    if workload.stop_strings:
        reason = (
            "A stop string in the middle of guessed tokens is not seen, and generation would go on "
            "behind it; choose greedy."
        )
        yield "decoding", Support(reason)
    if workload.batch_size > 1:
        yield "decoding", Support("Guessed tokens are checked for one row only: batch_size 1.")
    if workload.kv_cache is not KVCache.DYNAMIC:
        reason = "Wrong guesses are cut off the cache again, which needs kv_cache dynamic."
        yield "decoding", Support(reason)
