"""An experiment's life: begun, linked to its runs, ended, interrupted, taken up again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import HistoryError, RequestError
from core.home import DATABASE_VARIABLE
from core.results.experiments import ExperimentKind, Experiments, ExperimentStatus
from core.results.history import History
from tests.results.conftest import address_of, sql
from tests.samples import a_result

ROOT = Path(__file__).resolve().parents[2]
REQUEST = {"precision": ["fp32", "nf4"], "budget_s": 60}


@pytest.fixture
def experiments(history: History) -> Experiments:
    return Experiments(history)


def begun(experiments: Experiments) -> str:
    return experiments.begin(ExperimentKind.SWEEP, "Two precisions", REQUEST)


def status_of(experiments: Experiments, experiment_id: str) -> ExperimentStatus:
    row = experiments.get(experiment_id)
    assert row is not None
    return row.status


def test_it_is_stored_from_its_beginning_to_its_end(experiments: Experiments) -> None:
    experiment_id = begun(experiments)
    row = experiments.get(experiment_id)
    assert row is not None
    assert (row.kind, row.title, row.request) == (ExperimentKind.SWEEP, "Two precisions", REQUEST)
    assert (row.status, row.finished_at, row.result) == (ExperimentStatus.RUNNING, None, None)
    experiments.end(experiment_id, ExperimentStatus.DONE, {"best": "run-1"})
    ended = experiments.get(experiment_id)
    assert ended is not None
    assert ended.status is ExperimentStatus.DONE
    assert ended.result == {"best": "run-1"}
    assert ended.finished_at is not None
    assert ended.finished_at >= ended.created_at


def test_runs_are_linked_in_their_order_also_before_they_are_stored(
    history: History, experiments: Experiments
) -> None:
    experiment_id, other = begun(experiments), begun(experiments)
    experiments.link(experiment_id, "fp32", "run-2")
    experiments.link(other, "elsewhere", "run-9")
    history.finish(a_result("run-1"))
    experiments.link(experiment_id, "nf4", "run-1", reused=True)
    found = [(run.position, run.label, run.run_id, run.reused) for run in
             experiments.runs(experiment_id)]  # fmt: skip
    assert found == [(0, "fp32", "run-2", False), (1, "nf4", "run-1", True)]
    assert experiments.runs("no-such") == ()


def test_the_newest_come_first_and_kinds_are_told_apart(experiments: Experiments) -> None:
    first = begun(experiments)
    second = experiments.begin(ExperimentKind.CLAIM, "A claim", {})
    assert [row.experiment_id for row in experiments.listed()] == [second, first]
    assert [row.experiment_id for row in experiments.listed(ExperimentKind.SWEEP)] == [first]
    assert len(experiments.listed(limit=1)) == 1


def test_a_stopped_one_is_taken_up_by_anybody(experiments: Experiments) -> None:
    experiment_id = begun(experiments)
    experiments.end(experiment_id, ExperimentStatus.STOPPED, {"so far": 1})
    experiments.take_up(experiment_id)
    row = experiments.get(experiment_id)
    assert row is not None
    assert (row.status, row.finished_at) == (ExperimentStatus.RUNNING, None)
    experiments.end(experiment_id, ExperimentStatus.STOPPED)
    stopped = experiments.get(experiment_id)
    assert stopped is not None
    assert stopped.result == {"so far": 1}


def test_what_is_no_experiment_and_what_is_no_end_are_refused(experiments: Experiments) -> None:
    with pytest.raises(RequestError, match="no such experiment"):
        experiments.take_up("no-such")
    with pytest.raises(RequestError, match="no such experiment"):
        experiments.link("no-such", "fp32", "run-1")
    with pytest.raises(RequestError, match="no such experiment"):
        experiments.end("no-such", ExperimentStatus.DONE)
    with pytest.raises(RequestError, match="no end of an experiment"):
        experiments.end(begun(experiments), ExperimentStatus.INTERRUPTED)
    assert experiments.get("no-such") is None


BEGIN = """
import sys
from core.results.experiments import ExperimentKind, Experiments
from core.results.history import History
experiments = Experiments(History())
experiment_id = experiments.begin(ExperimentKind.SWEEP, "Elsewhere", {})
experiments.link(experiment_id, "fp32", "run-1")
print(experiment_id, flush=True)
sys.stdin.read()
"""


def test_one_that_another_process_runs_is_left_alone_until_that_process_is_gone(
    history: History, experiments: Experiments
) -> None:
    where = {**os.environ, DATABASE_VARIABLE: address_of(history)}
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN],
        cwd=ROOT,
        env=where,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        experiment_id = other.stdout.readline().strip()
        assert status_of(experiments, experiment_id) is ExperimentStatus.RUNNING
        with pytest.raises(RequestError, match=f"Process {other.pid} runs it"):
            experiments.take_up(experiment_id)
        other.kill()
        other.wait()
        assert status_of(experiments, experiment_id) is ExperimentStatus.INTERRUPTED
    assert [run.run_id for run in experiments.runs(experiment_id)] == ["run-1"]
    experiments.take_up(experiment_id)
    assert status_of(experiments, experiment_id) is ExperimentStatus.RUNNING
    experiments.link(experiment_id, "nf4", "run-2")
    assert [run.position for run in experiments.runs(experiment_id)] == [0, 1]


def test_a_damaged_one_is_told_and_hides_no_other(
    history: History, experiments: Experiments
) -> None:
    damaged, whole = begun(experiments), begun(experiments)
    sql(history, f"UPDATE experiments SET request = '[' WHERE experiment_id = '{damaged}'")
    with pytest.raises(HistoryError, match="damaged"):
        experiments.get(damaged)
    assert [row.experiment_id for row in experiments.listed()] == [whole]
