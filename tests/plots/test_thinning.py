"""Fewer points than values: bounded, with the first, the last and all outliers."""

import random

from core.plots import overlay, token_latency
from core.plots.thinning import apart, each_stands_for, kept
from core.results.measured import Samples
from core.results.types import RunResult
from tests.samples import a_result, a_spec

MANY = 50_000


def test_a_short_line_stays_whole() -> None:
    assert kept([3.0, 1.0, 2.0]) == [0, 1, 2]
    assert each_stands_for(600) == 1


def test_a_long_line_keeps_its_ends_and_every_outlier() -> None:
    draw = random.Random(0)
    values = [draw.uniform(1, 2) for _ in range(MANY)]
    values[777], values[31_000] = 90.0, -90.0
    places = kept(values, 400)
    assert len(places) <= 400
    assert places == sorted(set(places))
    assert {0, 777, 31_000, MANY - 1} <= set(places)


def test_each_stretch_keeps_its_lowest_and_its_highest() -> None:
    values = [float(i % 100) for i in range(10_000)]
    shown = kept(values, 202)
    assert sum(values[place] == 0.0 for place in shown) == 100
    assert sum(values[place] == 99.0 for place in shown) == 100
    assert each_stands_for(10_000, 202) == 100


def test_points_that_have_their_place_for_themselves_stay() -> None:
    x = [*(i / MANY for i in range(MANY)), 5.0, 2.5]
    y = [*(0.5 for _ in range(MANY)), 7.0, 3.5]
    places = apart(x, y, 20)
    assert {0, MANY, MANY + 1} <= set(places)
    assert len(places) <= 20
    assert apart([], [], 20) == []
    assert apart([1.0, 1.0], [2.0, 2.0], 20) == [0]


def a_long_result(passes: int, tokens: int) -> RunResult:
    """Steps of 10 ms, one of which took a second."""
    times = [0.01 * (i + 1) for i in range(tokens)]
    late = [moment + (1.0 if i >= tokens // 3 else 0.0) for i, moment in enumerate(times)]
    token_s = (tuple(late), *(tuple(times) for _ in range(passes - 1)))
    return a_result(
        spec=a_spec(max_new_tokens=tokens, repeats=passes),
        samples=Samples(e2e_s=(late[-1],) * passes, token_s=token_s),
    )


def drawn_points(result: RunResult) -> int:
    figure = token_latency.figure(result, None)
    return sum(len(trace.x) for trace in figure.data)


def test_the_latency_of_many_tokens_has_few_points_and_its_slowest_one() -> None:
    long, longer = (a_long_result(5, tokens) for tokens in (5000, 20_000))
    assert drawn_points(longer) <= drawn_points(long) + 12 <= 6 * 600 + 12
    first, *_ = token_latency.figure(longer, None).data
    assert max(first.y) > 1.0
    assert (first.x[0], first.x[-1]) == (2, 20_000)
    assert "of each 67 tokens" in token_latency.takeaway(longer)
    assert "Drawn" not in token_latency.takeaway(a_long_result(5, 100))


def test_many_passes_are_a_span_with_the_slowest_of_all() -> None:
    result = a_long_result(200, 500)
    figure = token_latency.figure(result, None)
    assert len(figure.data) == 3
    assert drawn_points(result) <= 3 * 600
    assert max(max(trace.y) for trace in figure.data) > 1.0


def test_overlaid_lines_are_thinned_and_say_so() -> None:
    runs = {name: a_long_result(2, 9000) for name in ("a", "b")}
    (chart,) = (c for c in overlay.overlays(runs, []) if c.title == "Latency per token")
    assert all(len(trace.x) <= 600 for trace in chart.figure.data)
    assert "Drawn: of each" in chart.takeaway
