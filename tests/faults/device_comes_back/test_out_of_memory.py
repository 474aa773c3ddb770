"""Real lack of memory in a real worker, again and again: at load, in prefill and in decode. The
worker's own address space is limited in the middle of a run, so that an allocation fails there.
"""

from collections.abc import Callable

import psutil
import pytest

from core.errors import FailureKind
from core.jobs.local_executor import LocalExecutor
from core.jobs.protocol import Progress
from core.results.measured import Phase
from core.results.types import RunFailure
from core.variants.request import build_spec
from core.variants.spec import RunSpec
from tests.carrying import run
from tests.faults.device_comes_back.workers import once_in, plenty_again, spare, worker, works

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("bundled_model")]
TIMES = [2, pytest.param(5, marks=pytest.mark.soak)]
SHORT = {"quality": False, "repeats": 5}
LONG_PROMPT = {**SHORT, "batch_size": 8, "prompt_tokens": 200, "max_new_tokens": 2}
LONG_OUTPUT = {**SHORT, "batch_size": 8, "prompt_tokens": 30, "max_new_tokens": 400}


def starve(extra_bytes: int, process: psutil.Process) -> Callable[[], None]:
    return lambda: spare(process, extra_bytes)


def fails_for_want_of_memory(
    executor: LocalExecutor, number: int, spec: RunSpec, notice: Callable[[Progress], None]
) -> RunFailure:
    with plenty_again():
        outcome = run(executor, f"greedy-{number}", spec, notice)
    assert isinstance(outcome, RunFailure), outcome
    assert outcome.kind is FailureKind.OUT_OF_MEMORY, outcome
    return outcome


@pytest.mark.parametrize("times", TIMES)
def test_at_load(executor: LocalExecutor, good: RunSpec, times: int) -> None:
    works(executor, good)
    process, spec = worker(), build_spec(SHORT)
    before = process.memory_info().rss
    for number in range(times):
        notice = once_in(Phase.LOADING, starve(100_000_000, process))
        failure = fails_for_want_of_memory(executor, number, spec, notice)
        assert failure.phase is Phase.LOADING
        works(executor, good)
    assert worker().memory_info().rss < before * 1.05 + 50_000_000


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize(
    ("values", "after_s"), [(LONG_PROMPT, 0.0), (LONG_OUTPUT, 2.0)], ids=["prefill", "decode"]
)
def test_in_the_middle_of_a_generation(
    executor: LocalExecutor, good: RunSpec, values: dict[str, object], after_s: float, times: int
) -> None:
    works(executor, build_spec({**SHORT, "max_new_tokens": 2}))
    process, spec = worker(), build_spec(values)
    before = process.memory_info().rss
    for number in range(times):
        notice = once_in(Phase.WARMING_UP, starve(2_000_000, process), after_s)
        failure = fails_for_want_of_memory(executor, number, spec, notice)
        assert failure.phase in (Phase.WARMING_UP, Phase.MEASURING)
        works(executor, good)
    assert worker().memory_info().rss < before * 1.05
