"""Another program on the device: the result's grade says so."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.jobs.manager import JobManager
from core.results.types import Grade, RunResult
from core.variants.request import build_spec

BURN = "while True: pass"


@contextlib.contextmanager
def burning(processes: int) -> Iterator[None]:
    """So many processes that do nothing but take a core each."""
    started = [subprocess.Popen([sys.executable, "-c", BURN]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_foreign_load_lowers_the_grade_and_is_named(tiny_model_folder: Path) -> None:
    spec = build_spec(
        {"model": str(tiny_model_folder), "max_new_tokens": 64, "repeats": 10, "quality": False}
    )
    with JobManager() as jobs, burning(os.cpu_count() or 1):
        result = jobs.wait(jobs.submit(spec))
    assert isinstance(result, RunResult), result
    assert result.trust.grade is not Grade.A
    assert any("Other processes used" in reason for reason in result.trust.reasons)
    assert (result.environment.after.other_cpu_share or 0) > 0.10


@pytest.mark.gpu
def test_another_process_on_the_gpu_lowers_the_grade(tiny_model_folder: Path) -> None:
    hold = "import torch, time; x = torch.zeros(10, device='cuda'); print(1, flush=True); "
    command = [sys.executable, "-c", hold + "time.sleep(600)"]
    spec = build_spec({"model": str(tiny_model_folder), "device": "cuda:0", "quality": False})
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other, JobManager() as jobs:
        assert other.stdout is not None
        assert other.stdout.readline()
        try:
            result = jobs.wait(jobs.submit(spec))
        finally:
            other.kill()
    assert isinstance(result, RunResult), result
    assert result.trust.grade is not Grade.A
    assert any("on the GPU" in reason for reason in result.trust.reasons)
