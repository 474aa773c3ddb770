"""The heat map of a sweep: values by colour and in digits, and words where there are none."""

import plotly.graph_objects as go
import pytest

from core.analysis.deciding.asking.words import KNOWN
from core.analysis.squares import EVERYTHING, Filling, Spot, planes
from core.plots.heat_map import figure, takeaway, told

AXES = {"precision": ("fp32", "nf4", "int8"), "batch_size": (1, 4)}
LEVERS = ("batch_size", "precision", EVERYTHING)
LABELS = ("Batch size", "Precision", "none")
TPOT, RATE = KNOWN["tpot_s"], KNOWN["output_tokens_per_s"]


def a_spot(precision: str, batch: int, value: float | None, filling: str = "measured") -> Spot:
    levers = {"precision": precision, "batch_size": str(batch)}
    name = f"{precision} · batch {batch}"
    return Spot(levers, Filling(filling), value, name, reason="<b>too large</b>", run_id="run-1")


SPOTS = (
    a_spot("fp32", 1, 0.05),
    a_spot("fp32", 4, 0.08),
    a_spot("nf4", 1, None, "failed"),
    a_spot("nf4", 4, None, "impossible"),
    a_spot("int8", 1, None, "running"),
    a_spot("int8", 4, None, "waiting"),
)


def words(chart: go.Figure) -> set[str]:
    """All texts that stand in squares."""
    found: set[str] = set()
    for trace in chart.data:
        rows = trace.text if trace.text is not None else ()
        found |= {str(t) for row in rows for t in ([row] if isinstance(row, str) else row)}
    return found - {""}


def drawn(spots: tuple[Spot, ...] = SPOTS) -> go.Figure:
    return figure(planes(spots, AXES, LEVERS, TPOT.higher_is_better), TPOT, LABELS)


def test_each_square_says_its_value_or_why_there_is_none() -> None:
    assert words(drawn()) == {"50.0 ms", "80.0 ms", "failed", "impossible", "running", "waiting"}


def test_states_have_colours_of_their_own() -> None:
    flat = [trace.colorscale[0][1] for trace in drawn().data
            if isinstance(trace, go.Heatmap) and not trace.showscale]  # fmt: skip
    assert len(flat) == len(set(flat)) == 4


def test_the_better_end_of_the_scale_is_the_same_whichever_way_is_better() -> None:
    (low,) = [t for t in drawn().data if isinstance(t, go.Heatmap) and t.showscale]
    spots = planes(SPOTS, AXES, LEVERS, RATE.higher_is_better)
    (high,) = [t for t in figure(spots, RATE, LABELS).data
               if isinstance(t, go.Heatmap) and t.showscale]  # fmt: skip
    assert (low.reversescale, high.reversescale) == (True, False)
    assert (low.zmin, low.zmax) == (0.05, 0.08)


def test_values_far_apart_are_coloured_by_their_logarithms() -> None:
    chart = drawn((a_spot("fp32", 1, 0.01), a_spot("nf4", 1, 1.0)))
    (colours,) = [t for t in chart.data if isinstance(t, go.Heatmap) and t.showscale]
    assert (colours.zmin, colours.zmax) == pytest.approx((-2.0, 0.0))
    assert colours.colorbar.ticktext == ("10.0 ms", "100 ms", "1.00 s")


def test_numbers_stand_out_from_their_squares() -> None:
    chart = drawn((a_spot("fp32", 1, 0.05), a_spot("fp32", 4, 0.08)))
    (numbers,) = [trace for trace in chart.data if isinstance(trace, go.Scatter)]
    assert numbers.textfont.color == ("#000000", "#FFFFFF")


def test_one_value_alone_is_drawn() -> None:
    assert words(drawn((a_spot("fp32", 1, 0.05),))) == {"50.0 ms"}


def test_nothing_measured_is_a_map_of_words() -> None:
    waiting = (a_spot("fp32", 1, None, "waiting"),)
    assert words(drawn(waiting)) == {"waiting"}
    shown = planes(waiting, AXES, LEVERS, False)
    assert takeaway(shown, TPOT) == "TPOT, lower is better. Nothing is measured yet."


def test_the_takeaway_names_the_best() -> None:
    shown = planes(SPOTS, AXES, LEVERS, False)
    assert takeaway(shown, TPOT) == (
        "TPOT, lower is better. Best so far: fp32 · batch 1 with 50.0 ms; the worst is "
        "fp32 · batch 4 with 80.0 ms."
    )


def test_the_takeaway_of_little_makes_no_difference_up() -> None:
    alone = planes((a_spot("fp32", 1, 0.05),), AXES, LEVERS, False)
    assert takeaway(alone, TPOT).endswith("fp32 · batch 1 with 50.0 ms, the only one with a value.")
    alike = planes((a_spot("fp32", 1, 0.05), a_spot("fp32", 4, 0.05)), AXES, LEVERS, False)
    assert takeaway(alike, TPOT).endswith("50.0 ms; all 2 squares are alike, within 2.0 %.")


def test_panels_have_their_values_as_titles() -> None:
    levers = ("batch_size", EVERYTHING, "precision")
    chart = figure(planes(SPOTS, AXES, levers, False), TPOT, ("Batch size", "", "Precision"))
    titles = [note.text for note in chart.layout.annotations]
    assert titles == ["Precision fp32", "Precision nf4", "Precision int8"]


def test_hovering_says_why_and_reads_no_markup() -> None:
    (plane,) = planes(SPOTS, AXES, LEVERS, False)
    text = told(plane.squares["1", "nf4"])
    assert "nf4 · batch 1" in text
    assert "‹b›too large‹/b›" in text
    assert "run run-1" in text
    assert told(None) == "the same as another cell"
