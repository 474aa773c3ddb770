"""Compare, A/B: a pair by its link, whatever became of it."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import FailureKind, RequestError
from core.jobs.manager import JobManager
from core.results.measured import Phase
from core.results.types import Outcome, RunFailure, RunResult
from core.variants.pairing import PairPlan
from core.variants.spec import RunSpec
from core.variants.weights import NO_TEXT
from pages.widgets.compare import pair_state
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import in_phase, until
from tests.pages.conftest import OpenPage, table, texts
from tests.sample_machines import a_run_environment
from tests.sample_pairs import a_pair as a_sample_pair
from tests.samples import a_failure, a_result, a_spec

WORDS = (" a", " lazy", " dog", "\n", " <b>", " _sat_", " $x$", " end")
HOSTILE = " cat<img src=x onerror=alert(1)>"


def written(page: AppTest) -> list[str]:
    """What the two sides wrote; the style and the script of every page are HTML too."""
    found = (str(element.proto.body) for element in page.get("html"))
    return [body for body in found if not body.startswith(("<style", "<script"))]


def a_pair(
    specs: tuple[RunSpec, RunSpec] | None = None, **changes: Any
) -> tuple[RunResult, RunResult]:
    """A pair of fp32 and bf16 where B takes 0.8 times as long; B's third token is another one."""
    chosen = specs or (a_spec(), a_spec(precision="bf16"))
    a, b = a_sample_pair(("pair-a", "pair-b"), chosen, **{"b_over_a": 0.8, **changes})
    return writing(a, WORDS), writing(b, (*WORDS[:2], HOSTILE, *WORDS[3:]))


def writing(result: RunResult, words: tuple[str, ...]) -> RunResult:
    """The result with these tokens as its output."""
    output = result.output.model_copy(
        update={
            "text": "".join(words),
            "token_texts": words,
            "token_ids": tuple(sum(map(ord, word)) for word in words),
        }
    )
    return result.model_copy(update={"output": output})


def keep(jobs: JobManager, *outcomes: Outcome) -> None:
    for outcome in outcomes:
        jobs.history.finish(outcome)


@pytest.mark.parametrize("link", ["pair-a", "pair-b", "pair-a,pair-b", "pair-b,pair-a"])
def test_either_run_leads_to_the_pair_with_a_first(
    open_page: OpenPage, jobs: JobManager, link: str
) -> None:
    keep(jobs, *a_pair())
    page = open_page("compare", pair=link)
    said = texts(page)
    assert "B is 1.25 times as fast" in said
    assert said.index("**A** smollm2-135m · fp32") < said.index("**B** smollm2-135m · bf16")
    assert " pairs, stopped early: the difference is decided." in said


def test_every_ratio_stands_in_the_table(open_page: OpenPage, jobs: JobManager) -> None:
    keep(jobs, *a_pair())
    rows = table(open_page("compare", pair="pair-a"), "Metric")
    assert rows.loc["End-to-end", "B / A"].startswith("0.8")
    assert rows.loc["End-to-end", "B is"] == ":green[better]"
    assert rows.loc["Weights", "B / A"] == "0.500"
    assert rows.loc["Perplexity", "B is"] == ":red[worse]"


def test_texts_stand_beside_each_other_with_what_differs_marked(
    open_page: OpenPage, jobs: JobManager
) -> None:
    keep(jobs, *a_pair())
    page = open_page("compare", pair="pair-a")
    a, b = written(page)
    assert a.count("<mark") == b.count("<mark") == 1
    assert "> dog</mark>" in a
    assert "cat&lt;img src=x onerror=alert(1)&gt;</mark>" in b
    assert "the first difference is token 3" in texts(page)


def test_random_weights_have_no_text_and_that_is_said(
    open_page: OpenPage, jobs: JobManager
) -> None:
    spec = a_spec(model="gpt2", weights="random")
    a, b = a_pair((spec, spec))
    silent = a.output.model_copy(update={"text": "", "token_texts": ()})
    keep(jobs, *(r.model_copy(update={"output": silent}) for r in (a, b)))
    page = open_page("compare", pair="pair-a")
    assert texts(page).count(NO_TEXT) == 2
    assert not written(page)


def test_other_work_and_another_machine_are_said(open_page: OpenPage, jobs: JobManager) -> None:
    a, b = a_pair((a_spec(), a_spec(max_new_tokens=16)))
    elsewhere = a_run_environment().model_copy(update={"device_name": "Another CPU"})
    keep(jobs, a, b.model_copy(update={"environment": elsewhere}))
    said = texts(open_page("compare", pair="pair-a"))
    assert "The work differs" in said
    assert "Measured on different machines" in said


