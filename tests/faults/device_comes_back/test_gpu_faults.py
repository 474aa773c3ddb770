"""What breaks a GPU's process: a program that takes its memory, an assertion of the device."""

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import FailureKind
from core.jobs.local_executor import LocalExecutor
from core.results.measured import Phase
from core.results.types import RunFailure
from core.variants.request import build_spec
from core.variants.spec import RunSpec
from tests.carrying import run
from tests.faults.device_comes_back.lying import with_fewer_rows
from tests.faults.device_comes_back.workers import once_in, works

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(600)]
HERE = {"device": "cuda:0", "quality": False, "repeats": 5}
LEFT_BYTES = 64 * 2**20
TAKER = f"""
import sys, torch
torch.zeros(1, device="cuda")
print("ready", flush=True)
for _ in sys.stdin:
    free, _ = torch.cuda.mem_get_info()
    taken = torch.empty(max(0, free - {LEFT_BYTES}), dtype=torch.uint8, device="cuda")
    print("taken", flush=True)
"""


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    made = LocalExecutor("cuda:0")
    yield made
    made.close()


@pytest.fixture
def good(bundled_model: Path) -> RunSpec:
    assert bundled_model.is_dir()
    return build_spec({**HERE, "max_new_tokens": 8})


@contextlib.contextmanager
def taker() -> Iterator[Callable[[], None]]:
    """A program that takes, once it is called, nearly all of the GPU's free memory, to the end."""
    with subprocess.Popen(
        [sys.executable, "-c", TAKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        given, said = process.stdin, process.stdout

        def take() -> None:
            given.write(b"take\n")
            given.flush()
            assert said.readline() == b"taken\n"

        try:
            yield take
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("phase", "values"),
    [
        (Phase.LOADING, {"precision": "fp32"}),
        (Phase.WARMING_UP, {"batch_size": 256, "prompt_tokens": 2000, "max_new_tokens": 2}),
        (Phase.WARMING_UP, {"batch_size": 256, "prompt_tokens": 16, "max_new_tokens": 2000}),
    ],
    ids=["load", "prefill", "decode"],
)
def test_memory_that_another_program_takes_fails_the_run_five_times_and_then_it_works(
    executor: LocalExecutor, good: RunSpec, phase: Phase, values: dict[str, object]
) -> None:
    works(executor, good)
    for number in range(5):
        with taker() as take:
            outcome = run(
                executor, f"starved-{number}", build_spec({**HERE, **values}), once_in(phase, take)
            )
        assert isinstance(outcome, RunFailure), outcome
        assert outcome.kind is FailureKind.OUT_OF_MEMORY
        works(executor, good)


def test_an_assertion_of_the_device_ends_the_process_and_the_next_run_works(
    executor: LocalExecutor, good: RunSpec, tiny_model_folder: Path, tmp_path: Path
) -> None:
    lying = shutil.copytree(tiny_model_folder, tmp_path / "lying")
    with_fewer_rows(lying, 100)
    outcome = run(executor, "lying", build_spec({**HERE, "model": str(lying)}))
    assert isinstance(outcome, RunFailure), outcome
    works(executor, good)
