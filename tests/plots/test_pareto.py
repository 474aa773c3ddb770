"""The Pareto plot: points by standing, intervals, the line of steps, and its words."""

import random

import pytest

from core.analysis.deciding.objectives import objectives
from core.analysis.deciding.pareto import ParetoSet, Standing, pareto_set
from core.plots.pareto import CELLS, axis_title, drawn, figure, left_out, takeaway
from tests.analysis.candidates import a_candidate

KNOWN = objectives(lambda _: 1.0)
TWO = ("tpot_s", "peak_bytes")


def a_set(rows: list[tuple[float, float]], *third: float, spread: float = 0.0) -> ParetoSet:
    keys = (*TWO, "output_tokens_per_s") if third else TWO
    runs = []
    for number, row in enumerate(rows):
        values = dict(zip(keys, (*row, *third[number : number + 1]), strict=False))
        ends = {"tpot_s": (row[0] - spread, row[0] + spread)} if spread else {}
        precision = ("fp32", "bf16", "nf4")[number % 3]
        runs.append(a_candidate(f"run-{number}", values, ends, levers={"precision": precision}))
    return pareto_set(runs, [KNOWN[key] for key in keys])


def traces(pareto: ParetoSet) -> dict[str, object]:
    return {trace.name: trace for trace in figure(pareto).data if trace.mode == "markers"}


def test_each_standing_is_a_trace_whose_points_name_their_runs() -> None:
    pareto = a_set([(1.0, 2.0), (2.0, 1.0), (2.05, 1.0), (9.0, 9.0)], spread=0.1)
    found = traces(pareto)
    named = {name: list(trace.customdata) for name, trace in found.items()}
    assert named == {"frontier": ["run-0", "run-1"], "undecided": ["run-2"], "dominated": ["run-3"]}
    assert found["undecided"].marker.symbol == "circle-open"
    assert found["dominated"].marker.opacity < 1


def test_values_are_in_the_units_of_the_axes() -> None:
    chart = figure(a_set([(0.05, 5e8)]))
    (points,) = (trace for trace in chart.data if trace.mode == "markers")
    assert (list(points.x), list(points.y)) == ([50.0], [500.0])
    assert chart.layout.xaxis.title.text == "TPOT, ms (lower is better)"
    assert axis_title(KNOWN["top1_agreement"]) == "Top-1 agreement (higher is better)"


def test_intervals_are_bars_from_end_to_end() -> None:
    (points,) = traces(a_set([(1.0, 2.0)], spread=0.25)).values()
    assert list(points.error_x.array) == pytest.approx([250.0])
    assert list(points.error_x.arrayminus) == pytest.approx([250.0])
    assert points.error_y.array is None


def test_the_line_has_only_the_frontier_of_its_two_axes() -> None:
    pareto = a_set([(1.0, 3.0), (2.0, 2.0), (3.0, 2.5)], 1.0, 2.0, 9.0)
    assert pareto.standings.count(Standing.FRONTIER) == 3
    (line,) = (trace for trace in figure(pareto).data if trace.mode == "lines")
    assert list(line.x) == [1000.0, 2000.0]
    assert line.line.shape == "hv"


def test_a_third_objective_is_a_colour_with_its_scale() -> None:
    (points,) = traces(a_set([(1.0, 3.0), (2.0, 2.0)], 5.0, 6.0)).values()
    assert list(points.marker.color) == [5.0, 6.0]
    assert "Output throughput" in points.marker.colorbar.title.text


@pytest.mark.parametrize(("far", "kind"), [(2.0, "linear"), (200.0, "log")])
def test_an_axis_is_logarithmic_where_values_lie_far_apart(far: float, kind: str) -> None:
    assert figure(a_set([(1.0, 3.0), (far, 2.0)])).layout.xaxis.type == kind


def test_of_many_runs_that_lie_over_each_other_one_is_drawn_and_the_rest_are_counted() -> None:
    draw = random.Random(0)
    rows = [(draw.uniform(1, 2), draw.uniform(1, 2)) for _ in range(5000)]
    alone, widest = (1.5, 9.0), (9.0, 1.5)
    pareto = a_set([(0.5, 0.5), alone, widest, *rows])
    shown = drawn(pareto, Standing.DOMINATED)
    places = {(c.values["tpot_s"], c.values["peak_bytes"]) for c in shown}
    assert {alone, widest} <= places
    assert len(shown) <= CELLS[Standing.DOMINATED] ** 2 / 4
    assert left_out(pareto) == 5002 - len(shown)


def test_a_frontier_of_thousands_is_thinned_with_its_ends() -> None:
    rows = [(1.0 + i / 5000, 2.0 - i / 5000) for i in range(5000)]
    chart = figure(a_set(rows))
    assert all(len(trace.x) <= 650 for trace in chart.data)
    for trace in chart.data:
        assert trace.x[0] == pytest.approx(rows[0][0] * 1e3)
        assert max(trace.x) == pytest.approx(rows[-1][0] * 1e3)


def test_words_name_the_ends_of_the_frontier() -> None:
    assert takeaway(a_set([(1.0, 3.0), (3.0, 1.0)])) == (
        "From fp32 · sdpa (1.00 s, 3 B), the best in TPOT, to bf16 · sdpa (3.00 s, 1 B), the best "
        "in Peak memory."
    )
    assert takeaway(a_set([(1.0, 1.0), (3.0, 3.0)])) == "One run is the best in all: fp32 · sdpa."
    both = a_set([(1.0, 1.0), (3.0, 3.0)], 1.0, 2.0)
    assert takeaway(both) == "fp32 · sdpa is the best in TPOT and in Peak memory."
    assert takeaway(a_set([])) == "No run has a value of each of these."
