"""The pieces of a deploy script that all engines share: its head, its constants, its settings."""

from collections.abc import Iterable, Iterator, Mapping

from core.errors import RequestError
from core.results.naming import model_name, short_name
from core.results.types import RunResult
from core.variants.decoding import Decoding
from core.variants.kv_cache import KVCache
from core.variants.lengths import new_tokens_cap
from core.variants.models import BUNDLED_KEY, find_model
from core.variants.spec import RunSpec, StopRule, VariantSpec, Workload
from core.variants.weights import Weights


def head_lines(spec: RunSpec, needed: Iterable[str], packages: Mapping[str, str]) -> Iterator[str]:
    """What the script is of, and what is installed for it, in the versions of the run if known."""
    named = [f"{name}=={packages[name]}" if name in packages else name for name in needed]
    yield f'"""{_plain(model_name(spec))}: {short_name(spec)}.'
    yield ""
    yield f"pip install {' '.join(named)}"
    yield '"""'
    yield ""


def constants(workload: Workload, variant: VariantSpec | None = None) -> Iterator[str]:
    """Where the models come from, of an engine that loads one as transformers does; the prompt."""
    if variant is not None:
        yield from _source("MODEL", variant.model, variant.revision)
        if variant.weights is Weights.RANDOM:
            yield "# Measured with random weights: this model's speed and memory, no text of worth."
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


def inputs_lines(workload: Workload) -> Iterator[str]:
    """The prompts as tokens, and how many new ones there are."""
    yield from mixed_lines(workload)
    yield f"prompts = [PROMPT] * {workload.batch_size}"
    yield 'inputs = tokenizer(prompts, return_tensors="pt", padding=True).to(model.device)'
    yield 'prompt_tokens = inputs["input_ids"].shape[1]'
    yield new_tokens_line(workload, "prompt_tokens")
    yield ""


def mixed_lines(workload: Workload) -> Iterator[str]:
    """That the run's prompts were not alike, where they were not."""
    if workload.shortest_prompt_tokens is not None:
        yield "# Measured with prompts of mixed length, the shortest of which had"
        yield f"# {workload.shortest_prompt_tokens} tokens."


def new_tokens_line(workload: Workload, prompt_tokens: str) -> str:
    """How many new tokens there may be after so many of the prompt, told by an expression."""
    if workload.max_length is None:
        return f"new_tokens = {workload.max_new_tokens}"
    return f"new_tokens = min({workload.max_new_tokens}, {workload.max_length} - {prompt_tokens})"


def new_tokens_of(result: RunResult) -> int:
    """Most tokens that a row of the run could have."""
    return new_tokens_cap(result.spec.workload, result.output.prompt_tokens)


def settings_lines(workload: Workload) -> Iterator[str]:
    """How transformers generates, the model's own defaults left out."""
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
    yield "    disable_compile=True,  # what is to be compiled has been"
    yield "    bos_token_id=special.bos_token_id,"
    yield "    eos_token_id=special.eos_token_id,"
    yield "    pad_token_id=tokenizer.pad_token_id,"
    yield ")"
    yield "# None of the model's own defaults, such as sampling, beside these."
    yield "model.generation_config = GenerationConfig("
    yield "    bos_token_id=special.bos_token_id, eos_token_id=special.eos_token_id"
    yield ")"
    yield ""


def _plain(text: str) -> str:
    """The text so that it can stand in a docstring."""
    return text.replace("\\", "/").replace('"', "'")
