"""Methodology: every number that the pages show, the thresholds of trust, and this machine."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from core.analysis.batching.figures import FIGURES
from core.analysis.cost import cost_metrics
from core.analysis.roofline import ROOFLINE_METRICS
from core.results import trust
from core.results.metrics import METRICS
from pages.widgets.metric_list import anchor_of, defined_name
from tests.pages.conftest import OpenPage, as_read, texts
from tests.sample_machines import VERSIONS

ALL = (*METRICS, *cost_metrics(1.0))
METHOD = Path(__file__).resolve().parents[2] / "docs" / "method.md"


def test_every_metric_is_defined_with_formula_and_source(open_page: OpenPage) -> None:
    page = open_page("methodology")
    paragraphs = [part.value.replace("\\", "") for part in page.markdown]
    for metric in ALL:
        paragraph = next(p for p in paragraphs if f"`{metric.key}`" in p)
        for part in (metric.help, metric.formula, metric.source):
            assert part in paragraph, metric.key
    assert "Headline" in texts(page)


def test_each_name_in_a_table_leads_to_its_definition(open_page: OpenPage) -> None:
    """The link's anchor is that of the heading over the definition, and no two are the same."""
    headings = {head.proto.anchor: head.value for head in open_page("methodology").subheader}
    every = [*ALL, *ROOFLINE_METRICS, *FIGURES.values()]
    assert len(headings) == len(every)
    for defined in every:
        link = as_read(defined_name(defined))
        assert link == defined.label
        assert headings[anchor_of(defined)] == defined.label


def test_a_definition_cannot_break_out_of_the_link_that_shows_it() -> None:
    odd = replace(METRICS[0], label="a](b", help='says "x") and [more](http://a.b)')
    name = defined_name(odd)
    assert name.startswith("[a\\]\\(b](methodology#")
    assert name.count('"') - name.count('\\"') == 2


def test_no_metric_leaves_its_formula_or_source_out() -> None:
    assert [metric.key for metric in ALL if not (metric.formula and metric.source)] == []


def test_this_machine_is_shown(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    page = open_page("methodology")
    devices, packages = (table.value for table in page.table)
    assert devices.loc["cpu", "Name"] == "Example CPU @ 2.00GHz"
    assert packages.loc["torch", "Version"] == VERSIONS["torch"]
    assert "OMP_NUM_THREADS=3" in texts(page)
    assert "2 processors" in texts(page)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (trust.WIDE_INTERVAL, "wider than {} of the median"),
        (trust.VERY_WIDE_INTERVAL, "wider than {} is a C"),
        (trust.LARGE_OVERHEAD, "more than {} apart"),
        (trust.CLOCK_DRIFT, "by more than {}"),
        (trust.FOREIGN_SHARE, "more than {} of the processors"),
        (trust.HEAVY_FOREIGN_SHARE, "more than {} are a C"),
    ],
)
def test_the_page_gives_the_thresholds_that_the_grade_uses(share: float, words: str) -> None:
    method = re.sub(r"\s+", " ", METHOD.read_text(encoding="utf-8"))
    assert words.format(f"{share * 100:.0f} %") in method


def test_the_page_gives_the_counts_that_the_grade_uses() -> None:
    method = re.sub(r"\s+", " ", METHOD.read_text(encoding="utf-8"))
    assert f"Fewer than {trust.FEWEST_REPEATS} repeats" in method
    assert f"Fewer than {trust.FEWEST_TOKENS} tokens" in method
