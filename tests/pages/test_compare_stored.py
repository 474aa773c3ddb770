"""Compare, stored runs: choosing them, what is said of them, and what a URL may ask for."""

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import FailureKind
from core.jobs.manager import JobManager
from core.results.measured import Phase
from core.results.types import Grade, Trust
from pages.widgets.compare import compare_state
from pages.widgets.links.compare_link import PLOT_NAMES
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import in_phase, until
from tests.pages.conftest import ROOT, OpenPage, table, texts
from tests.pages.test_history_selection import select
from tests.sample_machines import a_run_environment
from tests.samples import a_failure, a_result, a_spec


@pytest.fixture
def runs(jobs: JobManager) -> JobManager:
    """Nine measured runs, run-1 the oldest, and run-0 that failed."""
    specs = [{}, {"precision": "bf16"}, {"precision": "nf4"}, *({"seed": n} for n in range(6))]
    for minute, changes in enumerate(specs, start=1):
        spec = a_spec(**changes)
        jobs.history.finish(a_result(f"run-{minute}", spec, e2e_s=1.0 + minute, minute=minute))
    jobs.history.finish(a_failure("run-0", kind=FailureKind.OUT_OF_MEMORY))
    return jobs


def chosen(page: AppTest) -> list[str]:
    return list(page.multiselect(key=compare_state.CHOSEN).value)


@pytest.mark.usefixtures("runs")
def test_a_url_brings_the_runs_beside_each_other(open_page: OpenPage) -> None:
    page = open_page("compare", runs="run-1,run-3")
    assert chosen(page) == ["run-1", "run-3"]
    differs = table(page, "Setting")
    assert differs.loc["Precision"].tolist() == ["asked", "fp32", "nf4"]
    assert "Attention" not in differs.index
    assert table(page, "Run").loc["2 nf4", "Trust"] == "A"


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("plots", PLOT_NAMES)
def test_one_plot_at_a_time_is_drawn_and_linked(open_page: OpenPage, plots: str) -> None:
    page = open_page("compare", runs="run-1,run-3", plots=plots)
    assert len(page.get("plotly_chart")) == (plots != "roofline")  # nothing bounds these runs
    page.session_state[compare_state.PLOTS_TAB] = "Memory by part"
    assert page.run().query_params["plots"] == "memory"


@pytest.mark.usefixtures("runs")
def test_every_metric_has_its_change_and_what_is_told_of_it(open_page: OpenPage) -> None:
    page = open_page("compare", runs="run-1,run-3")
    rows = table(page, "Metric")
    assert "2.00" in rows.loc["End-to-end", "1 fp32"]
    assert "reference" in rows.loc["End-to-end", "1 fp32"]
    assert ":green[-78.4 % better]" in rows.loc["Weights", "2 nf4"]
    assert ":red[+2.0 % worse]" in rows.loc["Perplexity", "2 nf4"]
    assert "Cost per million tokens" in rows.index


@pytest.mark.usefixtures("runs")
def test_another_run_can_be_the_one_to_compare_with(open_page: OpenPage) -> None:
    page = open_page("compare", runs="run-1,run-3")
    page.selectbox(key=compare_state.AGAINST).set_value("run-3").run()
    rows = table(page, "Metric")
    assert "reference" in rows.loc["Weights", "2 nf4"]
    assert ":red[" in rows.loc["Weights", "1 fp32"]


@pytest.mark.usefixtures("runs")
def test_the_choice_becomes_the_url(open_page: OpenPage) -> None:
    page = open_page("compare", runs="run-1,run-3")
    page.multiselect(key=compare_state.CHOSEN).select("run-2").run()
    assert page.query_params[compare_state.RUNS] in ("run-1,run-3,run-2", ["run-1,run-3,run-2"])
    assert "3 bf16" in table(page, "Metric").columns
    page.multiselect(key=compare_state.CHOSEN).set_value([]).run()
    assert compare_state.RUNS not in page.query_params


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("run-1,nobody", "nobody: there is no such run in this history."),
        ("run-1,run-0", "run-0: nothing was measured: The model could not be run."),
        ("run-1,<b>x</b>,[a](http://b)", "<b>x</b>: there is no such run"),
        ("run-1", "Choose 2 to 8 measured runs."),
        ("run-1,run-1", "Choose 2 to 8 measured runs."),
        (",,", "Choose 2 to 8 measured runs."),
        (",".join(f"run-{n}" for n in range(1, 10)), "9 runs are too many to tell apart"),
    ],
)
@pytest.mark.usefixtures("runs")
def test_what_cannot_be_compared_is_said(open_page: OpenPage, asked: str, said: str) -> None:
    page = open_page("compare", runs=asked)
    assert said in texts(page)
    assert not page.table


def test_a_deleted_run_is_left_out_and_the_rest_compared(
    open_page: OpenPage, runs: JobManager
) -> None:
    runs.history.delete(["run-2"])
    page = open_page("compare", runs="run-1,run-2,run-3")
    assert "run-2: it was deleted" in texts(page)
    assert [*table(page, "Metric").columns] == ["1 fp32", "2 nf4"]


def test_a_run_that_is_not_over_is_said(
    open_page: OpenPage, runs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    run_id = runs.submit(a_spec())
    until(in_phase(runs, run_id, Phase.MEASURING))
    page = open_page("compare", runs=f"run-1,{run_id}")
    assert f"{run_id}: it is running" in texts(page)


def test_another_machine_and_doubts_are_loud(open_page: OpenPage, runs: JobManager) -> None:
    elsewhere = a_run_environment().model_copy(update={"device_name": "Another CPU"})
    doubtful = Trust(grade=Grade.C, reasons=("Only 2 repeats.",))
    runs.history.finish(a_result("far", environment=elsewhere, trust=doubtful))
    page = open_page("compare", runs="run-1,far")
    assert texts(page).count("Measured on different machines (device)") == 1
    assert table(page, "Run").loc["2 fp32", "Doubts"] == "Only 2 repeats."


@pytest.mark.usefixtures("runs")
def test_the_newest_runs_are_offered_with_their_names(open_page: OpenPage) -> None:
    page = open_page("compare")
    page.segmented_control(key=compare_state.PART).set_value(compare_state.STORED).run()
    options = page.multiselect(key=compare_state.CHOSEN).options
    assert len(options) == 9
    assert options[0].startswith("smollm2-135m fp32 sdpa, 32 tokens")
    assert options[0].endswith("run-9")


@pytest.mark.usefixtures("runs")
def test_the_table_is_downloaded_as_csv(open_page: OpenPage) -> None:
    page = open_page("compare", runs="run-1,run-3")
    (button,) = page.get("download_button")
    assert button.label == "CSV"


@pytest.mark.usefixtures("runs")
def test_the_history_leads_to_the_selected_runs() -> None:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=20).run()
    page.switch_page("pages/history.py").run()
    assert compare_link(page) == ("Compare 2 to 8", True, "")
    select(page, 0, 1)
    assert compare_link(page) == ("Compare (2)", False, "runs=run-9%2Crun-8")
    select(page, *range(9))
    assert compare_link(page) == ("Compare 2 to 8", True, "")


def compare_link(page: AppTest) -> tuple[str, bool, str]:
    """The label of the link to this page, or of the button that stands there while it is closed;
    whether it is closed, and what it asks for.
    """
    for button in page.button:
        if button.key == "compare_runs":
            return button.label, button.disabled, ""
    (link,) = (e.proto for e in page.get("page_link") if e.proto.label.startswith("Compare"))
    return link.label, link.disabled, link.query_string
