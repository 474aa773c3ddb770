"""Measured runs to choose among: their numbers, what is left out, and what counts as the same."""

import psycopg
import pytest

from core.errors import RequestError
from core.results import candidate_queries
from core.results.history import History
from core.results.identity import present_environment_id, question_id
from core.results.statistics import Interval
from core.results.types import Grade, Trust
from tests.results.conftest import again, is_sqlite, sql
from tests.sample_histories import fill
from tests.samples import a_failure, a_result, a_run_environment, a_spec, an_environment

KEYS = ("tpot_s", "peak_bytes", "perplexity_ratio", "joules_per_token")


REFUSED = ("metrics = '{'::jsonb", "intervals = '{'::jsonb")
"""Damage that PostgreSQL does not let in."""


def in_postgres(change: str) -> str:
    """The same change of a row in PostgreSQL's words."""
    words = {
        "json_remove(metrics, '$.tpot_s')": "metrics - 'tpot_s'",
        "json_remove(intervals, '$.tpot_s')": "intervals - 'tpot_s'",
        "json_set(metrics, '$.tpot_s', 'fast')": 'metrics || \'{"tpot_s": "fast"}\'',
    }
    for here, there in words.items():
        change = change.replace(here, there)
    return f"{change}::jsonb" if change in ("metrics = '{'", "intervals = '{'") else change


def ids(history: History, **filters: str | int) -> list[str]:
    return [candidate.run_id for candidate in history.candidates(KEYS, **filters)]


def test_a_candidate_says_what_its_run_says(history: History) -> None:
    spec = a_spec(precision="nf4", batch_size=4, decoding="prompt_lookup")
    history.finish(a_result("run-1", spec, quality=None, trust=Trust(grade=Grade.B)))
    stored = history.get("run-1")
    assert stored is not None
    (found,) = history.candidates(KEYS)
    assert dict(found.values) == {key: stored.metrics[key] for key in KEYS}
    assert found.values["perplexity_ratio"] is None
    assert (found.spec_id, found.question_id) == (spec.id, question_id(spec))
    assert found.environment_id == present_environment_id(an_environment(), "cpu")
    assert (found.device, found.device_name) == ("cpu", "Example CPU @ 2.00GHz")
    assert found.trust is Grade.B
    assert found.levers["decoding"] == "prompt_lookup"
    assert set(found.intervals) == {"tpot_s"}
    interval, value = found.intervals["tpot_s"], found.values["tpot_s"]
    assert isinstance(interval, Interval)
    assert value is not None
    assert interval.low < value < interval.high


def test_many_candidates_are_the_same_as_one_by_one(history: History) -> None:
    fill(history, 300, distinct=60)
    expected = {}
    for run in history.in_full(history.ids()).runs:
        if run.status == "done":
            expected[run.run_id] = {key: run.metrics[key] for key in KEYS}
    found = history.candidates(KEYS)
    assert {candidate.run_id: dict(candidate.values) for candidate in found} == expected
    assert [c.run_id for c in found] == [i for i in history.ids() if i in expected]


def test_failures_unfinished_and_deleted_runs_are_none(history: History) -> None:
    history.finish(a_failure("run-2"))
    history.add("run-3", a_spec(), a_result().submitted_at)
    history.finish(a_result("run-1"))
    assert ids(history) == ["run-1"]
    history.delete(["run-1"])
    assert ids(history) == []
    history.restore(["run-1"])
    assert ids(history) == ["run-1"]


def test_filters_and_ids_narrow_them(history: History) -> None:
    for minute, values in enumerate(({}, {"precision": "nf4"}, {"prompt": "Another text"})):
        history.finish(a_result(f"run-{minute}", a_spec(**values), minute=minute))
    asked = question_id(a_spec())
    assert ids(history, question_id=asked) == ["run-1", "run-0"]
    assert ids(history, question_id=asked, precision="nf4") == ["run-1"]
    only = history.candidates(KEYS, run_ids=["run-2", "run-0", "no-such"])
    assert [candidate.run_id for candidate in only] == ["run-2", "run-0"]
    assert history.candidates(KEYS, run_ids=[]) == []


def test_given_runs_are_looked_up_by_their_ids_and_not_sought_among_all(
    sqlite_history: History,
) -> None:
    history = sqlite_history
    fill(history, 5, distinct=2)
    query = candidate_queries.candidates(KEYS, ["synthetic-000003"], {"device": "cpu"})
    with history.reading() as connection:
        statement = query.compile(connection, compile_kwargs={"literal_binds": True})
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
    assert "(run_id=?)" in steps[0].detail


def test_what_is_no_metric_and_no_filter_is_refused(history: History) -> None:
    with pytest.raises(RequestError, match="no such metric"):
        history.candidates(["tpot"])
    with pytest.raises(RequestError, match="no such filter"):
        history.candidates(["tpot_s"], note="x")


