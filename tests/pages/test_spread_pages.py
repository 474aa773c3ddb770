"""Several devices on the pages: sweeps spread over them, and runs of several machines are told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config

from core.jobs.manager import JobManager
from core.results.experiments import ExperimentKind, Experiments
from core.results.hardware import hardware_of
from pages.widgets import state
from pages.widgets.sweep import sweep_state
from tests.experiments.sweeping import ended
from tests.fake_fleet import TWO_GPUS, FakeFleet
from tests.pages.conftest import OpenPage, texts
from tests.pages.wording import unexplained
from tests.sample_machines import a_run_environment
from tests.samples import a_result, a_spec

MACHINES = "2 different machines or devices"


@pytest.fixture
def jobs(
    monkeypatch: pytest.MonkeyPatch,
    bundled_model: Path,  # noqa: ARG001 - so that a prompt's tokens can be counted
) -> Iterator[JobManager]:
    """A server on a machine with two like GPUs."""
    config.set_option("runner.enforceSerializableSessionState", False)
    st.cache_resource.clear()
    fleet = FakeFleet()
    with JobManager(fleet=fleet) as manager:
        monkeypatch.setattr(state, "make_manager", lambda: manager)
        monkeypatch.setattr(state, "read_environment", lambda: TWO_GPUS)
        yield manager
        fleet.close()
    st.cache_resource.clear()


def test_a_sweep_is_spread_over_the_chosen_devices(open_page: OpenPage) -> None:
    page = open_page("sweep")
    page.text_input(key="grid_batch_size").set_value("1, 2, 4, 8")
    page.multiselect(key="sweep_spread").set_value(["cuda:0", "cuda:1"])
    page.run()
    assert "Spread over 2 devices it takes about" in texts(page)
    assert unexplained(page) == []
    page.button(key="sweep_start").click().run()
    (row,) = sweep_state.sweeps().listed()
    picture = ended(sweep_state.sweeps(), row.experiment_id, TWO_GPUS)
    assert {cell.slot for cell in picture.cells} == {"cuda:0", "cuda:1"}
    opened = open_page("sweep", sweep=row.experiment_id)
    assert set(opened.dataframe[0].value["device"]) == {"cuda:0", "cuda:1"}
    assert MACHINES not in texts(opened)


def test_unlike_devices_stand_as_an_error_under_the_options(open_page: OpenPage) -> None:
    page = open_page("sweep")
    page.multiselect(key="sweep_spread").set_value(["cpu", "cuda:1"]).run()
    assert "these are not alike" in texts(page)
    assert page.button(key="sweep_start").disabled


def test_decide_says_of_how_many_machines_a_sweeps_runs_are_and_takes_one(
    open_page: OpenPage, jobs: JobManager
) -> None:
    larger = a_run_environment().model_copy(update={"cpu_count": 64})
    for run_id, values, environment in (
        ("run-1", {"precision": "nf4"}, a_run_environment()),
        ("run-2", {}, a_run_environment()),
        ("run-3", {}, larger),
    ):
        jobs.history.finish(a_result(run_id, a_spec(**values), environment=environment))
    experiments = Experiments(jobs.history)
    key = experiments.begin(ExperimentKind.SWEEP, "mixed", {})
    for run_id in ("run-1", "run-2", "run-3"):
        experiments.link(key, run_id, run_id)
    page = open_page("decide", session={"decide_scope": key})
    assert MACHINES in texts(page)
    assert "Example CPU @ 2.00GHz, 64 processors (1 run)" in texts(page)
    page.selectbox(key="decide_machine").select(hardware_of(larger, "cpu").id).run()
    assert MACHINES not in texts(page)
    assert "1 of 1 run is on the frontier" in texts(page)


def test_one_machine_is_not_asked_about(open_page: OpenPage, jobs: JobManager) -> None:
    jobs.history.finish(a_result())
    page = open_page("decide")
    assert [box.key for box in page.selectbox if box.key == "decide_machine"] == []
