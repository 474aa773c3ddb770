"""The why line on a page: the sentence, its numbers, and what was measured of the device."""

from streamlit.testing.v1 import AppTest

from core.analysis.roofline import roofline_of
from pages.widgets.why_view import ceilings_sentence
from tests.sample_rooflines import CPU_CEILINGS, H100_CEILINGS, a_bounded_result
from tests.samples import a_spec


def test_the_sentence_and_a_card_for_each_number() -> None:
    def page() -> None:
        from pages.widgets.why_view import draw_roofline, draw_why
        from tests.sample_rooflines import a_bounded_result

        draw_why(a_bounded_result(e2e_s=2.0))
        draw_roofline(a_bounded_result(e2e_s=2.0), a_bounded_result(e2e_s=4.0))

    shown = AppTest.from_function(page).run()
    assert not shown.exception
    (said,) = shown.info
    assert "Overhead\\-bound" in said.value
    cards = {card.label: (card.value, card.delta) for card in shown.metric}
    assert list(cards) == ["MBU, decode", "MFU, decode", "MFU, prefill", "Speed of light",
                           "Against light"]  # fmt: skip
    assert cards["Against light"] == ("2\\.32 ×", "-50.0 % better")


def test_without_ceilings_the_sentence_says_what_is_missing() -> None:
    def page() -> None:
        from pages.widgets.why_view import draw_roofline, draw_why
        from tests.samples import a_result

        draw_why(a_result())
        draw_roofline(a_result(), None)

    shown = AppTest.from_function(page).run()
    (said,) = shown.info
    assert "were not measured" in said.value
    assert not shown.metric


def test_the_ceilings_stand_beside_the_datasheet() -> None:
    result = a_bounded_result(a_spec(device="cuda:0", precision="fp16"), ceilings=H100_CEILINGS)
    roofline = roofline_of(result)
    assert roofline is not None
    assert ceilings_sentence(roofline) == (
        "Measured on this device: 3.00 TB/s and 700 TFLOP/s in float16; "
        "its datasheet states 3.35 TB/s and 990 TFLOP/s."
    )


def test_ceilings_of_a_busy_device_are_called_low() -> None:
    disturbed = CPU_CEILINGS.model_copy(update={"quiet": False})
    roofline = roofline_of(a_bounded_result(ceilings=disturbed))
    assert roofline is not None
    assert "so it can do more" in ceilings_sentence(roofline)