def test_a_metric_that_came_later_is_derived_when_it_is_asked_for(history: History) -> None:
    history.finish(a_result("run-1"))
    (expected,) = history.candidates(KEYS)
    for change in (
        "metrics = json_remove(metrics, '$.tpot_s')",
        "intervals = NULL",
        "intervals = json_remove(intervals, '$.tpot_s')",
        "metrics = '{}', intervals = '{}'",
    ):
        sql(history, f"UPDATE runs SET {change if is_sqlite(history) else in_postgres(change)}")
        assert again(history).candidates(KEYS) == [expected]


@pytest.mark.parametrize(
    "damage",
    [
        "metrics = '{'",
        "metrics = json_set(metrics, '$.tpot_s', 'fast')",
        "metrics = '{}', outcome = '{'",
        "intervals = '{'",
        "levers = '{'",
        "grade = 'Z'",
        "spec_id = NULL",
    ],
)
def test_a_damaged_run_is_left_out_and_hides_no_other(history: History, damage: str) -> None:
    for minute in (1, 2):
        history.finish(a_result(f"run-{minute}", minute=minute))
    if not is_sqlite(history):
        damage = in_postgres(damage)
    if damage in REFUSED:
        with pytest.raises(psycopg.DataError):
            sql(history, f"UPDATE runs SET {damage} WHERE run_id = 'run-1'")
        return
    sql(history, f"UPDATE runs SET {damage} WHERE run_id = 'run-1'")
    assert ids(history) == ["run-2"]


def test_what_was_read_before_is_not_what_is_stored_now(history: History) -> None:
    history.finish(a_result("run-1"))
    assert ids(history) == ["run-1"]
    other = again(history)
    other.finish(a_result("run-2", minute=1))
    other.delete(["run-1"])
    assert ids(history) == ["run-2"]


def test_another_file_in_the_place_of_the_first_is_read_anew(sqlite_history: History) -> None:
    history = sqlite_history
    history.finish(a_result("run-1", e2e_s=1.0))
    (before,) = history.candidates(KEYS)
    for file in history.database.path.parent.iterdir():
        file.rename(file.with_name(f"old-{file.name}"))
    history.finish(a_result("run-1", e2e_s=3.0))
    (after,) = history.candidates(KEYS)
    assert after.values["tpot_s"] != before.values["tpot_s"]


def test_the_same_spec_in_the_same_environment_is_found_again(history: History) -> None:
    spec = a_spec(precision="nf4")
    here = present_environment_id(an_environment(), "cpu")
    assert here is not None
    assert history.measured_like(spec, here) is None
    elsewhere = a_run_environment().model_copy(update={"platform": "Linux-6.2-x86_64"})
    history.finish(a_result("elsewhere", spec, environment=elsewhere, minute=9))
    history.finish(a_failure("failed", spec, minute=8))
    assert history.measured_like(spec, here) is None
    for minute, run_id in enumerate(("old", "new")):
        history.finish(a_result(run_id, spec, minute=minute))
    assert history.measured_like(spec, here) == "new"
    assert history.measured_like(a_spec(precision="nf4", repeats=9), here) is None
    history.delete(["new"])
    assert history.measured_like(spec, here) == "old"


def test_questions_are_told_apart_by_what_was_asked_and_where(history: History) -> None:
    elsewhere = a_run_environment().model_copy(update={"cpu_count": 64})
    updated = a_run_environment().model_copy(update={"packages": {"torch": "2.11.0"}})
    history.finish(a_result("run-1", a_spec(precision="nf4"), environment=updated))
    history.finish(a_result("run-2", a_spec(model="gpt2", weights="random"), minute=1))
    history.finish(a_result("run-3", environment=elsewhere, minute=2))
    history.finish(a_result("run-4", a_spec(prompt_tokens=64, max_new_tokens=8), minute=3))
    history.finish(a_failure("run-5", minute=4))
    tokens, other, here = history.questions()
    assert (tokens.prompt, tokens.max_new_tokens) == ("64 synthetic tokens", 8)
    assert (other.runs, other.newest_id) == (1, "run-3")
    assert other.hardware == "Example CPU @ 2.00GHz, 64 processors"
    assert (here.runs, here.newest_id) == (2, "run-2")
    assert here.models == ("gpt2", "smollm2-135m")
    assert here.question_id == other.question_id != tokens.question_id
    scope = {"question_id": here.question_id, "hardware_id": here.hardware_id}
    assert ids(history, **scope) == ["run-2", "run-1"]


def test_a_question_of_a_damaged_run_keeps_its_hardware(history: History) -> None:
    history.finish(a_result("run-1"))
    sql(history, "UPDATE runs SET outcome = '{'")
    (question,) = history.questions()
    assert question.hardware == "Example CPU @ 2.00GHz, 2 processors"
