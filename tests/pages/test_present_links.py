"""The ways to Present from pages that have runs beside each other."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.manager import JobManager
from tests.pages.conftest import ROOT
from tests.sample_pairs import a_pair
from tests.samples import a_result, a_spec

LinkOf = Callable[..., str]


@pytest.fixture
def link_of(jobs: JobManager) -> LinkOf:
    """What the link to Present asks for, on a page opened by a link."""
    jobs.history.finish(a_result("run-a", a_spec(), e2e_s=2.0))
    jobs.history.finish(a_result("run-b", a_spec(precision="nf4"), e2e_s=1.0, minute=1))
    short = a_spec(precision="bf16", max_new_tokens=8)
    jobs.history.finish(a_result("run-c", short, minute=-1))

    def found(page: str, **query: str) -> str:
        opened = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
        opened.switch_page(f"pages/{page}.py")
        for name, text in query.items():
            opened.query_params[name] = text
        opened.run()
        assert not opened.exception
        protos = (element.proto for element in opened.get("page_link"))
        (link,) = (p for p in protos if p.label == "What it saves per month")
        assert link.page == "present"
        return str(link.query_string)

    return found


def test_two_stored_runs_lead_there_the_reference_as_today(link_of: LinkOf) -> None:
    assert link_of("compare", runs="run-b,run-a") == "from=run-b&to=run-a"
    assert link_of("compare", runs="run-b,run-a", against="run-a") == "from=run-a&to=run-b"


def test_of_many_stored_runs_the_reference_does_and_the_other_is_proposed(link_of: LinkOf) -> None:
    assert link_of("compare", runs="run-b,run-a,run-c") == "from=run-b"


def test_a_pair_leads_there_with_a_as_today(link_of: LinkOf, jobs: JobManager) -> None:
    for outcome in a_pair(("pair-a", "pair-b")):
        jobs.history.finish(outcome)
    assert link_of("compare", pair="pair-b") == "from=pair-a&to=pair-b"


def test_an_answer_leads_there_over_its_baseline(link_of: LinkOf) -> None:
    assert link_of("decide", ask="at most 900 ms per token, cheapest, on nf4") == (
        "from=run-a&to=run-b"
    )


def test_an_answer_that_is_the_baseline_leads_there_alone(link_of: LinkOf) -> None:
    assert link_of("decide", ask="at most 900 ms per token, cheapest, on fp32") == "from=run-a"
