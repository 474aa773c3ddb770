"""The plots of trials: a point for each judged part, and lines that say where they foretell."""

from core.analysis.claims.verdict import Curve, Measure, Part, Picture, VerdictKind, exactly
from core.plots import claim_values, growth
from core.plots.palette import GREEN, VERMILION

HOLDS, FAILS = VerdictKind.HOLDS, VerdictKind.FAILS


def a_part(value: float, unit: str, kind: VerdictKind | None, claimed: float | None = None) -> Part:
    measured = Measure(value=value, unit=unit, low=value * 0.9, high=value * 1.1)
    return Part(what=f"{value} {unit}", measured=measured, kind=kind, claimed_value=claimed)


def test_judged_parts_of_one_unit_stand_beside_what_is_claimed() -> None:
    parts = (
        a_part(2.0, "×", HOLDS, 1.5),
        a_part(0.5, "×", FAILS, 1.5),
        a_part(70, "bytes", FAILS),
        Part(what="not measured", kind=FAILS),
    )
    chart = claim_values.figure(parts)
    assert chart is not None
    measured, claimed = chart.data
    assert list(measured.x) == [2.0, 0.5]
    assert list(measured.marker.color) == [GREEN, VERMILION]
    assert [round(x, 9) for x in measured.error_x.array] == [0.2, 0.05]
    assert list(claimed.x) == [1.5, 1.5]
    assert list(measured.y) == list(claim_values.SYMBOLS[:2])
    assert claim_values.shown(parts) == list(parts[:2])


def test_without_a_judged_part_there_is_no_plot() -> None:
    assert claim_values.figure((a_part(2.0, "×", None),)) is None


def test_measured_and_computed_lines_differ_and_the_split_is_marked() -> None:
    picture = Picture(
        title="Time",
        takeaway="",
        x_label="tokens",
        y_label="seconds",
        y_unit="s",
        curves=(
            Curve(name="measured", x=(1.0, 2.0), y=(1.0, 4.0)),
            Curve(name="polynomial", x=(1.0, 2.0), y=(1.0, 4.1), dashed=True),
            Curve(name="exponential", x=(1.0, 2.0), y=(1.0, 5.0), dashed=True),
        ),
        split=1.5,
    )
    chart = growth.figure(picture)
    dashes = [trace.line.dash for trace in chart.data]
    assert dashes[0] is None
    assert len({*dashes}) == 3
    assert chart.layout.shapes[0].x0 == 1.5
    assert chart.data[0].hovertext[1] == "measured: 4.00 s at 2 tokens"


def test_a_counted_value_has_no_error_bar() -> None:
    chart = claim_values.figure((Part(what="passes", measured=exactly(20, "count"), kind=FAILS),))
    assert chart is not None
    assert list(chart.data[0].error_x.array) == [0]
