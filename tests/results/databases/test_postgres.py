"""PostgreSQL as the history's database: many at once, crashes, refusals, and texts of any kind."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import HistoryError
from core.home import DATABASE_VARIABLE
from core.jobs.manager import JobManager
from core.results.databases.postgres import MOST
from core.results.history import History
from core.results.queries import Wanted
from tests.fake_executor import FakeExecutor
from tests.postgres_server import PASSWORD, PostgresServer
from tests.results.conftest import again, sql
from tests.samples import DAWN, a_result, a_spec

ROOT = Path(__file__).resolve().parents[3]
WRITE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from core.results.history import History
from tests.samples import a_result

def write(writer):
    history = History(busy_timeout_s=30)
    for number in range(10):
        history.finish(a_result(f"run-{sys.argv[1]}-{writer}-{number}"))

with ThreadPoolExecutor(4) as pool:
    list(pool.map(write, range(4)))
"""


@pytest.fixture
def history(postgres_history: History) -> History:
    return postgres_history


def _processes(script: str, address: str, count: int) -> list[int]:
    where = {**os.environ, DATABASE_VARIABLE: address}
    commands = [[sys.executable, "-c", script, str(i)] for i in range(count)]
    started = [subprocess.Popen(command, cwd=ROOT, env=where) for command in commands]
    return [process.wait(100) for process in started]


def test_eight_writers_of_two_processes_share_an_empty_database_and_lose_nothing(
    empty_database: str,
) -> None:
    assert _processes(WRITE, empty_database, 2) == [0, 0]
    history = History(empty_database)
    assert len(history.rows()) == 80
    assert history.stamp()[1] >= 80  # type: ignore[index]


def test_threads_that_open_an_empty_database_at_once_make_its_tables_once(
    empty_database: str,
) -> None:
    everybody = threading.Barrier(6)

    def count(_: int) -> int:
        everybody.wait()
        return len(History(empty_database, busy_timeout_s=30).rows())

    with ThreadPoolExecutor(6) as pool:
        assert [*pool.map(count, range(6))] == [0] * 6


def test_a_process_has_no_more_connections_than_it_may(
    postgres: PostgresServer, history: History
) -> None:
    held = threading.Event()
    counted = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'llm-tradeoffs'"

    def read(_: int) -> None:
        with again(history).reading():
            held.wait(20)

    def release() -> None:
        busy = 0
        while busy < MOST:
            busy = int(str(postgres.execute(counted)[0][0]))
        seen.append(busy)
        held.set()

    seen: list[int] = []
    with ThreadPoolExecutor(2 * MOST + 1) as pool:
        waiting = [pool.submit(read, i) for i in range(2 * MOST)]
        pool.submit(release).result(30)
        for each in waiting:
            each.result(30)
    assert seen == [MOST]


