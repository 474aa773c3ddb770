"""The history: rows from submission to the end, baselines, places, and lost runs."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import FailureKind, HistoryError, RequestError
from core.home import DATABASE_VARIABLE
from core.results.history import History
from core.results.measured import Phase
from core.results.metrics import METRICS
from core.results.types import RunFailure
from tests.results.conftest import address_of, again, sql
from tests.samples import DAWN, a_failure, a_result, a_spec

ROOT = Path(__file__).resolve().parents[2]


def test_a_run_is_stored_from_submission_to_result(history: History) -> None:
    spec = a_spec(precision="nf4")
    history.add("run-1", spec, DAWN)
    queued = history.get("run-1")
    assert queued is not None
    assert (queued.status, queued.spec, queued.outcome) == ("queued", spec, None)
    history.set_phase("run-1", Phase.MEASURING)
    running = history.get("run-1")
    assert running is not None
    assert (running.status, running.phase) == ("running", Phase.MEASURING)
    result = a_result("run-1", spec)
    history.finish(result)
    done = history.get("run-1")
    assert done is not None
    assert (done.status, done.outcome) == ("done", result)
    assert done.submitted_at == DAWN


def test_it_survives_a_restart(history: History) -> None:
    history.finish(a_result("run-1"))
    stored = again(history).get("run-1")
    assert stored is not None
    assert stored.outcome == a_result("run-1")


def test_an_end_can_be_stored_without_its_beginning(history: History) -> None:
    history.finish(a_failure("run-2", kind=FailureKind.OUT_OF_MEMORY))
    (row,) = history.rows()
    assert (row.run_id, row.status) == ("run-2", "out_of_memory")
    assert row.message == "The model could not be run."


def test_a_late_word_of_a_phase_does_not_bring_a_run_back(history: History) -> None:
    history.finish(a_failure("run-2", kind=FailureKind.CANCELLED))
    history.set_phase("run-2", Phase.MEASURING)
    assert [row.status for row in history.rows()] == ["cancelled"]


def test_the_end_stays_with_tags_note_and_submission(history: History) -> None:
    result = a_result("run-1")
    history.add("run-1", result.spec, result.submitted_at)
    history.tag(["run-1"], ["demo"])
    history.annotate("run-1", "on battery")
    history.finish(result)
    (row,) = history.rows()
    assert (row.status, row.tags, row.note) == ("done", ("demo",), "on battery")


def test_runs_in_full_come_in_the_order_asked_for(history: History) -> None:
    for minute in (1, 2, 3):
        history.finish(a_result(f"run-{minute}", minute=minute))
    sql(history, "UPDATE runs SET spec = '{' WHERE run_id = 'run-2'")
    found = history.in_full(["run-1", "run-2", "no-such-run", "run-3"])
    assert [run.run_id for run in found.runs] == ["run-1", "run-3"]
    assert found.damaged == ("run-2",)


def test_rows_are_newest_first_with_every_metric(history: History) -> None:
    for minute in (1, 3, 2):
        history.finish(a_result(f"run-{minute}", minute=minute))
    rows = history.rows()
    assert [row.run_id for row in rows] == ["run-3", "run-2", "run-1"]
    assert set(rows[0].metrics) == {metric.key for metric in METRICS}


def test_metrics_that_came_later_are_derived_from_the_samples(history: History) -> None:
    history.finish(a_result("run-1"))
    expected = history.rows()[0].metrics
    sql(history, "UPDATE runs SET metrics = '{}'")
    assert history.rows()[0].metrics == expected


def test_an_unknown_run_is_none(history: History) -> None:
    assert history.get("no-such-run") is None
    assert history.rows() == []


def test_tags_and_notes_replace_earlier_ones(history: History) -> None:
    history.finish(a_result("run-1"))
    history.tag(["run-1"], ["demo", " demo ", "", "slow"])
    history.annotate("run-1", "on battery")
    stored = history.get("run-1")
    assert stored is not None
    assert (stored.tags, stored.note) == (("demo", "slow"), "on battery")


def test_deleting_hides_and_restoring_shows_again(history: History) -> None:
    history.finish(a_result("run-1"))
    history.delete(["run-1"])
    assert history.rows() == []
    assert [row.run_id for row in history.rows(include_deleted=True)] == ["run-1"]
    history.restore(["run-1"])
    assert [row.run_id for row in history.rows()] == ["run-1"]


def test_a_run_that_is_not_over_cannot_be_deleted(history: History) -> None:
    history.add("run-1", a_spec(), DAWN)
    with pytest.raises(RequestError, match="not over"):
        history.delete(["run-1"])


def test_the_baseline_is_the_first_fp32_run_until_one_is_pinned(history: History) -> None:
    for minute, precision in enumerate(("nf4", "fp32", "fp32")):
        history.finish(a_result(f"run-{minute}", a_spec(precision=precision), minute=minute))
    model = a_spec().variant.model

    def baseline() -> str:
        found = history.baseline(model)
        assert found is not None
        return found.run_id

    assert baseline() == "run-1"
    history.pin_baseline(model, "run-0")
    assert (baseline(), history.pinned_baseline(model)) == ("run-0", "run-0")
    history.delete(["run-0"])
    assert baseline() == "run-1"
    history.restore(["run-0"])
    history.unpin_baseline(model)
    assert (baseline(), history.pinned_baseline(model)) == ("run-1", None)
    assert history.baseline("another-model") is None


def test_a_failure_cannot_be_a_baseline(history: History) -> None:
    history.finish(a_failure("run-2"))
    with pytest.raises(RequestError):
        history.pin_baseline("smollm2-135m", "run-2")


def test_a_run_of_another_model_cannot_be_a_baseline(history: History) -> None:
    history.finish(a_result("run-1"))
    with pytest.raises(RequestError, match="no measured run of another-model"):
        history.pin_baseline("another-model", "run-1")


def test_a_damaged_run_is_passed_over_as_a_baseline(history: History) -> None:
    for minute in (1, 2):
        history.finish(a_result(f"run-{minute}", minute=minute))
    sql(history, "UPDATE runs SET outcome = '{}' WHERE run_id = 'run-1'")
    found = history.baseline("smollm2-135m")
    assert found is not None
    assert found.run_id == "run-2"


@pytest.mark.parametrize("damage", ["[]", json.dumps({"tpot_s": "fast"})])
def test_a_damaged_row_hides_no_other(history: History, damage: str) -> None:
    history.finish(a_result("run-1", minute=1))
    history.finish(a_result("run-2", minute=2))
    sql(history, f"UPDATE runs SET metrics = '{damage}' WHERE run_id = 'run-1'")
    assert [row.status for row in history.rows()] == ["done", "unreadable"]


def test_a_damaged_outcome_is_told_when_it_is_opened(history: History) -> None:
    history.finish(a_result("run-1"))
    sql(history, "UPDATE runs SET outcome = '{}'")
    with pytest.raises(HistoryError, match="damaged"):
        history.get("run-1")
    assert history.baseline("smollm2-135m") is None


def test_more_runs_than_a_statement_has_variables_can_be_changed(history: History) -> None:
    history.finish(a_result("run-1"))
    most = sqlite3.connect(":memory:").getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    ids = ["run-1", *(f"other-{i}" for i in range(most))]
    history.delete(ids)
    assert history.rows() == []
    history.restore(ids)
    assert len(history.rows()) == 1


def test_similar_results_have_the_same_levers_first(history: History) -> None:
    for minute, values in enumerate(({}, {"precision": "nf4"}, {"batch_size": 4})):
        history.finish(a_result(f"run-{minute}", a_spec(**values), minute=minute))
    history.finish(a_failure("run-9", minute=9))
    found = history.similar_results(a_spec(precision="nf4", batch_size=8))
    assert [result.run_id for result in found] == ["run-1", "run-2", "run-0"]


def test_places_in_the_queue_count_earlier_runs_of_the_device(history: History) -> None:
    for minute in (2, 1, 3):
        result = a_result(minute=minute)
        history.add(f"run-{minute}", a_spec(), result.submitted_at)
    assert [history.queue_place(f"run-{minute}") for minute in (1, 2, 3)] == [1, 2, 3]
    history.set_phase("run-1", Phase.LOADING)
    assert history.queue_place("run-1") is None
    assert history.queue_place("run-3") == 3
    history.finish(a_failure("run-1"))
    assert history.queue_place("run-3") == 2


ABANDON = """
from core.results.history import History
from core.results.types import Phase
from tests.samples import DAWN, a_spec
history = History()
history.add("lost-1", a_spec(), DAWN)
history.set_phase("lost-1", Phase.MEASURING)
import os; os.kill(os.getpid(), 9)
"""


def test_a_killed_process_leaves_evidence_and_its_runs_become_lost(history: History) -> None:
    where = {**os.environ, DATABASE_VARIABLE: address_of(history)}
    subprocess.run([sys.executable, "-c", ABANDON], cwd=ROOT, env=where, check=False)
    history.add("mine", a_spec(), DAWN)
    assert history.queue_place("mine") == 1
    assert history.mark_lost() == ("lost-1",)
    stored = history.get("lost-1")
    assert stored is not None
    assert isinstance(stored.outcome, RunFailure)
    assert (stored.status, stored.outcome.phase) == ("lost", Phase.MEASURING)
    assert "while it was measuring" in stored.outcome.message
    mine = history.get("mine")
    assert mine is not None
    assert mine.status == "queued"
    assert history.mark_lost() == ()
