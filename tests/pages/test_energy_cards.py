"""The cards of energy: numbers and what was counted, or dashes and the reason."""

import pytest

from core.jobs.manager import JobManager
from core.results.measured import Energy
from pages.widgets.metric_cards import energy_sentence
from tests.pages.conftest import OpenPage, metrics, texts
from tests.samples import a_result


def test_what_was_counted_and_for_how_long_is_told() -> None:
    counted = Energy(joules=60.0, window_s=2.0, generations=4, tokens=128, counter="RAPL package-0")
    said = energy_sentence(a_result(energy=counted))
    assert said == "RAPL package-0: 60.0 J in 2.00 s, generations: 4."


@pytest.mark.parametrize(
    ("missing", "said"),
    [("no counter", "No energy: no counter."), (None, "No energy: not measured.")],
)
def test_without_energy_the_reason_is_told(missing: str | None, said: str) -> None:
    assert energy_sentence(a_result(energy=None, energy_missing=missing)) == said


def test_a_page_shows_dashes_with_the_reason(open_page: OpenPage, jobs: JobManager) -> None:
    jobs.history.finish(a_result("run-1", energy=None, energy_missing="no counter"))
    page = open_page("history", {"result_tabs": "Cost"}, run="run-1")
    assert metrics(page)["Energy per token"] == metrics(page)["Mean power"] == "–"
    assert "No energy: no counter." in texts(page)
