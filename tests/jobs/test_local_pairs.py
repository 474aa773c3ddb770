"""Pairs over a real worker process, with a tiny real model."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.errors import FailureKind
from core.jobs.executor import OnProgress
from core.jobs.local_executor import LocalExecutor
from core.jobs.protocol import Progress
from core.results.measured import Phase
from core.results.types import Outcome, RunFailure, RunResult
from core.variants.pairing import PairPlan, Side
from core.variants.request import build_spec
from core.variants.spec import RunSpec
from tests import carrying
from tests.carrying import ignore
from tests.jobs.test_local_executor import changed, when

IDS = ("run-a", "run-b")
SHORT = PairPlan(most_pairs=6)
LONG = PairPlan(most_pairs=1000, smallest_effect=0.001)


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    made = LocalExecutor("cpu")
    yield made
    made.close()


@pytest.fixture
def spec(tiny_model_folder: Path) -> RunSpec:
    return build_spec({"model": str(tiny_model_folder), "max_new_tokens": 4, "quality": False})


@pytest.fixture
def slow_spec(spec: RunSpec) -> RunSpec:
    return changed(spec, max_new_tokens=50)


def run_pair(
    executor: LocalExecutor,
    a: RunSpec,
    b: RunSpec,
    on_progress: OnProgress = ignore,
    plan: PairPlan = SHORT,
) -> tuple[Outcome, Outcome]:
    return carrying.run_pair(executor, IDS, (a, b), plan, on_progress)


def results(pair: tuple[Outcome, Outcome]) -> tuple[RunResult, RunResult]:
    a, b = pair
    assert isinstance(a, RunResult), a
    assert isinstance(b, RunResult), b
    return a, b


def failures(pair: tuple[Outcome, Outcome]) -> tuple[RunFailure, RunFailure]:
    a, b = pair
    assert isinstance(a, RunFailure), a
    assert isinstance(b, RunFailure), b
    return a, b


def kill_worker() -> None:
    for child in psutil.Process().children():
        if "core.engine.worker" in child.cmdline():
            os.kill(child.pid, signal.SIGKILL)


def test_both_variants_are_resident_and_both_results_are_whole(
    executor: LocalExecutor, spec: RunSpec
) -> None:
    other = changed(spec, attention="eager", batch_size=2)
    seen: list[Progress] = []
    a, b = results(run_pair(executor, spec, other, seen.append))
    held = executor.residents()
    assert held is not None
    assert {one.variant for one in held.residents} == {spec.variant, other.variant}
    for side, run, partner, asked in ((Side.A, a, b, spec), (Side.B, b, a, other)):
        assert run.spec == asked
        assert run.pairing is not None
        assert (run.pairing.side, run.pairing.partner_id) == (side, partner.run_id)
        assert len(run.samples.e2e_s) == len(run.samples.token_s) == run.pairing.pairs == 6
        assert partner.memory.weights_bytes is not None
        assert run.memory.other_variants_bytes >= partner.memory.weights_bytes
        assert run.times.phases_s[Phase.WARMING_UP] > 0
    assert b.memory.other_variants_bytes == a.memory.weights_bytes  # B was loaded last
    assert (a.effective.attention, b.effective.attention) == ("sdpa", "eager")
    assert [len(run.output.new_tokens) for run in (a, b)] == [1, 2]
    assert a.environment.before == b.environment.before
    assert {progress.run_id for progress in seen} == {"run-a"}
    assert list(dict.fromkeys(progress.phase for progress in seen)) == [
        Phase.LOADING,
        Phase.WARMING_UP,
        Phase.MEASURING,
        Phase.MEMORY,
        Phase.DONE,
    ]


def test_a_variant_against_itself_is_loaded_once_and_measured_twice(
    executor: LocalExecutor, spec: RunSpec
) -> None:
    a, b = results(run_pair(executor, spec, spec))
    held = executor.residents()
    assert held is not None
    assert len(held.residents) == 1
    assert a.samples.e2e_s != b.samples.e2e_s
    assert a.memory.other_variants_bytes == b.memory.other_variants_bytes == 0
    assert a.output == b.output
    assert (a.times.was_resident, b.times.was_resident) == (False, True)


def test_other_lengths_of_one_variant_are_two_measurements(
    executor: LocalExecutor, spec: RunSpec
) -> None:
    a, b = results(run_pair(executor, spec, changed(spec, max_new_tokens=9, kv_cache="static")))
    assert [len(run.output.token_ids) for run in (a, b)] == [4, 9]
    assert [run.effective.cache_class for run in (a, b)] == [
        "DynamicCache (DynamicLayer)",
        "StaticCache (StaticLayer)",
    ]


def test_a_killed_worker_loses_both_and_the_next_pair_works(
    executor: LocalExecutor, spec: RunSpec, slow_spec: RunSpec
) -> None:
    notice = when(Phase.MEASURING, kill_worker)
    for lost in failures(run_pair(executor, slow_spec, slow_spec, notice, LONG)):
        assert (lost.kind, lost.phase) == (FailureKind.LOST, Phase.MEASURING)
        assert "SIGKILL" in lost.message
    results(run_pair(executor, spec, spec))


@pytest.mark.parametrize("phase", [Phase.LOADING, Phase.WARMING_UP, Phase.MEASURING])
def test_cancelling_ends_both(executor: LocalExecutor, slow_spec: RunSpec, phase: Phase) -> None:
    notice = when(phase, lambda: executor.cancel("run-a"))
    pair = failures(run_pair(executor, slow_spec, slow_spec, notice, LONG))
    assert [one.kind for one in pair] == [FailureKind.CANCELLED] * 2
    assert [one.run_id for one in pair] == ["run-a", "run-b"]


def test_a_pair_cancelled_before_it_begins_does_not_begin(
    executor: LocalExecutor, spec: RunSpec
) -> None:
    executor.cancel("run-a")
    pair = failures(run_pair(executor, spec, spec))
    assert [one.kind for one in pair] == [FailureKind.CANCELLED] * 2


def test_where_b_cannot_be_measured_a_says_why_it_stopped(
    executor: LocalExecutor, spec: RunSpec
) -> None:
    too_long = changed(spec, max_new_tokens=600)
    a, b = failures(run_pair(executor, spec, too_long))
    assert (b.kind, b.field) == (FailureKind.UNSUPPORTED, "max_new_tokens")
    assert (a.kind, a.field) == (FailureKind.CANCELLED, None)
    assert "run run-b, which failed: " in a.message
    assert b.message in a.message
    results(run_pair(executor, spec, spec))


@pytest.mark.usefixtures("bundled_model")
def test_too_much_memory_together_is_refused_with_figures_of_both(
    executor: LocalExecutor, spec: RunSpec
) -> None:
    greedy = build_spec({"batch_size": 4096, "max_new_tokens": 8000})
    for refused in failures(run_pair(executor, spec, greedy)):
        assert (refused.kind, refused.phase) == (FailureKind.OUT_OF_MEMORY, Phase.LOADING)
        assert "Both variants must be in memory together" in refused.message
        assert refused.needed_bytes is not None
        assert refused.free_bytes is not None
        assert refused.needed_bytes > refused.free_bytes
    assert executor.residents() is None or not executor.residents().residents
    results(run_pair(executor, spec, spec))


def test_a_phase_over_its_deadline_ends_both(slow_spec: RunSpec) -> None:
    executor = LocalExecutor("cpu", deadlines_s={Phase.MEASURING: 1.0})
    try:
        pair = failures(run_pair(executor, slow_spec, slow_spec, plan=LONG))
        assert [one.kind for one in pair] == [FailureKind.TIMEOUT] * 2
    finally:
        executor.close()


@pytest.mark.slow
@pytest.mark.usefixtures("bundled_model")
def test_the_bundled_model_against_itself_shows_no_difference_and_the_same_text(
    executor: LocalExecutor,
) -> None:
    spec = build_spec({"max_new_tokens": 4, "quality": False, "warmup": 2})
    a, b = results(run_pair(executor, spec, spec))
    assert a.pairing is not None
    assert a.pairing.stopped != "decided"
    assert "".join(a.output.token_texts) == a.output.text
    assert a.output == b.output


@pytest.mark.slow
@pytest.mark.usefixtures("bundled_model")
def test_memory_is_that_of_the_run_alone_whatever_the_other_brought(
    executor: LocalExecutor,
) -> None:
    """A quantising library comes with nf4, and is no part of what fp32 needs."""
    nf4 = build_spec({"max_new_tokens": 4, "quality": False, "warmup": 2, "precision": "nf4"})
    fp32 = changed(nf4, precision="fp32", compute_dtype="float32")
    a, b = results(run_pair(executor, nf4, fp32))
    assert a.memory.rest_bytes is not None
    assert b.memory.rest_bytes is not None
    assert b.memory.rest_bytes < a.memory.rest_bytes - 20_000_000
    assert 0 < b.memory.rest_bytes < 100_000_000


@pytest.mark.slow
@pytest.mark.usefixtures("bundled_model")
def test_twice_the_tokens_take_longer(executor: LocalExecutor) -> None:
    spec = build_spec({"max_new_tokens": 2, "quality": False, "warmup": 2})
    a, b = results(run_pair(executor, spec, changed(spec, max_new_tokens=10), plan=PairPlan()))
    assert a.pairing is not None
    assert b.pairing is not None
    assert a.pairing.stopped == b.pairing.stopped == "decided"
    assert a.pairing.pairs < 60
