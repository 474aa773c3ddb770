"""The plots of the batching lab: what they show and what they say."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.analysis.batching.agreement import Agreement, agreement
from core.analysis.batching.curve import Curve, CurvePoint
from core.analysis.batching.serving_metrics import serving_metrics
from core.plots import batching_fit, batching_measured, batching_timeline
from core.plots.batching_curves import PANELS, figure, is_known, takeaway
from core.results.format import show
from core.results.serving import ServedLoad
from core.variants.policy import Policy
from tests.sample_serving import a_calibration, a_fit, a_served_load

BY_TITLE = {panel.title: panel for panel in PANELS}
RATES = (0.5, 1.0, 2.0, 4.0)


def a_curve(kind: str = "window", overloaded_from: float = 3.0, knee: float | None = 2.0) -> Curve:
    points = []
    for rate in RATES:
        metrics = serving_metrics(a_served_load(kind, rate_per_s=rate), 0.1)
        points.append(CurvePoint(rate, metrics, overloaded=rate > overloaded_from))
    return Curve(a_served_load(kind).policy, overloaded_from, tuple(points), 1.0, knee)


@pytest.fixture(scope="module")
def curves() -> list[Curve]:
    return [a_curve("window"), a_curve("continuous", overloaded_from=9.0, knee=None)]


def test_there_is_a_plot_for_each_figure(curves: list[Curve]) -> None:
    for panel in PANELS:
        assert is_known(panel, curves), panel.title
        assert figure(panel, curves, 1.0).data, panel.title


def test_a_figure_that_nobody_has_is_known_to_be_missing(curves: list[Curve]) -> None:
    free = [
        replace(
            curve,
            points=tuple(
                replace(p, metrics=replace(p.metrics, usd_per_million_tokens=None))
                for p in curve.points
            ),
        )
        for curve in curves
    ]
    assert is_known(BY_TITLE["Padding"], free)
    assert not is_known(BY_TITLE["Cost"], free)
    assert "price" in BY_TITLE["Cost"].missing


def test_lines_are_faint_where_more_comes_than_can_be_served(curves: list[Curve]) -> None:
    drawn = figure(BY_TITLE["End-to-end"], curves[:1], 1.0).data
    steady = [trace for trace in drawn if "lines" in trace.mode and trace.opacity == 1.0]
    faint = [trace for trace in drawn if "lines" in trace.mode and trace.opacity < 1.0]
    assert [tuple(trace.x) for trace in steady] == [(0.5, 1.0, 2.0)] * 2
    assert [tuple(trace.x) for trace in faint] == [(2.0, 4.0)] * 2
    assert "more than it can serve" in faint[0].hovertext[-1]


def test_the_overloaded_part_is_one_line_with_gaps() -> None:
    curve = a_curve(overloaded_from=9.0)
    over = {1, 3}  # as where a policy keeps up again at a higher rate
    points = tuple(replace(p, overloaded=n in over) for n, p in enumerate(curve.points))
    drawn = figure(BY_TITLE["Throughput"], [replace(curve, points=points)], 1.0).data
    (faint,) = [trace for trace in drawn if "lines" in trace.mode and trace.opacity < 1.0]
    assert tuple(faint.x) == (0.5, 1.0, None, 2.0, 4.0)
    first = replace(curve, points=tuple(replace(p, overloaded=True) for p in curve.points))
    (only,) = figure(BY_TITLE["Throughput"], [first], 1.0).data[:1]
    assert tuple(only.x) == RATES
    assert only.showlegend


def test_the_knee_is_marked_on_the_line(curves: list[Curve]) -> None:
    panel = BY_TITLE["End-to-end"]
    knees = [trace for trace in figure(panel, curves, 1.0).data if trace.name == "knee"]
    assert [tuple(trace.x) for trace in knees] == [(2.0,)]
    assert knees[0].y[0] == panel.read(curves[0].points[2].metrics)


def test_each_policy_stands_in_the_legend_once(curves: list[Curve]) -> None:
    drawn = figure(BY_TITLE["TTFT"], curves, 1.0).data
    assert [trace.name for trace in drawn if trace.showlegend] == [c.policy.label for c in curves]


def test_the_takeaway_names_best_and_worst_by_the_direction() -> None:
    slow, fast = Policy(kind="static"), Policy(kind="continuous")
    metrics = serving_metrics(a_served_load(), 0.1)
    at = {
        slow: replace(metrics, e2e_p50_s=4.0, goodput_share=0.4),
        fast: replace(metrics, e2e_p50_s=1.0, goodput_share=0.9),
    }
    words = takeaway(BY_TITLE["End-to-end"], 2.0, at)
    assert f"At 2.00 requests/s, {fast.label} is best (p50 1.00 s)" in words
    assert f"{slow.label} worst (p50 4.00 s)" in words
    assert f"{fast.label} is best (90 %)" in takeaway(BY_TITLE["Goodput"], 2.0, at)


def test_the_takeaway_makes_no_difference_of_what_is_alike() -> None:
    metrics = serving_metrics(a_served_load(), 0.1)
    at = {Policy(kind="static"): metrics, Policy(kind="window"): metrics}
    assert "all are alike" in takeaway(BY_TITLE["Throughput"], 2.0, at)


def spans(load: ServedLoad) -> dict[str, list[tuple[float, float]]]:
    return {
        trace.name: [(base, base + x) for base, x in zip(trace.base, trace.x, strict=True)]
        for trace in batching_timeline.figure(load).data
    }


def test_the_timeline_goes_from_arrival_to_end_without_a_gap() -> None:
    load = a_served_load("static")
    parts = spans(load)
    for number, one in enumerate(load.served):
        ends = [spans_of[number] for spans_of in parts.values()]
        assert ends[0] == pytest.approx((one.arrival_s, one.started_s))
        assert [begin for begin, _ in ends[1:]] == pytest.approx([end for _, end in ends[:-1]])
        assert ends[-1][1] == pytest.approx(one.ended_s)


def test_a_short_answer_waits_for_the_longest_of_its_batch() -> None:
    load = a_served_load("static")
    held = spans(load)["done, waits for the batch"]
    batch = [one for one in load.served if one.batch == 0]
    longest = max(batch, key=lambda one: one.output_tokens)
    shortest = min(batch, key=lambda one: one.output_tokens)
    assert held[longest.number][0] == pytest.approx(held[longest.number][1])
    assert held[shortest.number][1] - held[shortest.number][0] > 0.05
    assert "held until their batch ends" in batching_timeline.takeaway(load)


def test_nobody_waits_for_a_batch_in_continuous_batching() -> None:
    load = a_served_load("continuous")
    assert "done, waits for the batch" not in spans(load)
    assert "held until" not in batching_timeline.takeaway(load)


def test_the_timeline_shows_the_first_requests() -> None:
    load = a_served_load(requests=100)
    assert [one.number for one in batching_timeline.shown(load)] == [*range(40)]


def test_timelines_beside_each_other_have_one_axis() -> None:
    short, long = a_served_load(), a_served_load("static", rate_per_s=0.1)
    until_s = max(map(batching_timeline.last_end_s, (short, long)))
    ranges = {tuple(batching_timeline.figure(load, until_s).layout.xaxis.range)
              for load in (short, long)}  # fmt: skip
    ((low, high),) = ranges
    assert low == 0
    assert high > max(one.ended_s for one in batching_timeline.shown(long))


def test_nothing_served_is_told() -> None:
    load = a_served_load().model_copy(update={"served": (), "steps": ()})
    assert batching_timeline.takeaway(load) == "No request was served."


def test_the_fit_lies_on_the_line_where_it_is_exact() -> None:
    calibration, steps = a_calibration(), a_fit()
    drawn = batching_fit.figure(calibration.samples, steps)
    points = [trace for trace in drawn.data if trace.mode == "markers"]
    assert sum(len(trace.x) for trace in points) == len(calibration.samples)
    for trace in points:
        assert list(trace.y) == pytest.approx(list(trace.x), rel=1e-3)
    assert "Prefill steps are fitted within" in batching_fit.takeaway(steps)


def an_agreement(rate_per_s: float | None = None, slower: Sequence[float] = (1.0,)) -> Agreement:
    """Sixty requests that were served so many times as slowly, once for each repeat."""
    loads = []
    for times in slower:
        load = a_served_load(requests=60, rate_per_s=rate_per_s or 1.0)
        served = [
            one.model_copy(update={"ended_s": one.arrival_s + times * one.e2e_s})
            for one in load.served
        ]
        loads.append(load.model_copy(update={"simulated": False, "served": tuple(served)}))
    return agreement(loads, a_fit(), None, rate_per_s)


def test_measured_and_simulated_requests_lie_over_each_other() -> None:
    found = an_agreement()
    drawn = batching_measured.figure([found]).data
    assert [trace.line.dash for trace in drawn] == ["solid", "dash"]
    assert [trace.showlegend for trace in drawn] == [True, False]
    times = sorted(one.e2e_s for one in found.simulated.served)
    assert list(drawn[1].x) == times
    assert list(drawn[0].x) == pytest.approx(times)
    assert drawn[0].y[-1] == 1.0


def test_the_sentence_has_the_tables_median_and_says_of_which_requests() -> None:
    found = an_agreement(slower=(5.0, 1.0, 1.0))
    middle = found.of("e2e_p50_s")
    words = batching_measured.takeaway([found])
    told = f"{show(middle.measured, 's')} (simulated {show(middle.simulated, 's')})"
    assert f"of requests 7 to 54 of 60, and the median of repeats, is {told}" in words
    assert "all requests of the first repeat" in words
    (measured, _) = batching_measured.figure([found]).data
    assert "measured, first of 3 repeats" in measured.hovertext[0]


def test_each_rate_has_its_own_simulation_and_name() -> None:
    found = [an_agreement(0.1), an_agreement(9.0)]
    words = batching_measured.takeaway(found)
    for one in found:
        simulated = show(one.of("e2e_p50_s").simulated, "s")
        assert f"(simulated {simulated}) for {one.label}" in words
    assert [one.label for one in found] == [
        "window 8, 0.5 s at 0.100 requests/s",
        "window 8, 0.5 s at 9.00 requests/s",
    ]
    drawn = batching_measured.figure(found).data
    assert [trace.name for trace in drawn] == 2 * [one.label for one in found]


def test_nobody_is_said_to_wait_for_nothing() -> None:
    crowded = a_served_load("continuous", requests=60, rate_per_s=50.0)
    assert "of their time in the queue" in batching_timeline.takeaway(crowded)
    words = batching_timeline.policy_words(crowded)
    assert words.startswith("Continuous batching: Requests join as soon as a slot is free")
    assert "no waiting" not in words
