"""Explore when a run ends without a result, waits in vain, or differs from what was asked."""

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import FailureKind, RequestError
from core.jobs import manager
from core.jobs.manager import JobManager
from core.results.measured import Phase
from core.results.types import Grade, Trust
from pages.widgets.failure_view import NEXT, TITLES
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import in_phase, until
from tests.pages.conftest import OpenPage, in_tab, table, texts
from tests.samples import a_failure, a_result, a_spec, effective_of


def progress_text(page: AppTest) -> str:
    """What stands below the bar of the followed job."""
    (text,) = [line.value for line in page.caption if "since Run" in line.value]
    return str(text).replace("\\", "")


@pytest.mark.parametrize("kind", FailureKind)
def test_each_kind_of_failure_has_its_card_and_a_next_step(
    open_page: OpenPage, jobs: JobManager, kind: FailureKind
) -> None:
    jobs.history.finish(a_failure("run-1", kind=kind, phase=Phase.WARMING_UP))
    page = open_page("explore", job="run-1")
    said = texts(page)
    assert f"**{TITLES[kind]}.** The model could not be run." in said
    assert f"kind **{kind.replace('_', ' ')}**" in said
    assert "while **warming up**" in said
    assert NEXT[kind] in said
    assert not page.metric


def test_a_run_that_fails_shows_its_card_and_the_next_one_works(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.fail_with = FailureKind.LOAD
    page = open_page("explore")
    page.button(key="run").click().run()
    jobs.wait(page.query_params["job"])
    page.run()
    assert TITLES[FailureKind.LOAD] in texts(page)
    executor.fail_with = None
    page.button(key="run").click().run()
    jobs.wait(page.query_params["job"])
    page.run()
    assert TITLES[FailureKind.LOAD] not in texts(page)
    assert page.metric


def test_what_a_failure_says_is_never_read_as_markdown(
    open_page: OpenPage, jobs: JobManager
) -> None:
    jobs.history.finish(a_failure("run-1", message="![x](http://a.b/c.png) <b>no</b>"))
    (card,) = open_page("explore", job="run-1").error
    assert "![x](" not in card.value
    assert "![x](http://a.b/c.png) <b>no</b>" in card.value.replace("\\", "")


def test_unknown_bytes_of_an_out_of_memory_are_a_dash(
    open_page: OpenPage, jobs: JobManager
) -> None:
    kind = FailureKind.OUT_OF_MEMORY
    jobs.history.finish(a_failure("run-1", kind=kind, free_bytes=5_000_000_000))
    said = texts(open_page("explore", job="run-1"))
    assert "needed **–**" in said
    assert "free **5.00 GB**" in said


def test_the_place_in_the_queue_is_shown_and_a_waiting_run_can_be_cancelled(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    running = jobs.submit(a_spec())
    until(in_phase(jobs, running, Phase.MEASURING))
    page = open_page("explore")
    page.button(key="run").click().run()
    waiting = page.query_params["job"]
    snapshot = jobs.snapshot(waiting)
    assert snapshot is not None
    assert snapshot.place
    assert f"Queued at place {snapshot.place} · " in progress_text(page)
    page.button(key="cancel").click().run()
    assert "Cancelled" in texts(page)
    assert executor.started == [running]


def test_progress_within_a_phase_and_the_time_are_shown(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    run_id = jobs.submit(a_spec())
    until(in_phase(jobs, run_id, Phase.MEASURING))
    said = progress_text(open_page("explore", job=run_id))
    assert said.startswith("Measuring · 1 of 2 · fake · ")


def test_a_run_that_cannot_work_here_is_refused_at_the_click(
    open_page: OpenPage, jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("explore")
    gone = RequestError("device", "cpu", "it was taken out.")
    monkeypatch.setattr(manager, "problems", lambda *_: (gone,))
    page.button(key="run").click().run()
    assert "it was taken out" in texts(page)
    assert "job" not in page.query_params
    assert jobs.history.rows() == []


def test_settings_that_became_others_are_told(open_page: OpenPage, jobs: JobManager) -> None:
    spec = a_spec(attention="sdpa")
    other = effective_of(spec).model_copy(update={"attention": "eager"})
    jobs.history.finish(a_result("run-1", spec, effective=other))
    page = open_page("explore", job="run-1")
    (told,) = page.warning
    assert "sdpa" in told.value
    assert "eager" in told.value
    settings = table(in_tab(page, "Settings"), "Setting")
    assert list(settings.loc["attention"])[:2] == ["sdpa", "eager (LlamaAttention)"]
    assert [name for name, row in settings.iterrows() if "differs" in row["As asked?"]] == [
        "attention"
    ]


def test_a_low_grade_of_trust_has_its_reasons(open_page: OpenPage, jobs: JobManager) -> None:
    trust = Trust(grade=Grade.C, reasons=("The machine was busy.",))
    jobs.history.finish(a_result("run-1", trust=trust))
    said = texts(open_page("explore", job="run-1"))
    assert "Trust C" in said
    assert "The machine was busy." in said
