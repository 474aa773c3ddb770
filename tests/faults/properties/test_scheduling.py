"""The queue of a device: whatever is submitted and cancelled, each job ends once and in turn."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import FailureKind
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.measured import Phase
from core.results.types import RunFailure, RunResult
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import until
from tests.samples import a_spec

STEPS = st.lists(
    st.one_of(st.just("submit"), st.tuples(st.just("cancel"), st.integers(0, 9))),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS, st.booleans())
def test_each_job_ends_once_one_at_a_time_and_in_the_order_of_submission(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str | tuple[str, int]], held: bool
) -> None:
    executor = FakeExecutor(hold=Phase.LOADING if held else None)
    file = tmp_path_factory.mktemp("jobs") / "history.sqlite3"
    submitted: list[str] = []
    cancelled: set[str] = set()
    with JobManager(History(file), lambda _: executor) as jobs:
        for step in steps:
            if isinstance(step, str):
                submitted.append(jobs.submit(a_spec(seed=len(submitted))))
            elif submitted:
                run_id = submitted[step[1] % len(submitted)]
                jobs.cancel(run_id)
                cancelled.add(run_id)
        executor.release()
        ends = {run_id: jobs.wait(run_id) for run_id in submitted}
        until(lambda: not jobs.active())
    assert executor.most_running <= 1
    assert executor.started == [run_id for run_id in submitted if run_id in {*executor.started}]
    assert len(executor.started) == len({*executor.started})
    for run_id, end in ends.items():
        assert end is not None
        assert end.run_id == run_id
        if isinstance(end, RunFailure):
            assert end.kind is FailureKind.CANCELLED
            assert run_id in cancelled
        else:
            assert isinstance(end, RunResult)
            assert run_id in executor.started
    _same_in_history(file, ends)


def _same_in_history(file: Path, ends: dict[str, object]) -> None:
    history = History(file)
    assert {row.run_id for row in history.rows()} == ends.keys()
    for run_id, end in ends.items():
        stored = history.get(run_id)
        assert stored is not None
        assert stored.outcome == end
