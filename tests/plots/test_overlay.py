"""Plots of several runs: every run in each, told apart, and the words above."""

import pytest

from core.plots.charts import Topic
from core.plots.overlay import overlays, span
from core.plots.palette import DASHES, MANY
from core.results.measured import Memory, Samples
from core.results.types import RunResult
from tests.plots.test_figures import COSTS
from tests.sample_rooflines import a_bounded_result
from tests.samples import a_result, a_spec

EIGHT = {f"{n} run": a_bounded_result(run_id=f"run-{n}", e2e_s=float(n)) for n in range(1, 9)}


def test_every_plot_has_all_eight_runs() -> None:
    drawn = {chart.title: chart for chart in overlays(EIGHT, COSTS)}
    assert [*drawn] == ["Latency by phase", "Latency per token", "Roofline", "Memory by part",
                        "Cost", "Paid once"]  # fmt: skip
    assert {chart.topic for chart in drawn.values()} == {Topic.TIME, Topic.MEMORY, Topic.COST}
    assert list(drawn["Latency by phase"].figure.data[0].y) == [*EIGHT]
    assert [line.name for line in drawn["Latency per token"].figure.data] == [*EIGHT]
    points = [t.name for t in drawn["Roofline"].figure.data if t.mode == "markers"]
    assert points == [*EIGHT]
    assert list(drawn["Cost"].figure.data[0].y) == [*EIGHT]


def test_lines_of_eight_runs_differ_in_colour_and_neighbours_in_dash() -> None:
    (steps,) = (c for c in overlays(EIGHT, ()) if c.title == "Latency per token")
    styles = [(line.line.color, line.line.dash) for line in steps.figure.data]
    assert [colour for colour, _ in styles] == [*MANY]
    assert [dash for _, dash in styles] == [*DASHES, *DASHES]


def test_more_runs_get_a_higher_plot() -> None:
    two = dict(list(EIGHT.items())[:2])
    heights = [overlays(runs, COSTS)[0].figure.layout.height for runs in (two, EIGHT)]
    assert heights[0] < heights[1]


def test_runs_under_different_roofs_get_both() -> None:
    runs = {"1 a": a_bounded_result(), "2 b": a_bounded_result(a_spec(precision="fp16"))}
    (chart,) = (c for c in overlays(runs, ()) if c.title == "Roofline")
    assert [t.name for t in chart.figure.data][:2] == ["roof, float32", "roof, float16"]


def test_a_name_with_markup_is_shown_as_it_is() -> None:
    first, *_ = overlays({"<b>x</b>": a_result("one"), "2": a_result("two")}, ())
    assert first.figure.data[0].y[0] == "&lt;b&gt;x&lt;/b&gt;"


def test_the_words_name_the_least_the_most_and_the_unknown() -> None:
    runs = {
        "1 a": a_result(e2e_s=2.0),
        "2 b": a_result(e2e_s=1.0),
        "3 c": a_result(memory=Memory()),
    }
    peak = span("The peak is", runs, lambda run: run.memory.peak_bytes, "bytes")
    assert peak == "The peak is 960 MB in each, within 1 %. Not known of 3 c."
    first = {"1 a": 2.0, "2 b": 1.0}
    times: dict[str, RunResult] = {name: runs[name] for name in first}
    said = span("It takes", times, lambda run: run.samples.e2e_s[0], "s")
    assert said == "It takes from 1.00 s (2 b) to 2.00 s (1 a)."
    assert "not measured" in span("It takes", times, lambda _: None, "s")
    alone = span("It takes", times, lambda run: 1.0 if run is runs["1 a"] else None, "s")
    assert alone == "It takes 1.00 s (1 a). Not known of 2 b."


@pytest.mark.parametrize("costs", [(), COSTS])
def test_runs_without_samples_have_no_plots_but_what_was_paid_once(costs: tuple[()]) -> None:
    empty = {"1": a_result(samples=Samples(e2e_s=(1.0,)), memory=Memory())}
    titles = [chart.title for chart in overlays(empty, costs)]
    assert titles == (["Cost", "Paid once"] if costs else ["Paid once"])
