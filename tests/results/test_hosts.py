"""Several machines with one history: whose runs are judged, and who waits for whom."""

import os

import pytest

from core.errors import FailureKind, RequestError
from core.results import owner
from core.results.csv.export import to_csv
from core.results.experiments import ExperimentKind, Experiments, ExperimentStatus
from core.results.history import History
from core.results.measured import Phase
from core.results.owner import SILENCE_S, this_host
from core.results.queries import Wanted
from core.variants.environment import node_name
from tests.results.conftest import sql
from tests.sample_machines import a_run_environment
from tests.samples import DAWN, a_failure, a_result, a_spec

THERE = "owner_host = 'there', host_name = 'gpu-box', owner_pid = 1"


def moved(history: History, run_id: str, silent_s: float = 0.0) -> None:
    """Make a run one of another machine that has said nothing for so long."""
    change = f"{THERE}, owner_seen = owner_seen - {silent_s}"
    sql(history, f"UPDATE runs SET {change} WHERE run_id = '{run_id}'")


def test_a_run_of_another_machine_is_left_alone_while_that_one_speaks(history: History) -> None:
    history.add("run-1", a_spec(), DAWN)
    moved(history, "run-1", SILENCE_S - 20)
    assert history.mark_lost() == ()
    (row,) = history.rows()
    assert (row.status, row.host_name) == ("queued", "gpu-box")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can have been silent for longer than a test's server has been up."""
    monkeypatch.setattr(owner, "SILENCE_S", 0.05)


@pytest.mark.usefixtures("impatient")
def test_a_run_of_a_machine_that_fell_silent_is_lost_until_its_end_comes(history: History) -> None:
    history.add("run-1", a_spec(), DAWN)
    history.set_phase("run-1", Phase.MEASURING)
    moved(history, "run-1", SILENCE_S + 20)
    assert history.mark_lost() == ("run-1",)
    stored = history.get("run-1")
    assert stored is not None
    assert stored.status == str(FailureKind.LOST)
    assert "Process 1 on gpu-box" in stored.outcome.message  # type: ignore[union-attr]
    assert "not heard of" in stored.outcome.message  # type: ignore[union-attr]
    history.finish(a_result("run-1"))
    assert [row.status for row in history.rows()] == ["done"]


def test_a_run_of_this_machine_is_looked_up_however_long_it_said_nothing(history: History) -> None:
    history.add("run-1", a_spec(), DAWN)
    sql(history, "UPDATE runs SET owner_seen = 0")
    assert history.mark_lost() == ()


def test_the_queue_of_another_machine_holds_nobody_up(history: History) -> None:
    for minute in (1, 2, 3, 4):
        history.add(f"run-{minute}", a_spec(), a_result(minute=minute).submitted_at)
    moved(history, "run-1")
    moved(history, "run-3")
    places = [history.queue_place(f"run-{minute}") for minute in (1, 2, 3, 4)]
    assert places == [1, 1, 2, 2]


def test_a_word_from_here_is_for_what_is_not_over_here(history: History) -> None:
    experiments = Experiments(history)
    for run_id in ("here", "there", "over"):
        history.add(run_id, a_spec(), DAWN)
    history.finish(a_failure("over"))
    experiment_id = experiments.begin(ExperimentKind.SWEEP, "A sweep", {})
    moved(history, "there")
    for table in ("runs", "experiments"):
        sql(history, f"UPDATE {table} SET owner_seen = 7")
    history.beat()
    assert {"here"} == spoken(history, "runs", "run_id")
    assert {experiment_id} == spoken(history, "experiments", "experiment_id")


def spoken(history: History, table: str, key: str) -> set[str]:
    with history.reading() as connection:
        found = connection.exec_driver_sql(f"SELECT {key} FROM {table} WHERE owner_seen > 7")
        return {record[0] for record in found}


def test_nothing_is_written_where_nothing_is_owned(history: History) -> None:
    history.finish(a_result("run-1"))
    before = history.stamp()
    history.beat()
    assert history.stamp() == before
    history.add("run-2", a_spec(), DAWN)
    assert history.stamp() != before


def test_an_experiment_of_a_machine_that_speaks_is_left_alone(history: History) -> None:
    experiments = Experiments(history)
    experiment_id = experiments.begin(ExperimentKind.SWEEP, "A sweep", {})
    sql(history, f"UPDATE experiments SET {THERE}")
    assert experiments.listed()[0].status is ExperimentStatus.RUNNING
    with pytest.raises(RequestError, match="Process 1 on gpu-box runs it"):
        experiments.take_up(experiment_id)


@pytest.mark.usefixtures("impatient")
def test_an_experiment_of_a_machine_that_fell_silent_is_resumed_here(history: History) -> None:
    experiments = Experiments(history)
    experiment_id = experiments.begin(ExperimentKind.SWEEP, "A sweep", {})
    sql(history, f"UPDATE experiments SET {THERE}, owner_seen = owner_seen - 20")
    assert experiments.listed()[0].status is ExperimentStatus.INTERRUPTED
    experiments.take_up(experiment_id)
    assert experiments.listed()[0].status is ExperimentStatus.RUNNING
    with history.reading() as connection:
        statement = "SELECT owner_host, owner_pid FROM experiments"
        found = connection.exec_driver_sql(statement).one()
    assert tuple(found) == (this_host(), os.getpid())


def test_a_run_shows_the_machine_that_measured_it(history: History) -> None:
    history.add("run-1", a_spec(), DAWN)
    assert history.rows()[0].host_name == node_name()
    node = a_run_environment().model_copy(update={"host_name": "node-7"})
    history.finish(a_result("run-1", environment=node))
    history.finish(a_result("run-2", minute=-1))
    assert [row.host_name for row in history.rows()] == ["node-7", node_name()]
    assert history.ids(Wanted("NODE-7")) == ["run-1"]
    stored = history.get("run-1")
    assert stored is not None
    assert stored.host_name == "node-7"
    lines = "".join(to_csv(history.in_parts(["run-1"]), ())).splitlines()
    position = lines[0].split(",").index("host_name")
    assert lines[1].split(",")[position] == "node-7"


def test_a_run_stored_without_its_machine_is_judged_by_its_process(history: History) -> None:
    history.add("run-1", a_spec(), DAWN)
    history.add("run-2", a_spec(), DAWN)
    sql(history, "UPDATE runs SET owner_host = NULL, owner_seen = NULL, host_name = NULL")
    assert history.mark_lost() == ()
    sql(history, "UPDATE runs SET owner_started = 1 WHERE run_id = 'run-2'")
    assert history.mark_lost() == ("run-2",)
    assert [row.host_name for row in history.rows()] == [None, None]
