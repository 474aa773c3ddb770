"""Scopes: which runs are chosen among, one of each configuration, and what must be said."""

import pytest

from core.analysis.deciding.objectives import objectives
from core.analysis.deciding.scope import candidates_of, choices, find_scope, newest_of_each, scopes
from core.errors import RequestError
from core.results.experiments import TRIAL_LABEL, ExperimentKind, Experiments
from core.results.history import History
from core.results.types import Grade
from tests.analysis.candidates import a_candidate
from tests.samples import a_result, a_spec

KNOWN = objectives(lambda _: 1.0)


def test_the_newest_stands_for_a_configuration_and_not_the_luckiest() -> None:
    newest = a_candidate("newest", {"e2e_s": 2.0})
    lucky = a_candidate("lucky", {"e2e_s": 1.0})
    other = a_candidate("other", {"e2e_s": 3.0}, levers={"precision": "nf4"})
    assert newest_of_each([newest, lucky, other]) == (newest, other)


def test_a_newer_run_without_a_value_does_not_replace_one_that_has_it() -> None:
    newest = a_candidate("newest", {"e2e_s": 2.0, "perplexity_ratio": None})
    older = a_candidate("older", {"e2e_s": 2.0, "perplexity_ratio": 1.0})
    assert newest_of_each([newest, older]) == (older,)


def test_other_machines_and_questions_are_configurations_of_their_own_and_said() -> None:
    runs = [
        a_candidate("one"),
        a_candidate("two", hardware_id="h2", hardware="Another CPU, 8 processors"),
        a_candidate("three", question_id="q2"),
    ]
    found = choices(runs, lambda _: 1.0)
    assert len(found.candidates) == 3
    machines, questions = found.notes
    assert "2 different machines or devices" in machines
    assert "2 different things" in questions


def test_what_is_left_out_is_said() -> None:
    runs = [a_candidate("new"), a_candidate("old"), a_candidate("low", trust=Grade.C)]
    found = choices(runs, lambda _: 1.0)
    assert [run.run_id for run in found.candidates] == ["new"]
    assert found.notes[0].startswith("1 run is left out: their trust grade")
    assert "older ones of the same configurations" in found.notes[1]


def test_questions_and_sweeps_are_scopes() -> None:
    history = History()
    history.finish(a_result("run-1", a_spec(prompt="x" * 100)))
    history.finish(a_result("run-2", a_spec(max_new_tokens=8), minute=1))
    experiments = Experiments(history)
    sweep = experiments.begin(ExperimentKind.SWEEP, "two lengths", {})
    for run_id in ("run-1", "run-2"):
        experiments.link(sweep, run_id, run_id)
    found = scopes(history)
    assert [scope.experiment_id for scope in found] == [None, None, sweep]
    assert "8 tokens" in found[0].label
    runs = candidates_of(history, find_scope(found, sweep), ["usd_per_run"], KNOWN)
    assert {run.run_id for run in runs} == {"run-1", "run-2"}
    (alone,) = candidates_of(history, find_scope(found, found[0].key), ["e2e_s"], KNOWN)
    assert alone.run_id == "run-2"


def test_a_sweeps_trial_is_not_chosen_among() -> None:
    history = History()
    history.finish(a_result("cell"))
    history.finish(a_result("tiny", a_spec(max_new_tokens=2)))
    experiments = Experiments(history)
    sweep = experiments.begin(ExperimentKind.SWEEP, "one cell", {})
    experiments.link(sweep, TRIAL_LABEL, "tiny")
    experiments.link(sweep, "its spec's id", "cell")
    runs = candidates_of(history, find_scope(scopes(history), sweep), ["e2e_s"], KNOWN)
    assert [run.run_id for run in runs] == ["cell"]


def test_an_unknown_scope_is_refused_with_those_there_are() -> None:
    history = History()
    with pytest.raises(RequestError, match="no measured runs"):
        find_scope(scopes(history), None)
    history.finish(a_result())
    with pytest.raises(RequestError) as caught:
        find_scope(scopes(history), "nonsense")
    assert caught.value.valid == (scopes(history)[0].key,)
