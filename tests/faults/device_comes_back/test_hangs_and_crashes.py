"""A worker that crashes, hangs or never ends, in each phase: the run says so, nothing of it is left
behind, and the next run works.
"""

import shutil
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.errors import FailureKind
from core.jobs.local_executor import LocalExecutor
from core.jobs.protocol import Progress
from core.results.measured import Phase
from core.results.types import RunFailure
from core.variants.request import build_spec, flat_values
from core.variants.spec import RunSpec
from tests.carrying import run
from tests.faults.device_comes_back.lying import with_fewer_rows
from tests.faults.device_comes_back.workers import once_in, worker, works

CANCEL_S = 3.0
GONE_S = 5.0
TASK = "prompt,expected\n" + "\n".join(f"{n} and {n} is,{2 * n}" for n in range(200))
COMPILED = {"compile": "whole", "kv_cache": "static"}
PHASES = (
    Phase.LOADING,
    Phase.COMPILING,
    Phase.WARMING_UP,
    Phase.MEASURING,
    Phase.MEMORY,
    Phase.QUALITY,
    Phase.TASK,
)


def mostly_soak(*brief: Phase, but: Iterable[Phase]) -> list[Any]:
    """All those phases, of which only the brief ones belong to every run of the tests."""
    rest = [phase for phase in but if phase not in brief]
    return [*brief, *(pytest.param(phase, marks=pytest.mark.soak) for phase in rest)]


def thorough(good: RunSpec, phase: Phase) -> RunSpec:
    """A run that spends a while in that phase."""
    values = {**flat_values(good), "batch_size": 8, "max_new_tokens": 300}
    if phase is Phase.QUALITY:
        values |= {"quality": True, "precision": "bf16"}
    if phase is Phase.TASK:
        values |= {"task": TASK}
    if phase is Phase.COMPILING:
        values |= COMPILED
    if phase in (Phase.MEMORY, Phase.QUALITY, Phase.TASK):
        values |= {"repeats": 1, "warmup": 0}
    return build_spec(values)


class Blow:
    """Something done to the worker in the middle of a run; when, and to whose family."""

    def __init__(self, strike: Callable[[psutil.Process], None]) -> None:
        self._strike = strike
        self.at = 0.0
        self.family: list[psutil.Process] = []

    def __call__(self) -> None:
        process = worker()
        self.family = [process, *process.children(recursive=True)]
        self.at = time.monotonic()
        self._strike(process)

    def nothing_is_left(self) -> None:
        _, alive = psutil.wait_procs(self.family, timeout=GONE_S)
        assert self.family
        assert alive == []


def struck(
    executor: LocalExecutor, spec: RunSpec, phase: Phase, blow: Blow, after_s: float = 0.0
) -> RunFailure:
    outcome = run(executor, "struck", spec, in_earnest(phase, blow, after_s))
    assert isinstance(outcome, RunFailure), outcome
    return outcome


def in_earnest(phase: Phase, blow: Blow, after_s: float) -> Callable[[Progress], None]:
    """Once the worker itself has told of that phase: first the executor does, while it starts."""
    notice = once_in(phase, blow, after_s)
    return lambda told: None if "starting the worker" in told.detail else notice(told)


@pytest.mark.parametrize("phase", PHASES)
def test_cancelling_takes_less_than_three_seconds(
    executor: LocalExecutor, good: RunSpec, phase: Phase
) -> None:
    blow = Blow(lambda _: executor.cancel("struck"))
    failure = struck(executor, thorough(good, phase), phase, blow)
    assert time.monotonic() - blow.at < CANCEL_S
    assert failure.kind is FailureKind.CANCELLED
    works(executor, good)


@pytest.mark.parametrize("phase", mostly_soak(Phase.COMPILING, but=PHASES))
def test_cancelling_what_hangs_takes_less_than_three_seconds(
    executor: LocalExecutor, good: RunSpec, phase: Phase
) -> None:
    """A stopped process answers nothing, as one that hangs in native code."""

    def hang_and_cancel(process: psutil.Process) -> None:
        process.suspend()
        executor.cancel("struck")

    blow = Blow(hang_and_cancel)
    failure = struck(executor, thorough(good, phase), phase, blow)
    assert time.monotonic() - blow.at < CANCEL_S
    assert failure.kind is FailureKind.CANCELLED
    blow.nothing_is_left()
    works(executor, good)


@pytest.mark.parametrize("phase", mostly_soak(Phase.MEASURING, but=PHASES[1:]))
def test_what_hangs_is_ended_by_the_deadline_of_its_phase(good: RunSpec, phase: Phase) -> None:
    executor, blow = LocalExecutor("cpu", {phase: 2.0}), Blow(lambda process: process.suspend())
    try:
        failure = struck(executor, thorough(good, phase), phase, blow)
        assert (failure.kind, failure.phase) == (FailureKind.TIMEOUT, phase)
        assert f"{phase} took longer than 2 s" in failure.message
        blow.nothing_is_left()
        works(executor, good)
    finally:
        executor.close()


def test_a_worker_that_does_not_come_up_is_ended_by_the_deadline(good: RunSpec) -> None:
    executor = LocalExecutor("cpu", {Phase.LOADING: 1.0})  # its imports alone take longer
    outcome = run(executor, "struck", good)
    executor.close()
    assert isinstance(outcome, RunFailure)
    assert (outcome.kind, outcome.phase) == (FailureKind.TIMEOUT, Phase.LOADING)


@pytest.mark.parametrize("phase", mostly_soak(Phase.COMPILING, but=PHASES))
def test_a_crash_is_told_with_its_signal(
    executor: LocalExecutor, good: RunSpec, phase: Phase
) -> None:
    blow = Blow(lambda process: process.send_signal(signal.SIGSEGV))
    failure = struck(executor, thorough(good, phase), phase, blow)
    assert (failure.kind, failure.phase) == (FailureKind.LOST, phase)
    assert "SIGSEGV" in failure.message
    blow.nothing_is_left()
    works(executor, good)


def test_a_model_that_lies_about_its_vocabulary_fails_and_the_next_run_works(
    executor: LocalExecutor, good: RunSpec, tiny_model_folder: Path, tmp_path: Path
) -> None:
    """Its tokenizer has tokens that the model has no row for: an index error, and on a GPU an
    assertion of the device, after which the process is of no use.
    """
    lying = shutil.copytree(tiny_model_folder, tmp_path / "lying")
    with_fewer_rows(lying, 100)
    spec = build_spec({**flat_values(good), "model": str(lying)})
    outcome = run(executor, "lying", spec)
    assert isinstance(outcome, RunFailure), outcome
    works(executor, good)
