"""Explore from Run to the result: phases, queue, cancel, links, failures, baseline, cost."""

import json

import pytest

from core.errors import FailureKind, HistoryError
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.measured import Output, Phase, Samples
from pages.widgets import state, unsaved
from pages.widgets.job_progress import LABELS
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import in_phase, until
from tests.pages.conftest import FAULT, OpenPage, in_tab, measured, metrics, texts
from tests.samples import a_failure, a_result, a_spec


def test_run_leads_to_a_result_and_a_link_to_it(open_page: OpenPage, jobs: JobManager) -> None:
    page = open_page("explore")
    page.button(key="run").click().run()
    run_id = page.query_params["job"]
    measured(jobs, run_id)
    page.run()
    shown = metrics(page)
    assert shown["TTFT"] == "100 ms"
    assert {"TPOT", "End-to-end", "Decode", "Total throughput", "Peak memory"} <= set(shown)
    assert "95 % interval" in texts(page)
    assert run_id in texts(page)
    paid = metrics(in_tab(page, "Cost"))
    assert paid["Compile"] == "–"
    assert paid["Cost per run"].startswith("$")


@pytest.mark.parametrize(
    "phase",
    [Phase.LOADING, Phase.WARMING_UP, Phase.MEASURING, Phase.MEMORY, Phase.QUALITY],
)
def test_each_phase_is_shown_and_can_be_cancelled(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor, phase: Phase
) -> None:
    executor.hold = phase
    page = open_page("explore")
    page.button(key="run").click().run()
    run_id = page.query_params["job"]
    until(in_phase(jobs, run_id, phase))
    page.run()
    assert f"radio_button_checked: {LABELS[phase]}]" in texts(page)
    page.button(key="cancel").click().run()
    jobs.wait(run_id)
    page.run()
    assert "Cancelled." in texts(page)
    assert "Nothing was measured" in texts(page)


def test_a_second_browser_waits_its_turn_and_sees_its_place(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    first, second = open_page("explore"), open_page("explore")
    first.button(key="run").click().run()
    second.button(key="run").click().run()
    run_id = second.query_params["job"]
    snapshot = jobs.snapshot(run_id)
    assert snapshot is not None
    assert snapshot.place == 2
    second.run()
    assert "radio_button_checked: Queued]" in texts(second)
    executor.release()
    for page in (first, second):
        measured(jobs, page.query_params["job"])
    assert executor.most_running == 1


def test_the_link_shows_the_running_job_in_another_browser(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    run_id = jobs.submit(a_spec(precision="nf4"))
    until(in_phase(jobs, run_id, Phase.MEASURING))
    page = open_page("explore", job=run_id)
    assert "radio_button_checked: Measuring]" in texts(page)
    assert page.button(key="cancel")
    assert page.session_state["precision"] == "nf4"


def test_a_running_job_is_offered_to_a_page_without_a_link(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    run_id = jobs.submit(a_spec())
    until(in_phase(jobs, run_id, Phase.MEASURING))
    page = open_page("explore")
    page.button(key=f"show_{run_id}").click().run()
    assert page.query_params["job"] == run_id


def test_a_finished_run_of_an_earlier_server_is_shown(
    open_page: OpenPage, jobs: JobManager
) -> None:
    jobs.history.finish(a_result("run-1"))
    assert "End-to-end" in metrics(open_page("explore", job="run-1"))


def test_an_unknown_link_is_told(open_page: OpenPage) -> None:
    assert "There is no run no-such-run" in texts(open_page("explore", job="no-such-run"))


def test_what_was_not_measured_is_a_dash(open_page: OpenPage, jobs: JobManager) -> None:
    jobs.history.finish(a_result("run-1", samples=Samples(), quality=None))
    page = open_page("explore", job="run-1")
    shown = metrics(page)
    assert {shown[name] for name in ("TTFT", "TPOT", "End-to-end")} == {"–"}
    assert metrics(in_tab(page, "Cost"))["Cost per run"] == "–"
    assert metrics(in_tab(page, "Quality"))["Perplexity"] == "–"


def test_out_of_memory_tells_needed_and_free(open_page: OpenPage, jobs: JobManager) -> None:
    jobs.history.finish(
        a_failure(
            "run-2",
            kind=FailureKind.OUT_OF_MEMORY,
            message="Too large.",
            needed_bytes=9_000_000_000,
            free_bytes=5_000_000_000,
        )
    )
    said = texts(open_page("explore", job="run-2"))
    assert "Out of memory" in said
    assert "needed **9.00 GB**" in said
    assert "free **5.00 GB**" in said


def test_output_is_shown_as_it_is_and_never_read_as_markdown(
    open_page: OpenPage, jobs: JobManager
) -> None:
    nasty = "![x](http://example.org/x.png) <b>bold</b> $a$"
    output = Output(text=nasty, token_ids=(1,), prompt_tokens=9, new_tokens=(1,))
    jobs.history.finish(a_result("run-1", output=output))
    page = open_page("explore", {"result_tabs": "Text"}, job="run-1")
    assert nasty in [code.value for code in page.code]
    assert nasty not in texts(page)


def test_a_result_that_cannot_be_stored_stays_with_a_banner(
    open_page: OpenPage, jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = History.finish

    def full(*_: object) -> None:
        raise HistoryError("the disk is full")

    monkeypatch.setattr(History, "finish", full)
    page = open_page("explore")
    page.button(key="run").click().run()
    measured(jobs, page.query_params["job"])
    page.run()
    assert "not saved: the disk is full" in texts(page)
    assert "End-to-end" in metrics(page)
    (download,) = page.get("download_button")
    assert (download.label, download.disabled) == ("Download as JSON", False)
    (outcome,) = json.loads(unsaved.as_json(jobs.unsaved()))
    assert outcome["run_id"] == page.query_params["job"]
    assert outcome["samples"]["e2e_s"]
    page.button(key="save_again").click().run()
    assert "the disk is full" in texts(page)
    monkeypatch.setattr(History, "finish", real)
    page.button(key="save_again").click().run()
    assert "not saved" not in texts(page)
    assert [row.status for row in jobs.history.rows()] == ["done"]


def test_a_run_goes_on_where_the_history_is_no_database(
    open_page: OpenPage, jobs: JobManager
) -> None:
    file = jobs.history.database.path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"no database, and long enough to be told from one" * 100)
    page = open_page("explore")
    assert "not a database" in texts(page)
    page.button(key="run").click().run()
    measured(jobs, page.query_params["job"])
    page.run()
    assert "End-to-end" in metrics(page)
    assert "not saved" in texts(page)


def test_a_resident_variant_can_be_dropped(open_page: OpenPage, jobs: JobManager) -> None:
    spec = a_spec()
    measured(jobs, jobs.submit(spec))
    page = open_page("explore")
    page.button(key=f"drop_{spec.variant.id}").click().run()
    held = jobs.residents("cpu")
    assert held is not None
    assert held.residents == ()


def test_a_fault_of_the_controls_leaves_the_job_in_sight(
    open_page: OpenPage, jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.history.finish(a_result("run-1"))

    def broken() -> dict[str, object]:
        raise ValueError("broken")

    page = open_page("explore", job="run-1")
    monkeypatch.setattr(state, "chosen", broken)
    page.run()
    assert [FAULT in error.value for error in page.error] == [True]
    assert "End-to-end" in metrics(page)
