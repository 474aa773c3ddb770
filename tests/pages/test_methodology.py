"""Methodology: it names every number that the pages show."""

from core.results.metrics import METRICS
from tests.pages.conftest import OpenPage, texts


def test_every_metric_is_defined(open_page: OpenPage) -> None:
    said = texts(open_page("methodology"))
    assert [metric.key for metric in METRICS if f"`{metric.key}`" not in said] == []
    assert "Headline pass" in said
