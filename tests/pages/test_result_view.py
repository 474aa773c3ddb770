"""A result in its tabs: what is said of passes, memory, modules, quality and settings."""

import pytest

from core.jobs.manager import JobManager
from core.results.observed import ModuleGroup
from core.results.types import Effective, ForwardPasses, Output
from core.variants.spec import RunSpec
from pages.widgets import state
from tests.pages.conftest import OpenPage, metrics, table, texts
from tests.samples import a_cpu, a_result, a_spec, an_environment, effective_of, quality_of

MODULES = (
    ModuleGroup(
        name="model.layers.*.mlp.up_proj", kind="Linear4bit", quantised=True, count=30,
        dtype_bytes={"uint8": 13_000_000, "bfloat16": 800_000},
    ),
    ModuleGroup(
        name="model.embed_tokens", kind="Embedding", quantised=False, count=1,
        dtype_bytes={"bfloat16": 56_000_000},
    ),
    ModuleGroup(name="lm_head", kind="Linear", quantised=False, count=1, dtype_bytes={}),
)  # fmt: skip


def ran(spec: RunSpec, **changes: object) -> Effective:
    return effective_of(spec).model_copy(update=changes)


def test_the_tabs_in_their_order(open_page: OpenPage, jobs: JobManager) -> None:
    jobs.history.finish(a_result("run-1"))
    page = open_page("explore", job="run-1")
    assert [tab.label for tab in page.tabs] == [
        "Time", "Memory", "Cost", "Quality", "Text", "Settings",
    ]  # fmt: skip


def test_the_why_line_stands_under_the_heading(open_page: OpenPage, jobs: JobManager) -> None:
    jobs.history.finish(a_result("run-1"))
    (said,) = open_page("explore", job="run-1").info
    assert "What bounds this run cannot be told" in said.value


def test_passes_guesses_and_rows_that_ran_on_are_told(
    open_page: OpenPage, jobs: JobManager
) -> None:
    spec = a_spec(batch_size=3)
    output = Output(
        text="", token_ids=(), prompt_tokens=8, prompt_lengths=(8, 6, 4), new_tokens=(8, 2, 2)
    )
    passes = ForwardPasses(count=8, computed_tokens=45, proposed=10, accepted=7)
    jobs.history.finish(a_result("run-1", spec, output=output, passes=passes))
    page = open_page("explore", job="run-1")
    said = texts(page)
    assert "8 forward passes for up to 8 tokens in each of 3 rows; they computed 45 tokens" in said
    assert "70 % of 10 guessed tokens were accepted." in said
    assert "One row ran on: 50 % of the row-steps went to finished rows." in said
    shown = metrics(page)
    assert [shown[name] for name in ("Forward passes", "Accepted guesses", "Padding")] == [
        "8", "70 %", "25 %",
    ]  # fmt: skip


def test_predicted_stands_beside_measured(open_page: OpenPage, jobs: JobManager) -> None:
    jobs.history.finish(a_result("run-1"))
    rows = table(open_page("explore", {"result_tabs": "Memory"}, job="run-1"), "Part")
    assert list(rows.loc["Weights"])[:2] == ["538 MB", "538 MB"]
    assert rows.loc["Runtime", "Predicted"] == "–"
    assert "Draft model" not in rows.index


def test_the_largest_batch_and_context_that_fit_are_told(
    open_page: OpenPage, jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = an_environment(a_cpu().model_copy(update={"free_bytes": 700_000_000}))
    monkeypatch.setattr(state, "read_environment", lambda: small)
    jobs.history.finish(a_result("run-1"))
    said = texts(open_page("explore", job="run-1"))
    assert "rows like these, or texts of up to" in said
    assert "fit into the 700 MB that this variant can have now." in said
    assert "the most that can be asked for" not in said


def test_what_does_not_fit_at_all_is_said(
    open_page: OpenPage, jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = an_environment(a_cpu().model_copy(update={"free_bytes": 1000}))
    monkeypatch.setattr(state, "read_environment", lambda: tiny)
    jobs.history.finish(a_result("run-1"))
    assert "Nothing of it fits into the 1.00 kB" in texts(open_page("explore", job="run-1"))


def test_modules_are_listed_with_their_bytes_and_totals(
    open_page: OpenPage, jobs: JobManager
) -> None:
    spec = a_spec(precision="nf4")
    jobs.history.finish(a_result("run-1", spec, effective=ran(spec, modules=MODULES)))
    page = open_page("explore", {"result_tabs": "Memory"}, job="run-1")
    assert "30 quantised: 13.8 MB; 2 not quantised: 56.0 MB." in texts(page)
    rows = table(page, "Module")
    assert list(rows.index) == ["model.embed_tokens", "model.layers.*.mlp.up_proj", "lm_head"]
    assert rows.loc["model.layers.*.mlp.up_proj", "Quantised"] == "yes"
    assert rows.loc["lm_head", "Bytes by type"] == "shared with another module"


def test_random_weights_are_marked_have_no_text_and_a_dash_for_quality(
    open_page: OpenPage, jobs: JobManager
) -> None:
    spec = a_spec(weights="random")
    jobs.history.finish(
        a_result("run-1", spec, quality=None, quality_missing="random weights have no quality")
    )
    page = open_page("explore", job="run-1")
    assert "random weights]" in texts(page)
    assert "No quality: random weights have no quality." in texts(page)
    assert metrics(page)["Perplexity ratio"] == "–"
    assert not any("dog" in code.value for code in page.code)


def test_quality_says_how_long_it_took_and_whether_it_was_kept(
    open_page: OpenPage, jobs: JobManager
) -> None:
    kept = quality_of(a_spec())
    assert kept is not None
    kept = kept.model_copy(update={"from_cache": True})
    jobs.history.finish(a_result("run-1", quality=kept))
    said = texts(open_page("explore", {"result_tabs": "Quality"}, job="run-1"))
    assert "measured in 4.00 s, outside the timed part, kept from an earlier run" in said


def test_a_changed_price_changes_the_plots_of_cost_too(
    open_page: OpenPage, jobs: JobManager
) -> None:
    jobs.history.finish(a_result("run-1"))
    page = open_page("explore", {"result_tabs": "Cost"}, job="run-1")
    (before,) = (m.value for m in page.markdown if m.value.startswith("**Cost**  "))
    page.number_input(key="price_per_hour_cpu").set_value(9.0).run()
    (after,) = (m.value for m in page.markdown if m.value.startswith("**Cost**  "))
    assert before != after
