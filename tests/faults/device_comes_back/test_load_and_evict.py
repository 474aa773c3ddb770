"""Loading and freeing variants again and again gives all memory back, over all levers."""

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from urllib.parse import parse_qsl

import pytest

from core.jobs.local_executor import LocalExecutor
from core.variants.request import build_spec
from core.variants.spec import RunSpec
from tests.faults.device_comes_back.workers import worker, works
from tests.faults.own_memory import own_bytes
from tests.faults.soak.day import LEVERS

MOST_GROWTH = 0.05
WARM = 2
FREED_S = 30.0
SHORT = {"max_new_tokens": 4, "repeats": 1, "warmup": 0, "quality": False}
GPU_LEVERS = (
    {"precision": "fp16"},
    {"precision": "nf4"},
    {"precision": "int8"},
    {"kv_cache": "static"},
    {"compile": "whole", "kv_cache": "static"},
    {"batch_size": 16},
)


@pytest.mark.parametrize(
    "rounds",
    [3, pytest.param(20, marks=[pytest.mark.soak, pytest.mark.timeout(3 * 3600)])],
)
def test_rounds_over_the_levers_leave_the_memory_as_it_was(
    executor: LocalExecutor, good: RunSpec, bundled_model: Path, rounds: int
) -> None:
    """The worker's own memory with nothing loaded, once each lever was loaded twice, and after the
    last rounds: by then what libraries keep of a first load is there. The short form goes over a
    tiny model.
    """
    assert bundled_model.is_dir()
    levers = [dict(parse_qsl(lever)) for lever in LEVERS]
    if rounds < 20:
        levers = [{"model": good.variant.model, "precision": name} for name in ("fp32", "nf4")]
    held = []
    for number in range(rounds):
        one_round(executor, [build_spec({**SHORT, **lever}) for lever in levers], number)
        held.append(own_bytes(worker()))
    print(f"the worker held {[f'{size / 1e6:.0f} MB' for size in held]} with nothing loaded")
    assert median(held[WARM:][-3:]) < held[WARM - 1] * (1 + MOST_GROWTH)


@pytest.mark.gpu
@pytest.mark.timeout(600)
def test_a_gpu_has_its_memory_back_after_each_round(bundled_model: Path) -> None:
    assert bundled_model.is_dir()
    executor = LocalExecutor("cuda:0")
    specs = [build_spec({**SHORT, "device": "cuda:0", **lever}) for lever in GPU_LEVERS]
    plain, free = build_spec({**SHORT, "device": "cuda:0"}), []
    try:
        for number in range(5):
            one_round(executor, specs, number)
            after = works(executor, plain, "plain").environment.after.free_bytes
            executor.drop(plain.variant.id)
            assert after is not None
            free.append(after)
    finally:
        executor.close()
    used = [free[0] - now for now in free]
    assert max(used) < MOST_GROWTH * 1e9, f"free after each round: {free}"


def one_round(executor: LocalExecutor, specs: Sequence[RunSpec], number: int) -> None:
    """Load and run each, then free all of them, which the worker does when it comes to it."""
    for spec in specs:
        works(executor, spec, f"{number}-{spec.id}")
    for spec in specs:
        executor.drop(spec.variant.id)
    deadline = time.monotonic() + FREED_S
    while (held := executor.residents()) and held.residents and time.monotonic() < deadline:
        time.sleep(0.1)
    assert held is not None
    assert held.residents == ()