def test_a_forked_process_begins_with_connections_of_its_own(history: History) -> None:
    history.finish(a_result("run-1"))
    child = os.fork()
    if child == 0:
        os._exit(0 if len(history.rows()) == 1 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert len(history.rows()) == 1


def test_a_locked_history_is_told_after_the_timeout_and_can_still_be_read(
    history: History,
) -> None:
    history.finish(a_result("run-1"))
    with again(history).writing():
        with pytest.raises(HistoryError, match="keeps it locked"):
            history.finish(a_result("run-2"))
        assert len(history.rows()) == 1
    history.finish(a_result("run-2"))
    assert len(history.rows()) == 2


def _write(history: History, statement: str, meanwhile: Callable[[], object]) -> None:
    """Carry out a statement in a transaction to which something happens before its end."""
    with history.writing() as connection:
        connection.execute(text(statement))
        meanwhile()
        connection.execute(text("SELECT 1"))


def test_a_server_that_dies_in_the_middle_leaves_nothing_half_written(
    postgres: PostgresServer, history: History
) -> None:
    history.finish(a_result("run-1"))
    with pytest.raises(HistoryError, match="fails") as told:
        _write(history, "DELETE FROM runs", postgres.stop)
    assert PASSWORD not in str(told.value)
    with pytest.raises(HistoryError, match="refused"):
        history.rows()
    postgres.start()
    assert [row.run_id for row in history.rows()] == ["run-1"]
    history.finish(a_result("run-2"))


def test_idle_connections_outlive_a_restart(postgres: PostgresServer, history: History) -> None:
    history.finish(a_result("run-1"))
    postgres.stop(signal.SIGINT)
    postgres.start()
    assert [row.run_id for row in history.rows()] == ["run-1"]


def test_what_a_dead_server_could_not_take_is_saved_when_it_is_back(
    postgres: PostgresServer, history: History
) -> None:
    history.rows()
    with JobManager(history, lambda _: FakeExecutor()) as jobs:
        postgres.stop()
        run_id = jobs.submit(a_spec())
        jobs.wait(run_id)
        (unsaved,) = jobs.unsaved()
        assert PASSWORD not in str(unsaved.unsaved)
        with pytest.raises(HistoryError):
            jobs.save_again()
        postgres.start()
        jobs.save_again()
        assert jobs.unsaved() == ()
    assert [(row.run_id, row.status) for row in history.rows()] == [(run_id, "done")]


def test_a_lost_connection_is_told(postgres: PostgresServer, history: History) -> None:
    ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shared'"
    with pytest.raises(HistoryError, match="ended the connection"):
        _write(history, "DELETE FROM runs", lambda: postgres.execute(ending))
    assert history.rows() == []


def test_tables_that_were_taken_away_are_made_again(empty_database: str) -> None:
    history = History(empty_database)
    history.finish(a_result("run-1"))
    before = history.stamp()
    sql(history, "DROP SCHEMA public CASCADE")
    sql(history, "CREATE SCHEMA public")
    with pytest.raises(HistoryError, match="gone"):
        history.rows()
    history.finish(a_result("run-2"))
    assert [row.run_id for row in history.rows()] == ["run-2"]
    assert history.stamp() != before


def test_texts_sort_by_their_bytes_and_not_by_a_languages_rules(history: History) -> None:
    ids = ["run-a", "run_b", "Run-c", "run-B", "RUN", "ruñ", "run-10", "run-9"]
    for run_id in ids:
        history.finish(a_result(run_id))
    assert history.ids() == sorted(ids, reverse=True)
    assert [found.run_id for found in history.candidates(["tpot_s"])] == sorted(ids, reverse=True)


@pytest.mark.parametrize("odd", ["a\0b", "'; DROP TABLE runs; --", "%s %(x)s", "😀"])
def test_odd_texts_are_stored_and_sought_as_they_are(history: History, odd: str) -> None:
    history.finish(a_result("run-1", a_spec(prompt=f"Say {odd}!")))
    history.annotate("run-1", odd)
    history.tag(["run-1", odd], [odd])
    assert history.get(odd) is None
    assert history.candidates(["tpot_s"], run_ids=[odd]) == []
    stored = history.get("run-1")
    assert stored is not None
    assert stored.spec.workload.prompt == f"Say {odd}!"
    assert stored.tags == (odd,)
    assert stored.note == odd.replace("\0", "\N{SYMBOL FOR NULL}")
    assert history.ids(Wanted(odd)) == ["run-1"]


def test_half_a_character_is_refused_as_in_sqlite(history: History) -> None:
    history.finish(a_result("run-1"))
    for attempt in (lambda: history.annotate("run-1", "\ud800"), lambda: history.get("\ud800")):
        with pytest.raises(HistoryError, match="fails"):
            attempt()
    assert len(history.rows()) == 1


def test_a_queued_run_is_stored_with_large_numbers_and_long_names(history: History) -> None:
    name = "/models/" + "größe-" * 160
    history.add("run-" + "x" * 200, a_spec(model="gpt2", weights="random"), DAWN)
    sql(history, f"UPDATE runs SET model = '{name}', owner_pid = 4294967296")
    (row,) = history.rows()
    assert (row.model, row.run_id) == (name, "run-" + "x" * 200)
    assert history.get("run-" + "x" * 64) is None
