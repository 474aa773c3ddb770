"""llama.cpp itself, in its own environment, from the job manager through its worker."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.analysis.effective import effective_differences
from core.analysis.roofline import roofline_of
from core.errors import FailureKind, RequestError
from core.jobs.manager import JobManager
from core.results.latency import latency_of
from core.results.passes import idle_row_share, prompt_padding
from core.results.types import RunFailure, RunResult
from core.variants.bundled_file import bundled_source
from core.variants.models import BUNDLED_KEY
from core.variants.pairing import PairPlan
from core.variants.request import build_spec
from core.variants.source import model_of
from core.variants.spec import RunSpec
from core.variants.tokens import count_tokens
from tests.model_files import gguf_bytes

pytestmark = pytest.mark.engines("llama.cpp")
USUAL = {"engine": "llama.cpp", "max_new_tokens": 8, "warmup": 1, "repeats": 3, "quality": False}


@pytest.fixture(scope="module")
def shared_home(
    tmp_path_factory: pytest.TempPathFactory, prepared_model: Path, engines_here: Path
) -> Path:
    """A data folder for all tests of this module, with the model and the engines."""
    home = tmp_path_factory.mktemp("llama") / "home"
    (home / "models").mkdir(parents=True)
    (home / "models" / BUNDLED_KEY).symlink_to(prepared_model, target_is_directory=True)
    (home / "engines").symlink_to(engines_here, target_is_directory=True)
    return home


@pytest.fixture(autouse=True)
def at_home(home: Path, shared_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of a test's own."""
    assert home != shared_home
    monkeypatch.setenv("TRADEOFFS_HOME", str(shared_home))


