"""Claims: a card for each, no verdict before a trial, and the latest one after it."""

import pytest
from streamlit.testing.v1 import AppTest

from core.experiments.claims.claims import Claims
from core.jobs.manager import JobManager
from core.results.measured import Phase
from core.variants.environment import read_environment
from pages.widgets import state
from pages.widgets.claims import claims_state
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import until
from tests.pages.conftest import OpenPage, table, texts

VERDICTS = ("holds", "holds in part", "fails here", "needs a GPU", "undecided")


@pytest.fixture
def claims(jobs: JobManager, monkeypatch: pytest.MonkeyPatch) -> Claims:  # noqa: ARG001
    """The trials of the server under test, on the machine that the job manager judges by."""
    monkeypatch.setattr(state, "read_environment", read_environment)
    return claims_state.claims()


def badges(page: AppTest) -> list[str]:
    """The verdicts that are shown as badges."""
    return [part.value for part in page.markdown if "-badge[" in part.value]


def measured(page: AppTest, claims: Claims, number: int) -> AppTest:
    """The page after a trial of that claim."""
    page.button(key=f"measure_{number}").click().run()
    trial = claims.latest(state.environment())[number].begun
    assert claims.wait(trial.experiment_id, 20)
    return page.run()


@pytest.mark.usefixtures("claims")
def test_before_a_trial_each_claim_has_a_button_its_time_and_no_verdict(
    open_page: OpenPage,
) -> None:
    page = open_page("claims")
    for number in range(1, 10):
        assert page.button(key=f"measure_{number}")
    assert texts(page).count("About ") >= 10
    assert not badges(page)
    assert not page.table
    assert "you have still paid for 100 passes" in texts(page)
    assert page.button(key="measure_all")


def test_a_trial_shows_its_verdict_its_table_and_on_what_it_was_measured(
    open_page: OpenPage, claims: Claims
) -> None:
    page = measured(open_page("claims"), claims, 8)
    (badge,) = badges(page)
    assert any(word in badge for word in VERDICTS)
    rows = table(page, "")
    assert "Forward passes, with the KV cache" in set(rows["What"])
    assert "about 50" in set(rows["Claimed"])
    assert "Why." in texts(page)
    assert "Measured 20" in texts(page)
    assert "other hardware" not in texts(page)
    (details,) = page.expander
    assert details.proto.expanded


def test_a_reload_still_shows_the_latest_verdict_after_a_restart(
    open_page: OpenPage, claims: Claims
) -> None:
    measured(open_page("claims"), claims, 8)
    claims_state._claims.clear()
    assert badges(open_page("claims"))


def test_other_hardware_is_said(
    open_page: OpenPage, claims: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = measured(open_page("claims"), claims, 8)
    other = read_environment().model_copy(update={"cpu_count": 999})
    monkeypatch.setattr(state, "read_environment", lambda: other)
    state.environment.clear()
    page.run()
    assert "other hardware" in texts(page)


def test_a_running_trial_shows_its_step_and_can_be_stopped_and_resumed(
    open_page: OpenPage, claims: Claims, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    page = open_page("claims")
    page.button(key="measure_8").click().run()
    until(lambda: executor.running)
    page.run()
    key = claims.latest(state.environment())[8].begun.experiment_id
    assert len(page.get("progress")) == 1
    assert "Measuring 1 of 2" in texts(page)
    assert not [button for button in page.button if button.key == "measure_8"]
    page.button(key=f"stop_{key}").click().run()
    assert claims.wait(key, 20)
    page.run()
    assert "gave no verdict. It was stopped" in texts(page)
    executor.release()
    page.button(key="resume_8").click().run()
    assert claims.wait(key, 20)
    assert badges(page.run())


def test_measure_all_queues_every_claim_and_stop_all_ends_them(
    open_page: OpenPage, claims: Claims, executor: FakeExecutor
) -> None:
    executor.hold = Phase.LOADING
    page = open_page("claims")
    page.button(key="measure_all").click().run()
    until(lambda: executor.running)
    page.run()
    assert "8 trials are before it" in texts(page)
    page.button(key="stop_all").click().run()
    for latest in claims.latest(state.environment()).values():
        assert claims.wait(latest.begun.experiment_id, 20)
    assert not badges(page.run())


@pytest.mark.usefixtures("claims")
def test_a_trial_that_cannot_run_is_closed_with_the_reason(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = read_environment()
    without = {name: v for name, v in here.packages.items() if name != "bitsandbytes"}
    lacking = here.model_copy(update={"packages": without})
    monkeypatch.setattr(state, "read_environment", lambda: lacking)
    page = open_page("claims")
    assert page.button(key="measure_2").disabled
    assert not page.button(key="measure_1").disabled
    assert "bitsandbytes is not installed" in texts(page)
