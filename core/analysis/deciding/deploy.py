"""A run's configuration as a script of its own: plain transformers, nothing of this program.

It loads, compiles, caches and decodes as the engine did for the run, so that it gives the run's
text; where it cannot be quite the same, a comment in it says so. Pieces are in `deploy_parts`.
"""

from collections.abc import Iterator, Mapping

from core.analysis.deciding.deploy_parts import (
    cache_lines,
    compile_lines,
    draft_lines,
    load_lines,
    quantisation_of,
)
from core.errors import RequestError
from core.results.naming import model_name, short_name
from core.variants.attention import ATTENTIONS
from core.variants.compilation import Compilation, CompileBackend
from core.variants.decoding import Decoding
from core.variants.kv_cache import KV_CACHES, KVCache
from core.variants.models import BUNDLED_KEY, find_model
from core.variants.precision import PRECISIONS
from core.variants.spec import RunSpec, StopRule, Workload
from core.variants.weights import Weights

ALWAYS = ("torch", "transformers", "accelerate")


def deploy_script(spec: RunSpec, packages: Mapping[str, str] | None = None) -> str:
    """The script. `packages` are the versions that the run was measured with, where known."""
    parts = (
        _head(spec, packages or {}),
        _imports(spec),
        _constants(spec),
        load_lines(spec.variant),
        compile_lines(spec.variant),
        draft_lines(spec),
        _inputs(spec.workload),
        cache_lines(spec.workload),
        _settings(spec.workload),
        _generate(spec),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def _head(spec: RunSpec, packages: Mapping[str, str]) -> Iterator[str]:
    needed = [
        *ALWAYS,
        PRECISIONS[spec.variant.precision].library,
        KV_CACHES[spec.workload.kv_cache].package,
        ATTENTIONS[spec.variant.attention].package,
        "torch-tensorrt" if _uses_tensorrt(spec) else None,
    ]
    named = [f"{name}=={packages[name]}" if name in packages else name for name in needed if name]
    yield f'"""{_plain(model_name(spec))}: {short_name(spec)}.'
    yield ""
    yield f"pip install {' '.join(named)}"
    yield '"""'
    yield ""


def _imports(spec: RunSpec) -> Iterator[str]:
    names = ["AutoModelForCausalLM", "AutoTokenizer", "GenerationConfig"]
    quantisation = quantisation_of(spec.variant)
    names += [quantisation.config_class] if quantisation else []
    caches = {KVCache.OFF: None, KVCache.STATIC: "StaticCache"}
    usual = "QuantizedCache" if KV_CACHES[spec.workload.kv_cache].backend else "DynamicCache"
    cache = caches.get(spec.workload.kv_cache, usual)
    names += [cache] if cache else []
    if spec.variant.compile is not Compilation.OFF:
        yield "import functools"
        yield ""
    yield "import torch"
    if _uses_tensorrt(spec):
        yield "import torch_tensorrt  # registers the backend"
    if ATTENTIONS[spec.variant.attention].kernel:
        yield "from torch.nn.attention import SDPBackend, sdpa_kernel"
    yield from quantisation.imports if quantisation else ()
    yield f"from transformers import {', '.join(sorted(names))}"
    yield ""


def _constants(spec: RunSpec) -> Iterator[str]:
    yield from _source("MODEL", spec.variant.model, spec.variant.revision)
    if spec.variant.weights is Weights.RANDOM:
        yield "# Measured with random weights: this model's speed and memory, and no text of worth."
    workload = spec.workload
    if workload.draft_model is not None:
        yield from _source("DRAFT", workload.draft_model, None)
    if workload.prompt is None:
        yield f"# Measured with {workload.prompt_tokens} synthetic tokens as the prompt."
    yield f"PROMPT = {(workload.prompt or 'Once upon a time')!r}"
    yield ""


def _source(constant: str, name: str, revision: str | None) -> Iterator[str]:
    """Where a model comes from: a hub id with its revision, or a folder."""
    try:
        model = find_model(name, revision=revision)
    except RequestError:
        yield f"{constant}, {constant}_REVISION = {name!r}, {revision!r}"
        return
    if model.bundled:
        yield f"# The folder into which `python -m core.engine.bundled` puts {BUNDLED_KEY}, run in"
        yield "# the checkout that measured this; copy it to where you deploy."
    source = model.hub_id or str(model.folder)
    yield f"{constant}, {constant}_REVISION = {source!r}, {model.revision!r}"


def _inputs(workload: Workload) -> Iterator[str]:
    if workload.shortest_prompt_tokens is not None:
        yield "# Measured with prompts of mixed length, the shortest of which had"
        yield f"# {workload.shortest_prompt_tokens} tokens; shorter ones are padded on the left."
    yield f"prompts = [PROMPT] * {workload.batch_size}"
    yield 'inputs = tokenizer(prompts, return_tensors="pt", padding=True).to(model.device)'
    yield 'prompt_tokens = inputs["input_ids"].shape[1]'
    if workload.max_length is None:
        yield f"new_tokens = {workload.max_new_tokens}"
    else:
        cap = f"{workload.max_length} - prompt_tokens"
        yield f"new_tokens = min({workload.max_new_tokens}, {cap})"
    yield ""


def _settings(workload: Workload) -> Iterator[str]:
    yield "special = model.generation_config"
    yield "settings = GenerationConfig("
    yield "    max_new_tokens=new_tokens,"
    if workload.stop is StopRule.FIXED:
        yield "    min_new_tokens=new_tokens,  # as measured; without it a row stops at its own end"
    yield "    do_sample=False,"
    if workload.no_repeat_ngram_size is not None:
        yield f"    no_repeat_ngram_size={workload.no_repeat_ngram_size},"
    if workload.stop_strings:
        yield f"    stop_strings={list(workload.stop_strings)!r},"
    if workload.time_limit_s is not None:
        yield f"    max_time={workload.time_limit_s!r},"
    if workload.decoding is Decoding.PROMPT_LOOKUP:
        yield f"    prompt_lookup_num_tokens={workload.draft_tokens},"
    yield f"    use_cache={workload.kv_cache is not KVCache.OFF},"
    yield "    disable_compile=True,  # what is to be compiled has been, above"
    yield "    bos_token_id=special.bos_token_id,"
    yield "    eos_token_id=special.eos_token_id,"
    yield "    pad_token_id=tokenizer.pad_token_id,"
    yield ")"
    yield "# None of the model's own defaults, such as sampling, beside these."
    yield "model.generation_config = GenerationConfig("
    yield "    bos_token_id=special.bos_token_id, eos_token_id=special.eos_token_id"
    yield ")"
    yield ""


def _generate(spec: RunSpec) -> Iterator[str]:
    kernel = ATTENTIONS[spec.variant.attention].kernel
    within = "torch.inference_mode()" + (f", sdpa_kernel(SDPBackend.{kernel})" if kernel else "")
    yield f"with {within}:"
    yield "    sequences = model.generate("
    yield '        input_ids=inputs["input_ids"],'
    yield '        attention_mask=inputs["attention_mask"],'
    yield "        generation_config=settings,"
    if spec.workload.kv_cache is not KVCache.OFF:
        yield "        past_key_values=cache,"
    if spec.workload.decoding is Decoding.SPECULATIVE:
        yield "        assistant_model=draft,"
    if spec.workload.stop_strings:
        yield "        tokenizer=tokenizer,"
    yield "    )"
    yield "for row in sequences[:, prompt_tokens:]:"
    yield "    print(tokenizer.decode(row, skip_special_tokens=True))"


def _uses_tensorrt(spec: RunSpec) -> bool:
    compiled = spec.variant.compile is not Compilation.OFF
    return compiled and spec.variant.compile_backend is CompileBackend.TENSORRT


def _plain(text: str) -> str:
    """The text so that it can stand in a docstring."""
    return text.replace("\\", "/").replace('"', "'")
