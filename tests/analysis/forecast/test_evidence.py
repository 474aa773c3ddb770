"""Evidence: measured runs of this very machine, found by what decides their speed."""

from pathlib import Path

import pytest

from core.analysis.forecast.evidence import Evidence, evidence_for, near_pace, pace
from core.results.history import History
from core.results.types import RunResult
from tests.sample_machines import a_run_environment
from tests.samples import a_failure, a_result, a_spec, an_environment

THERE = a_run_environment()
HERE = an_environment()


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.sqlite3")


def stored(history: History, *results: RunResult) -> None:
    for result in results:
        history.finish(result)


def test_runs_of_the_cells_variants_are_found_once_the_newest_first(history: History) -> None:
    bf16 = a_spec(precision="bf16")
    stored(history, a_result("old", bf16, minute=1), a_result("new", bf16, minute=2))
    history.finish(a_failure("failed", bf16, minute=3))
    cells = [bf16, a_spec(precision="bf16", batch_size=4), a_spec()]
    assert [run.run_id for run in evidence_for(cells, history, HERE)] == ["new", "old"]


def test_runs_of_other_machines_tell_nothing(history: History) -> None:
    other = THERE.model_copy(update={"device_name": "Another processor"})
    torch = THERE.model_copy(update={"packages": {**THERE.packages, "torch": "1.0"}})
    stored(history, a_result("a", environment=other), a_result("b", environment=torch, minute=1),
           a_result("c", environment=THERE, minute=2))  # fmt: skip
    assert [run.run_id for run in evidence_for([a_spec()], history, HERE)] == ["c"]


def test_the_pace_is_of_the_levers_and_not_of_the_sizes() -> None:
    assert pace(a_spec(batch_size=8, max_new_tokens=5, repeats=9)) == pace(a_spec())
    for other in ({"precision": "bf16"}, {"kv_cache": "off"}, {"decoding": "prompt_lookup"},
                  {"compile": "per_block"}):  # fmt: skip
        assert near_pace(a_spec(**other)) != near_pace(a_spec())
    eager = a_spec(attention="eager")
    assert pace(eager) != pace(a_spec())
    assert near_pace(eager) == near_pace(a_spec())
    assert near_pace(a_spec(attention="flex_attention")) != near_pace(a_spec())


def test_a_run_that_was_repeated_outweighs_a_trial_of_the_same() -> None:
    trial = a_result("trial", a_spec(repeats=1), minute=2)
    full = a_result("full", a_spec(repeats=5), minute=1)
    found = Evidence([trial, full]).of_pace(a_spec())
    assert [one.run.run_id for one in found] == ["full"]
    assert Evidence([trial]).of_pace(a_spec())[0].run.run_id == "trial"


def test_slow_repeats_count_with_the_time_that_they_took() -> None:
    quiet = a_result("quiet")
    samples = quiet.samples.model_copy(update={"e2e_s": (2.0, 2.0, 2.0, 2.0, 7.0)})
    disturbed = a_result("disturbed", samples=samples)
    (calm,), (slow,) = (Evidence([run]).of_pace(a_spec()) for run in (quiet, disturbed))
    assert slow.e2e_s == pytest.approx(3.0)
    assert (slow.tpot_s or 0.0) > 1.4 * (calm.tpot_s or 0.0)