@pytest.fixture(scope="module")
def manager(shared_home: Path) -> Iterator[JobManager]:
    """One manager, and so one worker, for all tests of this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRADEOFFS_HOME", str(shared_home))
        patch.setenv("TRADEOFFS_LOCKS", str(shared_home / "locks"))
        with JobManager() as jobs:
            yield jobs


def a_spec(**values: Any) -> RunSpec:
    return build_spec({**USUAL, **values})


def measured(manager: JobManager, **values: Any) -> RunResult:
    outcome = manager.wait(manager.submit(a_spec(**values)))
    assert isinstance(outcome, RunResult), outcome
    return outcome


@pytest.fixture(scope="module")
def plain(manager: JobManager, shared_home: Path) -> RunResult:
    """With quality, which takes the reference first."""
    assert shared_home
    return measured(manager, quality=True, max_new_tokens=16)


def test_a_run_tells_all_that_others_tell(plain: RunResult) -> None:
    latency = latency_of(plain)
    assert latency.ttft_s
    assert latency.tpot_s
    assert plain.passes is not None
    assert (plain.passes.count, plain.passes.computed_tokens) == (16, 8 + 15)
    assert plain.output.new_tokens == (16,)
    prompt = count_tokens(model_of(plain.spec.variant), str(plain.spec.workload.prompt))
    assert plain.output.prompt_tokens == prompt
    assert "".join(plain.output.token_texts) == plain.output.text != ""
    assert plain.environment.packages["llama-cpp-python"]
    assert effective_differences(plain) == ()


def test_what_ran_is_read_from_llama_cpp_and_from_the_file(plain: RunResult) -> None:
    ran = plain.effective
    assert ran.attention == "ggml_flash"
    assert ran.cache_class == "llama.cpp: 256 cells, K (f16), V (f16)"
    assert ran.threads == 1
    assert set(ran.dtype_bytes) == {"q4_1", "q8_0", "f32"}
    assert plain.memory.weights_bytes == sum(ran.dtype_bytes.values())
    assert plain.memory.kv_cache_bytes == pytest.approx(256 * 30 * 2 * 3 * 64 * 2, rel=0.01)


def test_the_text_is_about_that_of_the_reference(plain: RunResult) -> None:
    """The transformers model is the same file, its weights in fp32."""
    quality = plain.quality
    assert quality is not None
    assert quality.perplexity_ratio == pytest.approx(1.0, abs=0.02)
    assert 0 < quality.mean_kl_nats < 0.01
    assert quality.top1_agreement > 0.93


def test_what_bounds_it_can_be_told(plain: RunResult) -> None:
    model = plain.model
    assert model is not None
    assert (model.layers, model.heads, model.kv_heads, model.head_dim) == (30, 9, 3, 64)
    assert model.parameters == 134_515_008
    assert model.compute_dtype == "int8"
    roofline = roofline_of(plain)
    assert roofline is not None
    assert roofline.times_slower is not None
    assert roofline.times_slower > 0.9


def test_rows_of_one_batch_are_alike_and_each_a_row(manager: JobManager, plain: RunResult) -> None:
    result = measured(manager, batch_size=3)
    assert result.output.new_tokens == (8, 8, 8)
    assert result.output.token_ids == plain.output.token_ids[:8]
    assert result.samples.e2e_tokens == (24, 24, 24)
    assert result.passes is not None
    assert (result.passes.count, result.passes.computed_tokens) == (8, 3 * (8 + 7))


def test_prompts_of_mixed_length_are_read_without_padding(manager: JobManager) -> None:
    result = measured(manager, prompt_tokens=40, batch_size=3, shortest_prompt_tokens=10)
    assert result.output.prompt_lengths == (10, 25, 40)
    assert result.passes is not None
    assert result.passes.computed_tokens == 75 + 3 * 7
    assert (prompt_padding(result), idle_row_share(result)) == (0.0, 0.0)


@pytest.mark.slow
def test_a_long_prompt_is_read_in_parts(manager: JobManager) -> None:
    result = measured(manager, prompt_tokens=2100, max_new_tokens=2, repeats=1, warmup=0)
    assert result.passes is not None
    assert (result.passes.count, result.passes.computed_tokens) == (3, 2101)


@pytest.mark.parametrize(
    ("levers", "attention", "cache"),
    [
        ({"attention": "ggml"}, "ggml", "K (f16), V (f16)"),
        ({"kv_cache": "q8_0"}, "ggml_flash", "K (q8_0), V (q8_0)"),
    ],
)
def test_its_levers_are_what_really_runs(
    manager: JobManager, levers: dict[str, str], attention: str, cache: str
) -> None:
    result = measured(manager, **levers)
    assert result.effective.attention == attention
    assert cache in str(result.effective.cache_class)
    assert effective_differences(result) == ()


def test_a_fixed_length_goes_on_behind_the_end_and_a_natural_stop_does_not(
    manager: JobManager,
) -> None:
    prompt = "<|im_start|>user\nSay yes.<|im_end|>\n<|im_start|>assistant\n"
    natural = measured(manager, prompt=prompt, max_new_tokens=60, stop="natural", repeats=1)
    fixed = measured(manager, prompt=prompt, max_new_tokens=60, repeats=1)
    (count,) = natural.output.new_tokens
    assert count < 60
    assert natural.effective.stopped_by == {"end of sequence": 1}
    assert fixed.output.new_tokens == (60,)
    assert fixed.output.token_ids[: count - 1] == natural.output.token_ids[:-1]


def test_a_stop_string_ends_a_row_with_the_token_that_completes_it(manager: JobManager) -> None:
    result = measured(manager, max_new_tokens=30, stop="natural", stop_strings="dog", repeats=1)
    assert result.effective.stopped_by == {"stop string": 1}
    assert result.output.text.rstrip().endswith("dog")


def test_the_time_limit_ends_all_rows(manager: JobManager) -> None:
    result = measured(
        manager, max_new_tokens=4000, stop="natural", time_limit_s=0.2, repeats=1, warmup=0
    )
    assert result.effective.stopped_by == {"time limit": 1}


def test_a_cancelled_run_ends_between_two_tokens(manager: JobManager) -> None:
    run_id = manager.submit(a_spec(max_new_tokens=2000, repeats=1000))
    while (snapshot := manager.snapshot(run_id)) and snapshot.phase != "warming_up":
        time.sleep(0.05)
    begun = time.monotonic()
    manager.cancel(run_id)
    outcome = manager.wait(run_id)
    assert isinstance(outcome, RunFailure)
    assert outcome.kind is FailureKind.CANCELLED
    assert time.monotonic() - begun < 3
    assert measured(manager).output.new_tokens == (8,)


def test_two_of_its_variants_take_turns(manager: JobManager) -> None:
    plan = PairPlan(most_pairs=6)
    ids = manager.submit_pair(a_spec(), a_spec(attention="ggml"), plan)
    a, b = map(manager.wait, ids)
    assert isinstance(a, RunResult)
    assert isinstance(b, RunResult)
    assert (a.effective.attention, b.effective.attention) == ("ggml_flash", "ggml")
    assert len(a.samples.e2e_s) == len(b.samples.e2e_s) == 6


def test_it_takes_turns_with_transformers(manager: JobManager) -> None:
    plain = build_spec({**USUAL, "engine": "transformers"})
    ids = manager.submit_pair(plain, a_spec(), PairPlan(most_pairs=6))
    a, b = map(manager.wait, ids)
    assert isinstance(a, RunResult), a
    assert isinstance(b, RunResult), b
    assert a.output.token_ids == b.output.token_ids
    assert b.effective.attention == "ggml_flash"
    assert sum(a.samples.e2e_s) > sum(b.samples.e2e_s)


def test_a_prompt_beyond_the_context_is_refused_with_its_field(manager: JobManager) -> None:
    with pytest.raises(RequestError, match="context holds 8192"):
        manager.submit(a_spec(prompt="the cat " * 5000))
    source = bundled_source()
    unknown = a_spec(prompt="the cat " * 5000, model=str(source))
    outcome = manager.wait(manager.submit(unknown))
    assert isinstance(outcome, RunFailure)
    assert (outcome.kind, outcome.field) == (FailureKind.UNSUPPORTED, "prompt")


def test_any_gguf_file_runs_by_its_path_without_a_reference(
    manager: JobManager, tmp_path: Path
) -> None:
    source = bundled_source()
    assert source is not None
    file = tmp_path / "own.gguf"
    file.symlink_to(source)
    result = measured(manager, model=str(file), quality=True)
    assert result.quality_missing == "a GGUF file alone has no fp32 reference to compare it with"
    assert result.output.new_tokens == (8,)


def test_a_broken_file_is_told_and_the_worker_goes_on(manager: JobManager, tmp_path: Path) -> None:
    file = tmp_path / "broken.gguf"
    file.write_bytes(gguf_bytes())  # a sound header of nothing
    outcome = manager.wait(manager.submit(a_spec(model=str(file))))
    assert isinstance(outcome, RunFailure)
    assert outcome.kind is FailureKind.LOAD
    assert "broken.gguf" in outcome.message
    assert measured(manager).output.new_tokens == (8,)
