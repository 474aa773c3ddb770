"""The queue of a device: whatever is submitted and cancelled, each job ends once and in turn."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import FailureKind
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.load_outcome import LoadOutcome
from core.results.measured import Phase
from core.results.types import Outcome, RunFailure, RunResult
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
    failed = {run_id for run_id, end in ends.items() if isinstance(end, RunFailure)}
    assert failed <= cancelled
    assert {*submitted} - failed <= {*executor.started}
    ended_as_stored(file, ends)


def ended_as_stored(file: Path, ends: Mapping[str, Outcome | LoadOutcome | None]) -> None:
    """Each job has its own end, which the history has too, and it has no other runs."""
    history = History(file)
    assert {row.run_id for row in history.rows()} == ends.keys()
    for run_id, end in ends.items():
        assert isinstance(end, RunResult | RunFailure)
        assert end.run_id == run_id
        assert isinstance(end, RunResult) or end.kind is FailureKind.CANCELLED
        stored = history.get(run_id)
        assert stored is not None
        assert stored.outcome == end
