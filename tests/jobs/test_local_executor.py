"""The executor over a real worker process, with a tiny real model."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from core.errors import FailureKind
from core.jobs.local_executor import LocalExecutor
from core.jobs.protocol import Progress
from core.results.measured import Phase
from core.results.types import Outcome, RunFailure, RunResult
from core.variants.request import build_spec, flat_values
from core.variants.spec import RunSpec
from tests.carrying import ignore, run


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    made = LocalExecutor("cpu")
    yield made
    made.close()


@pytest.fixture
def spec(tiny_model_folder: Path) -> RunSpec:
    return build_spec(
        {"model": str(tiny_model_folder), "max_new_tokens": 4, "repeats": 5, "quality": False}
    )


@pytest.fixture
def long_spec(spec: RunSpec) -> RunSpec:
    return changed(spec, max_new_tokens=50, repeats=1000, warmup=3)


def changed(spec: RunSpec, **values: object) -> RunSpec:
    return build_spec({**flat_values(spec), **values})


def when(phase: Phase, act: Callable[[], None]) -> Callable[[Progress], None]:
    """Do something, once, in a thread, as soon as a run is in that phase."""
    done = threading.Event()

    def notice(progress: Progress) -> None:
        if progress.phase is phase and not done.is_set():
            done.set()
            threading.Thread(target=act).start()

    return notice


def result_of(outcome: Outcome) -> RunResult:
    assert isinstance(outcome, RunResult), outcome
    return outcome


def failure_of(outcome: Outcome) -> RunFailure:
    assert isinstance(outcome, RunFailure), outcome
    return outcome


def test_a_run_goes_through_its_phases_and_keeps_its_raw_samples(
    executor: LocalExecutor, spec: RunSpec
) -> None:
    seen: list[Phase] = []
    result = result_of(run(executor, "run-1", spec, lambda progress: seen.append(progress.phase)))
    assert list(dict.fromkeys(seen)) == [
        Phase.LOADING,
        Phase.WARMING_UP,
        Phase.MEASURING,
        Phase.MEMORY,
        Phase.DONE,
    ]
    assert len(result.samples.e2e_s) == 5
    assert [len(times) for times in result.samples.token_s] == [4] * 5
    assert result.output.new_tokens == (4,)
    assert result.effective.attention == "sdpa"
    assert result.effective.cache_class == "DynamicCache (DynamicLayer)"
    assert result.quality is None
    assert result.quality_missing == "not asked for"


def test_a_second_run_finds_its_variant_resident_and_a_drop_frees_it(
    executor: LocalExecutor, spec: RunSpec
) -> None:
    first = result_of(run(executor, "run-1", spec, ignore))
    second = result_of(run(executor, "run-2", spec, ignore))
    assert not first.times.was_resident
    assert second.times.was_resident
    assert second.times.load_s == first.times.load_s
    held = executor.residents()
    assert held is not None
    assert [resident.variant for resident in held.residents] == [spec.variant]
    executor.drop(spec.variant.id)
    third = result_of(run(executor, "run-3", spec, ignore))
    assert not third.times.was_resident


def test_quality_is_measured_once_and_then_kept(executor: LocalExecutor, spec: RunSpec) -> None:
    judged = changed(spec, precision="nf4", quality=True)
    first = result_of(run(executor, "run-1", judged, ignore))
    second = result_of(run(executor, "run-2", judged, ignore))
    assert first.quality is not None
    assert not first.quality.from_cache
    assert second.quality == first.quality.model_copy(update={"from_cache": True})
    assert first.quality.mean_kl_nats > 0
    assert first.times.quality_s is not None
    assert second.times.quality_s is None


def test_cancelling_while_measuring_ends_the_run_and_keeps_the_worker(
    executor: LocalExecutor, long_spec: RunSpec, spec: RunSpec
) -> None:
    cancelled_at: list[float] = []

    def cancel() -> None:
        cancelled_at.append(time.monotonic())
        executor.cancel("run-1")

    outcome = failure_of(run(executor, "run-1", long_spec, when(Phase.MEASURING, cancel)))
    assert time.monotonic() - cancelled_at[0] < 3
    assert (outcome.kind, outcome.phase) == (FailureKind.CANCELLED, Phase.MEASURING)
    after = result_of(run(executor, "run-2", spec, ignore))
    assert after.times.was_resident


def test_a_run_cancelled_before_it_begins_does_not_begin(
    executor: LocalExecutor, spec: RunSpec
) -> None:
    executor.cancel("run-1")
    assert failure_of(run(executor, "run-1", spec, ignore)).kind is FailureKind.CANCELLED


def test_a_killed_worker_fails_its_run_and_the_next_run_works(
    executor: LocalExecutor, long_spec: RunSpec, spec: RunSpec
) -> None:
    def kill() -> None:
        for child in psutil.Process().children():
            if "core.engine.worker" in child.cmdline():
                os.kill(child.pid, signal.SIGKILL)

    lost = failure_of(run(executor, "run-1", long_spec, when(Phase.MEASURING, kill)))
    assert lost.kind is FailureKind.LOST
    assert "SIGKILL" in lost.message
    assert lost.phase is Phase.MEASURING
    result_of(run(executor, "run-2", spec, ignore))


@pytest.mark.usefixtures("bundled_model")
def test_too_much_memory_is_refused_with_figures_and_the_next_run_works(
    executor: LocalExecutor, spec: RunSpec
) -> None:
    result_of(run(executor, "run-1", spec, ignore))
    greedy = build_spec({"batch_size": 4096, "max_new_tokens": 8000})
    outcome = failure_of(run(executor, "run-2", greedy, ignore))
    assert (outcome.kind, outcome.phase) == (FailureKind.OUT_OF_MEMORY, Phase.LOADING)
    assert outcome.needed_bytes is not None
    assert outcome.free_bytes is not None
    assert outcome.needed_bytes > outcome.free_bytes
    assert result_of(run(executor, "run-3", spec, ignore)).times.was_resident


def test_an_over_long_prompt_is_refused_before_any_load(
    executor: LocalExecutor, tiny_model_folder: Path
) -> None:
    spec = build_spec({"model": str(tiny_model_folder), "prompt": "word " * 600})
    refused = failure_of(run(executor, "run-1", spec, ignore))
    assert (refused.kind, refused.field) == (FailureKind.UNSUPPORTED, "prompt")
    assert "context" in refused.message
    assert executor.residents() is None or not executor.residents().residents


def test_closing_leaves_no_process_behind(executor: LocalExecutor, spec: RunSpec) -> None:
    result_of(run(executor, "run-1", spec, ignore))
    workers = [p for p in psutil.Process().children() if "core.engine.worker" in p.cmdline()]
    assert len(workers) == 1
    executor.close()
    assert not psutil.pid_exists(workers[0].pid)
