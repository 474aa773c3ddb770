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


def test_the_words_count_the_verdicts_and_hold_values_against_what_is_claimed() -> None:
    words = claim_values.takeaway((a_part(2.0, "×", HOLDS, 1.5), a_part(0.5, "×", FAILS, 1.5)))
    assert words == (
        "Of 2 numbers judged here, 1 holds, 1 fails: ① 2.00 × (1.80 to 2.20) against 1.50 × "
        "claimed; ② 0.500 × (0.450 to 0.550) against 1.50 × claimed."
    )
    many = [a_part(2.0, "×", HOLDS, 1.5)] * 5
    assert "Of 5 numbers judged here, 5 hold: " in claim_values.takeaway(many)
    assert claim_values.takeaway(many).endswith("; and 2 more.")


def test_the_words_of_little_say_so() -> None:
    counted = Part(what="passes", measured=exactly(20, "count"), kind=FAILS)
    assert claim_values.takeaway((counted,)) == "Of the number judged here, 1 fails."
    assert claim_values.takeaway(()) == "None is judged."


def a_picture(*curves: Curve, unit: str = "s") -> Picture:
    return Picture(
        title="", takeaway="", x_label="tokens", y_label="seconds", y_unit=unit, curves=curves
    )


def test_a_growth_is_told_from_its_first_point_to_its_last() -> None:
    rising = Curve(name="without", x=(1.0, 64.0, 8.0), y=(0.01, 0.08, 0.02))
    flat = Curve(name="with", x=(1.0, 64.0), y=(0.01, 0.0101))
    assert growth.takeaway(a_picture(rising, flat)) == (
        "without: 10.0 ms at 1 and 80.0 ms at 64 tokens, 8.0 times as much; "
        "with: 10.0 ms at 1 and 10.1 ms at 64 tokens, about the same."
    )


def test_a_growth_of_little_is_told_as_far_as_it_goes() -> None:
    one = Curve(name="gpt2", x=(124e6,), y=(0.63,))
    assert growth.takeaway(a_picture(one, unit="share")).startswith("gpt2: 63 % at 124,000,000")
    zero = Curve(name="saved", x=(1.0, 2.0), y=(0.0, 4.0))
    assert growth.takeaway(a_picture(zero)) == "saved: 0 s at 1 and 4.00 s at 2 tokens."
    law = Curve(name="law", x=(1.0, 2.0), y=(1.0, 4.0), dashed=True)
    assert growth.takeaway(a_picture(law)) == "Nothing of it was measured: the lines are computed."
    several = [Curve(name=str(n), x=(1.0,), y=(1.0,)) for n in range(5)]
    assert growth.takeaway(a_picture(*several)).endswith("; and 2 more.")
