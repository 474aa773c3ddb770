"""Load orders over a real worker process, with a tiny real model."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.errors import FailureKind
from core.jobs.executor import OnProgress
from core.jobs.local_executor import LocalExecutor
from core.jobs.protocol import LoadCommand, Progress
from core.results.load_outcome import CalibrationEnd, LoadFailure, LoadOutcome, ServingEnd
from core.results.measured import Phase
from core.variants.load import Load
from core.variants.load_order import CalibrationOrder, LoadOrder, ServingOrder, range_of
from core.variants.policy import Policy, PolicyKind
from core.variants.spec import VariantSpec
from tests.carrying import ignore

LENGTHS = {"prompt_lengths": "uniform:2-20", "output_lengths": "uniform:2-6"}
QUICK = Load.model_validate({"requests": 6, "rate_per_s": 20.0, **LENGTHS})
SLOW = Load.model_validate({"requests": 50, "rate_per_s": 0.5, **LENGTHS})
BOTH = tuple(
    Policy(kind=kind, batch_size=3, timeout_s=0.1)
    for kind in (PolicyKind.GROUPED, PolicyKind.CONTINUOUS)
)


@pytest.fixture(scope="module")
def variant(tiny_model_folder: Path) -> VariantSpec:
    return VariantSpec(model=str(tiny_model_folder))


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    made = LocalExecutor("cpu")
    yield made
    made.close()


def carried_out(
    executor: LocalExecutor, order: LoadOrder, on_progress: OnProgress = ignore, key: str = "load-1"
) -> LoadOutcome:
    (outcome,) = executor.carry_out(LoadCommand(run_id=key, order=order), on_progress)
    assert isinstance(outcome, CalibrationEnd | ServingEnd | LoadFailure)
    return outcome


def once_measuring(act: OnProgress) -> OnProgress:
    """Do something, once, in a thread, as soon as a load is being served."""
    done = threading.Event()

    def notice(progress: Progress) -> None:
        if progress.phase is Phase.MEASURING and not done.is_set():
            done.set()
            threading.Timer(0.5, act, [progress]).start()

    return notice


def test_steps_are_measured_and_then_loads_served_by_one_worker(
    executor: LocalExecutor, variant: VariantSpec
) -> None:
    order = CalibrationOrder(variant=variant, range=range_of(QUICK, BOTH), seconds=0.1)
    steps = carried_out(executor, order)
    assert isinstance(steps, CalibrationEnd), steps
    assert steps.calibration.environment is not None
    assert steps.calibration.effective is not None
    for policy in BOTH:
        seen: list[Progress] = []
        order = ServingOrder(variant=variant, load=QUICK, policy=policy)
        served = carried_out(executor, order, seen.append)
        assert isinstance(served, ServingEnd), served
        assert [one.number for one in served.served.served] == list(range(6))
        assert (seen[-1].done, seen[-1].total) == (6, 6)
        assert served.seconds < 60


@pytest.mark.parametrize("policy", BOTH)
def test_cancelling_ends_a_load_soon(
    executor: LocalExecutor, variant: VariantSpec, policy: Policy
) -> None:
    cancelled_at: list[float] = []

    def cancel(_: Progress) -> None:
        cancelled_at.append(time.monotonic())
        executor.cancel("load-1")

    order = ServingOrder(variant=variant, load=SLOW, policy=policy)
    outcome = carried_out(executor, order, once_measuring(cancel))
    assert time.monotonic() - cancelled_at[0] < 3
    assert isinstance(outcome, LoadFailure)
    assert (outcome.kind, outcome.phase) == (FailureKind.CANCELLED, Phase.MEASURING)


def test_a_killed_worker_loses_the_load(executor: LocalExecutor, variant: VariantSpec) -> None:
    def kill(_: Progress) -> None:
        for child in psutil.Process().children():
            if "core.engine.worker" in child.cmdline():
                os.kill(child.pid, signal.SIGKILL)

    order = ServingOrder(variant=variant, load=SLOW, policy=BOTH[0])
    outcome = carried_out(executor, order, once_measuring(kill))
    assert isinstance(outcome, LoadFailure)
    assert outcome.kind in (FailureKind.LOST, FailureKind.OUT_OF_MEMORY)
    assert executor.residents() is None
