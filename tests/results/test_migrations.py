"""A history of an earlier version becomes today's, damaged rows and all."""

import multiprocessing
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import text

from core.results.history import History
from core.results.identity import present_environment_id
from core.results.queries import Wanted
from tests.results.conftest import an_old_history, sql
from tests.samples import a_failure, a_result, a_spec, an_environment

VERSION_2 = 2


@pytest.fixture
def old(sqlite_history: History) -> History:
    """Version 2 with a pinned baseline, a failure, and rows that are damaged in different ways."""
    whole = [a_result(f"run-{i}", a_spec(precision="nf4"), minute=i) for i in range(4)]
    an_old_history(sqlite_history, VERSION_2, *whole, a_failure("run-4", minute=4))
    sql(sqlite_history, "UPDATE runs SET outcome = '{' WHERE run_id = 'run-1'")
    sql(sqlite_history, "UPDATE runs SET spec = '[]' WHERE run_id = 'run-2'")
    sql(sqlite_history, "UPDATE runs SET tags = '[\"Früh\"]', note = 'KEPT' WHERE run_id = 'run-3'")
    sql(sqlite_history, "UPDATE runs SET tags = 'odd' WHERE run_id = 'run-4'")
    sql(sqlite_history, "INSERT INTO baselines VALUES ('smollm2-135m', 'run-3')")
    return sqlite_history


def test_no_row_is_lost_and_nothing_of_it_changes(old: History) -> None:
    rows = {row.run_id: row for row in old.rows()}
    assert list(rows) == ["run-4", "run-3", "run-2", "run-1", "run-0"]
    assert (rows["run-3"].tags, rows["run-3"].note) == (("Früh",), "KEPT")
    assert [rows[f"run-{i}"].status for i in (0, 1, 2, 4)] == [
        "done", "done", "done", "unreadable"
    ]  # fmt: skip
    assert old.pinned_baseline("smollm2-135m") == "run-3"
    stored = old.get("run-0")
    assert stored is not None
    assert stored.outcome == a_result("run-0", a_spec(precision="nf4"))


def test_whole_rows_can_be_chosen_among_and_damaged_ones_are_left_out(old: History) -> None:
    found = old.candidates(["tpot_s", "peak_bytes"])
    assert [candidate.run_id for candidate in found] == ["run-3", "run-0"]
    fresh = History(old.database.path.with_name("fresh.sqlite3"))
    fresh.finish(a_result("run-0", a_spec(precision="nf4")))
    (expected,) = fresh.candidates(["tpot_s", "peak_bytes"])
    assert found[1] == replace(expected, host="")


def test_all_rows_can_be_searched(old: History) -> None:
    assert [row.run_id for row in old.page(Wanted("FRÜH kept"), 9)] == ["run-3"]
    assert [row.run_id for row in old.page(Wanted("odd"), 9)] == ["run-4"]


def test_a_run_whose_threads_are_known_and_not_their_settings_is_measured_again(
    sqlite_history: History,
) -> None:
    result = a_result("run-1")
    before = result.environment.model_copy(update={"thread_settings": None})
    an_old_history(sqlite_history, VERSION_2, result.model_copy(update={"environment": before}))
    environment = present_environment_id(an_environment(), "cpu")
    assert environment is not None
    assert sqlite_history.measured_like(result.spec, environment) is None
    assert len(sqlite_history.candidates(["tpot_s"])) == 1


def _count(path: Path, counts: "multiprocessing.Queue[int]") -> None:
    counts.put(len(History(path, busy_timeout_s=30).candidates(["tpot_s"])))


def test_processes_that_open_it_at_once_migrate_it_once(
    sqlite_history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_old_history(sqlite_history, VERSION_2, *(a_result(f"run-{i}", minute=i) for i in range(20)))
    # A spawned process runs the main module again, and a page under test leaves itself as that.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    context = multiprocessing.get_context("spawn")
    counts: multiprocessing.Queue[int] = context.Queue()
    given = (sqlite_history.database.path, counts)
    openers = [context.Process(target=_count, args=given) for _ in range(3)]
    for opener in openers:
        opener.start()
    assert [counts.get(timeout=100) for _ in openers] == [20] * 3
    for opener in openers:
        opener.join(60)


def test_tables_are_the_same_whichever_version_they_began_with(sqlite_history: History) -> None:
    an_old_history(sqlite_history, 1, a_result("run-1"))
    sqlite_history.rows()
    fresh = History(sqlite_history.database.path.with_name("fresh.sqlite3"))
    fresh.rows()
    schemas = []
    for each in (sqlite_history, fresh):
        with each.reading() as connection:
            found = connection.execute(text("SELECT name, sql FROM sqlite_master ORDER BY name"))
            schemas.append(found.all())
    assert schemas[0] == schemas[1]
