"""Deploy scripts of the other engines: each in plain code of that engine's own package.

They give the run's text, by the interface that most people would deploy; where that one does more
or less than what was measured, a comment in the script says so.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from core.analysis.deciding.deploy_llama_cpp import llama_cpp_lines
from core.analysis.deciding.deploy_text import (
    constants,
    head_lines,
    inputs_lines,
    new_tokens_of,
    settings_lines,
)
from core.errors import RequestError
from core.results.types import RunResult
from core.variants.endpoints import find_endpoint
from core.variants.engine import Engine
from core.variants.kv_cache import KVCache
from core.variants.precision import ComputeDtype, Precision
from core.variants.spec import RunSpec, StopRule, Workload

GROUPS = re.compile(r", groups of (\d+)$")
WHOLE_ROWS = -1


def openvino_lines(result: RunResult) -> Iterator[str]:
    """optimum-intel, whose `generate` is transformers' own loop around the compiled graph."""
    spec = result.spec
    yield from head_lines(spec, ["openvino", "nncf", "optimum-intel"], result.environment.packages)
    quantises = _bits(result) is not None
    names = ["OVModelForCausalLM", *(["OVWeightQuantizationConfig"] if quantises else [])]
    yield f"from optimum.intel import {', '.join(names)}"
    yield "from transformers import AutoTokenizer, GenerationConfig"
    yield ""
    yield from constants(spec.workload, spec.variant)
    yield "# Measured by driving the compiled graph token by token. `generate` adds a loop in"
    yield "# Python, which a pipeline of openvino-genai in C++ has not."
    yield from _optimum(result)
    yield from inputs_lines(spec.workload)
    yield from settings_lines(spec.workload)
    tokenizer = ", tokenizer=tokenizer" if spec.workload.stop_strings else ""
    yield f"sequences = model.generate(**inputs, generation_config=settings{tokenizer})"
    yield "for row in sequences[:, prompt_tokens:]:"
    yield "    print(tokenizer.decode(row, skip_special_tokens=True))"


def _bits(result: RunResult) -> str | None:
    """How weights are quantised; None where they are plain floats."""
    if result.spec.variant.precision is Precision.OPENVINO_INT8:
        return "bits=8, sym=False"
    if result.spec.variant.precision is Precision.OPENVINO_INT4:
        return f"bits=4, sym=False, group_size={_group_size(result)}, ratio=1.0"
    return None


def _group_size(result: RunResult) -> int:
    """How many weights share a scale, as the compiled graph told it: all of a row where it names no
    groups.
    """
    found = filter(None, map(GROUPS.search, result.effective.quantised_modules))
    return min((int(size[1]) for size in found), default=WHOLE_ROWS)


def _optimum(result: RunResult) -> Iterator[str]:
    """Tokenizer and model, exported and compressed as for the run."""
    bits = _bits(result)
    yield "tokenizer = AutoTokenizer.from_pretrained("
    yield '    MODEL, revision=MODEL_REVISION, padding_side="left"'
    yield ")"
    yield "if tokenizer.pad_token_id is None:"
    yield "    tokenizer.pad_token = tokenizer.eos_token"
    yield "model = OVModelForCausalLM.from_pretrained("
    yield "    MODEL,"
    yield "    revision=MODEL_REVISION,"
    yield "    export=True,  # at each start; save_pretrained keeps what was exported"
    if bits:
        yield f"    quantization_config=OVWeightQuantizationConfig({bits}),"
    else:
        yield "    load_in_8bit=False,"
    yield "    ov_config={"
    yield from (f"        {name!r}: {value!r}," for name, value in _ov_config(result).items())
    yield "    },"
    yield ")"
    yield ""


def _ov_config(result: RunResult) -> dict[str, str | int]:
    spec, threads = result.spec, result.effective.threads
    hint = "bf16" if spec.variant.compute_dtype is ComputeDtype.BFLOAT16 else "f32"
    cache = "u8" if spec.workload.kv_cache is KVCache.QUANTISED_U8 else hint
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": hint,
        **({} if threads is None else {"INFERENCE_NUM_THREADS": threads}),
        "KV_CACHE_PRECISION": cache,
    }


def endpoint_lines(result: RunResult) -> Iterator[str]:
    """The openai client against the server that was asked."""
    spec, rows = result.spec, result.spec.workload.batch_size
    yield from head_lines(spec, ["openai"], result.environment.packages)
    key = _key(spec)
    yield from ["import os"] if key else []
    yield "from concurrent.futures import ThreadPoolExecutor"
    yield ""
    yield "from openai import OpenAI"
    yield ""
    yield f"ADDRESS, MODEL = {spec.variant.endpoint!r}, {spec.variant.model!r}"
    yield from constants(spec.workload)
    secret = f'os.environ["{key}"]' if key else '"none"'
    yield f"client = OpenAI(base_url=ADDRESS, api_key={secret})"
    yield from _answer(spec.workload, new_tokens_of(result))
    yield "# A server that has no /completions takes client.chat.completions instead."
    yield f"with ThreadPoolExecutor({rows}) as several:"
    yield f"    for text in several.map(answer, [PROMPT] * {rows}):"
    yield "        print(text)"


def _answer(workload: Workload, new_tokens: int) -> Iterator[str]:
    yield from ("", "", "def answer(prompt: str) -> str:")
    yield "    reply = client.completions.create("
    yield "        model=MODEL,"
    yield "        prompt=prompt,"
    yield f"        max_tokens={new_tokens},"
    yield "        temperature=0,"
    if workload.stop_strings:
        yield f"        stop={list(workload.stop_strings)!r},"
    if workload.stop is StopRule.FIXED:
        yield "        # vLLM, SGLang and llama-server take these; leave them out for others."
        yield f'        extra_body={{"ignore_eos": True, "min_tokens": {new_tokens}}},'
    yield "    )"
    yield from ("    return reply.choices[0].text", "", "")


def _key(spec: RunSpec) -> str | None:
    """The name of the variable that has the server's key; None where it needs none."""
    try:
        key = find_endpoint(spec.variant.endpoint or "").key
    except RequestError:
        return None
    return key.env if key else None


LINES: Mapping[Engine, Callable[[RunResult], Iterator[str]]] = {
    Engine.LLAMA_CPP: llama_cpp_lines,
    Engine.OPENVINO: openvino_lines,
    Engine.OPENAI: endpoint_lines,
}