def test_an_undecided_pair_offers_to_be_set_up_again_with_more(
    open_page: OpenPage, jobs: JobManager
) -> None:
    keep(jobs, *a_pair(b_over_a=1.0, noise=(1.0, 1.3, 0.8, 1.1)))
    page = open_page("compare", pair="pair-a")
    assert "100 pairs, stopped at the most pairs." in texts(page)
    page.button(key="again").click().run()
    assert "pair" not in page.query_params
    assert page.selectbox(key=pair_state.key_of("b", "precision")).value == "bf16"
    assert page.selectbox(key=pair_state.key_of("a", "precision")).value == "fp32"
    assert page.number_input(key=pair_state.PAIRS).value >= 100


def test_the_command_repeats_it(open_page: OpenPage, jobs: JobManager) -> None:
    keep(jobs, *a_pair())
    (command,) = (c.value for c in open_page("compare", pair="pair-a").code)
    assert command.startswith("python -m core compare --a=")
    assert "--precision=bf16" in command
    assert command.endswith("--most-pairs=100 --smallest-effect=0.03")


@pytest.mark.parametrize("link", ["nobody", "<script>alert(1)</script>", "a,b,c,d", "%00"])
def test_a_link_to_nothing_is_said_and_leads_back(open_page: OpenPage, link: str) -> None:
    page = open_page("compare", pair=link)
    assert "There is no run" in texts(page)
    page.button(key="leave_pair").click().run()
    assert not page.button(key="start_pair").disabled


@pytest.mark.parametrize("link", ["run-1", "run-1,run-2", "pair-a,run-1"])
def test_runs_that_are_no_pair_are_not_judged(
    open_page: OpenPage, jobs: JobManager, link: str
) -> None:
    keep(jobs, a_result("run-1"), a_result("run-2"), a_pair()[0])
    said = texts(open_page("compare", pair=link))
    assert "no two runs that were measured in turns" in said or "There is no run pair-b" in said


def test_a_pair_of_which_one_failed_shows_the_failure_and_no_verdict(
    open_page: OpenPage, jobs: JobManager
) -> None:
    a, _ = a_pair()
    failed = a_failure("pair-b", a_spec(precision="nf4"), kind=FailureKind.OUT_OF_MEMORY)
    keep(jobs, a, failed)
    page = open_page("compare", pair="pair-a,pair-b")
    assert "Out of memory" in texts(page)
    assert "times as fast" not in texts(page)
    assert not page.table


def test_start_submits_both_sides_and_the_link_follows_them(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    page = open_page("compare")
    page.selectbox(key=pair_state.key_of("b", "precision")).set_value("bf16").run()
    page.number_input(key=pair_state.PAIRS).set_value(8).run()
    page.button(key="start_pair").click().run()
    a, b = linked(page)
    until(in_phase(jobs, a, Phase.MEASURING))
    specs = [job.spec for run_id in (a, b) if (job := jobs.snapshot(run_id))]
    assert [spec.variant.precision for spec in specs] == ["fp32", "bf16"]
    again = open_page("compare", pair=f"{a},{b}")
    assert "radio_button_checked: Measuring]" in texts(again)
    assert "Also here" not in texts(again)


def test_either_run_of_an_active_pair_is_enough_to_follow_and_to_cancel_it(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    a, b = jobs.submit_pair(a_spec(), a_spec(precision="bf16"), PairPlan())
    until(in_phase(jobs, a, Phase.MEASURING))
    page = open_page("compare", pair=b)
    page.button(key="cancel").click().run()
    assert all(isinstance(jobs.wait(run_id), RunFailure) for run_id in (a, b))
    ended = open_page("compare", pair=f"{a},{b}")
    assert texts(ended).count("**Cancelled.**") == 2


def test_a_refusal_on_submitting_is_said(
    open_page: OpenPage, jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RequestError("b.device", "cuda:0", "there is no such device.")

    page = open_page("compare")
    monkeypatch.setattr(jobs, "submit_pair", refuse)
    page.button(key="start_pair").click().run()
    assert "there is no such device" in texts(page)
    assert "pair" not in page.query_params


def linked(page: AppTest) -> list[str]:
    value = page.query_params["pair"]
    return (value[0] if isinstance(value, list) else value).split(",")
