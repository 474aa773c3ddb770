"""A run's configuration as a script of its own: plain code of its engine, nothing of this program.

It loads, compiles, caches and decodes as the engine did for the run, so that it gives the run's
text; where it cannot be quite the same, a comment in it says so. What levers decide is in
`deploy_parts`, what all scripts share in `deploy_text`, and other engines in `deploy_engines`.
"""

from collections.abc import Iterator, Mapping

from core.analysis.deciding.deploy_engines import LINES
from core.analysis.deciding.deploy_parts import (
    cache_lines,
    compile_lines,
    draft_lines,
    load_lines,
    quantisation_of,
)
from core.analysis.deciding.deploy_text import (
    constants,
    head_lines,
    inputs_lines,
    settings_lines,
)
from core.results.types import RunResult
from core.variants.attention import ATTENTIONS
from core.variants.compilation import Compilation, CompileBackend
from core.variants.decoding import Decoding
from core.variants.kv_cache import KV_CACHES, KVCache
from core.variants.precision import PRECISIONS
from core.variants.spec import RunSpec

ALWAYS = ("torch", "transformers", "accelerate")


def deploy_script(result: RunResult) -> str:
    """The script, with the versions that the run was measured with."""
    spec, packages = result.spec, result.environment.packages
    of_engine = LINES.get(spec.variant.engine)
    lines = of_engine(result) if of_engine else _transformers_lines(spec, packages)
    return "\n".join(lines) + "\n"


def _transformers_lines(spec: RunSpec, packages: Mapping[str, str]) -> Iterator[str]:
    yield from head_lines(spec, _needed(spec), packages)
    yield from _imports(spec)
    yield from constants(spec.workload, spec.variant)
    yield from load_lines(spec.variant)
    yield from compile_lines(spec.variant)
    yield from draft_lines(spec)
    yield from inputs_lines(spec.workload)
    yield from cache_lines(spec.workload)
    yield from settings_lines(spec.workload)
    yield from _generate(spec)


def _needed(spec: RunSpec) -> list[str]:
    needed = [
        *ALWAYS,
        PRECISIONS[spec.variant.precision].library,
        KV_CACHES[spec.workload.kv_cache].package,
        ATTENTIONS[spec.variant.attention].package,
        "torch-tensorrt" if _uses_tensorrt(spec) else None,
    ]
    return [name for name in needed if name]


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
