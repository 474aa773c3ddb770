"""B against A in plots: intervals around 1, the band of no interest, pairs in their order."""

from core.analysis.comparing.ratio_rows import ratio_rows
from core.plots.ratios import figure, pairs_figure, pairs_takeaway, takeaway
from core.results.metrics import METRICS
from core.results.paired import Ratio

RATIOS = {
    "e2e_s": Ratio(0.8, 0.75, 0.85),
    "peak_bytes": Ratio(1.5, 1.5, 1.5),
    "ttft_s": Ratio(1.01, 0.97, 1.05),
}
UNSURE, FASTER, LARGER = ratio_rows(RATIOS, METRICS)


def test_each_metric_has_its_ratio_and_its_interval() -> None:
    chart = figure([FASTER, LARGER, UNSURE], 0.03)
    first, second, third = chart.data
    assert (first.x[0], first.y[0]) == (0.8, "End-to-end")
    assert first.x[0] + first.error_x.array[0] == 0.85
    assert first.x[0] - first.error_x.arrayminus[0] == 0.75
    assert second.error_x.array is None
    assert len({(t.marker.color, t.marker.symbol) for t in (first, second, third)}) == 3


def test_the_band_of_no_interest_lies_around_one() -> None:
    band = figure([FASTER], 0.03).layout.shapes[0]
    assert (band.x0, band.x1) == (1 / 1.03, 1.03)


def test_pairs_stand_in_their_order_told_apart_by_who_came_first() -> None:
    chart = pairs_figure([0.8, 0.9, 1.0], FASTER, 0.03)
    a_first, b_first = chart.data
    assert (list(a_first.x), list(a_first.y)) == ([1, 3], [0.8, 1.0])
    assert (list(b_first.x), list(b_first.y)) == ([2], [0.9])


def test_the_words_say_what_the_plots_show() -> None:
    said = takeaway([FASTER, LARGER, UNSURE])
    assert said == (
        "B is better in End-to-end (0.800 ×); worse in Peak memory (1.50 ×); "
        "undecided in TTFT (1.01 ×)."
    )
    assert takeaway([UNSURE]) == "Undecided in TTFT (1.01 ×)."
    assert takeaway([]) == "Nothing was measured of both."
    pairs = pairs_takeaway([0.8, 0.9, 1.0, 1.1], 0.03)
    assert pairs == (
        "B was faster by more than 3 % in 2 of 4 pairs, slower by more than that in 1, "
        "and neither in 1."
    )
