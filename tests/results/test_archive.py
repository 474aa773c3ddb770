"""A history as JSON Lines, and the very same in another history."""

import json
from pathlib import Path

import pytest

from core.errors import HistoryError
from core.results import archive
from core.results.experiments import ExperimentKind, Experiments, ExperimentStatus
from core.results.history import History
from core.results.schema import runs
from core.results.types import now
from tests.samples import a_failure, a_result, a_spec


@pytest.fixture
def full(tmp_path: Path) -> History:
    history = History(tmp_path / "full.sqlite3")
    history.finish(a_result("run-1", a_spec(precision="nf4", prompt="Größe, \n=1+1")))
    history.finish(a_failure("run-2", minute=1))
    with history.writing() as connection:
        elsewhere = runs.update().where(runs.c.run_id == "run-2").values(host_name="elsewhere")
        connection.execute(elsewhere)
    history.finish(a_result("run-3", minute=2))
    history.add("run-4", a_spec(), now())
    history.tag(["run-1"], ["demo", "ä"])
    history.annotate("run-2", "a\nnote")
    history.delete(["run-3"])
    kept = Experiments(history)
    key = kept.begin(ExperimentKind.SWEEP, "a sweep", {"axes": {"precision": ["nf4"]}})
    kept.link(key, "nf4", "run-1")
    kept.link(key, "fp32", "run-2", reused=True)
    kept.end(key, ExperimentStatus.DONE, {"cells": 2})
    kept.begin(ExperimentKind.CLAIM, "goes on", {})
    return history


def test_what_is_over_comes_back_as_it_was(full: History, tmp_path: Path) -> None:
    other = History(tmp_path / "other.sqlite3")
    archive.read_into(other, archive.written(full))
    assert [row.run_id for row in other.rows(include_deleted=True)] == ["run-2", "run-1"]
    for run_id in ("run-1", "run-2"):
        before, after = full.get(run_id), other.get(run_id)
        assert before is not None
        assert after is not None
        assert after.outcome == before.outcome
        assert (after.tags, after.note) == (before.tags, before.note)
        assert after.host_name == before.host_name
        assert after.metrics == before.metrics
    (mine,), (its,) = [Experiments(h).listed(ExperimentKind.SWEEP) for h in (full, other)]
    assert its == mine
    assert Experiments(other).runs(its.experiment_id) == Experiments(full).runs(mine.experiment_id)
    assert Experiments(other).listed(ExperimentKind.CLAIM) == []


def test_writing_it_again_gives_the_very_same_lines(full: History, tmp_path: Path) -> None:
    other = History(tmp_path / "other.sqlite3")
    lines = [*archive.written(full)]
    archive.read_into(other, lines)
    assert [*archive.written(other)] == lines
    assert all(line.endswith("\n") and json.loads(line) for line in lines)


@pytest.mark.parametrize("bad", ["", "{", "[]", '{"run": {}}', '{"other": {}}', "null"])
def test_a_line_that_cannot_be_read_is_named(full: History, tmp_path: Path, bad: str) -> None:
    other = History(tmp_path / "other.sqlite3")
    first, *_ = archive.written(full)
    with pytest.raises(HistoryError, match="Line 2 of the archive cannot be read"):
        archive.read_into(other, [first, bad])
    assert [row.run_id for row in other.rows()] == ["run-1"]
