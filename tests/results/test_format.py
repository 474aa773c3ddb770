"""How numbers are written for people."""

import math

import pytest

from core.results.format import DASH, show, show_about, show_alike, show_change


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0672, "s", "67.2 ms"),
        (0.99999, "s", "1.00 s"),
        (2.174, "s", "2.17 s"),
        (146.2, "s", "2 min 26 s"),
        (7199.0, "s", "119 min 59 s"),
        (15_670.0, "s", "4 h 21 min"),
        (1.234e-5, "s", "12.3 µs"),
        (0.0, "s", "0 s"),
        (538e6, "bytes", "538 MB"),
        (999_900_000, "bytes", "1.00 GB"),
        (12, "bytes", "12 B"),
        (15.33, "tokens/s", "15.3 tokens/s"),
        (12345, "tokens/s", "12,345 tokens/s"),
        (1.23e-6, "USD", "$0.00000123"),
        (12.3, "USD", "$12.30"),
        (1.0008, "ratio", "1.001"),
        (22.07, "", "22.07"),
    ],
)
def test_three_digits_and_a_fitting_unit(value: float, unit: str, text: str) -> None:
    assert show(value, unit) == text


@pytest.mark.parametrize("value", [None, float("inf"), float("nan")])
def test_unknown_is_a_dash(value: float | None) -> None:
    assert show(value, "s") == DASH


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0.1234, "+12.3 %"), (-0.5, "-50.0 %"), (3.4, "+340 %"), (0.0001, "±0 %"), (None, DASH)],
)
def test_a_change_has_a_sign(fraction: float | None, text: str) -> None:
    assert show_change(fraction) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "1 s"),
        (7.4, "7 s"),
        (31.2, "30 s"),
        (89.7, "90 s"),
        (163.0, "2 min 45 s"),
        (None, "–"),
    ],
)
def test_an_estimate_is_no_more_exact_than_it_is(seconds: float | None, text: str) -> None:
    assert show_about(seconds) == text


@pytest.mark.parametrize(
    ("values", "unit", "shown"),
    [
        ([0.0965, 1.234, None], "s", ["96.5 ms", "1,234.0 ms", "–"]),
        ([5e-6, 3.0], "s", ["0.005 ms", "3,000.000 ms"]),
        ([0.3, 0.0], "s", ["300 ms", "0 ms"]),
        ([538e6, 1.2e9], "bytes", ["538 MB", "1,200 MB"]),
        ([15.2, 151.234], "tokens/s", ["15.2 tokens/s", "151.2 tokens/s"]),
        ([0.5, 0.021], "share", ["50.00 %", "2.10 %"]),
        ([1.0, 0.5], "USD", ["$1.00", "$0.500"]),
        ([None, math.nan], "s", ["–", "–"]),
    ],
)
def test_values_under_each_other_have_one_unit_and_the_same_places(
    values: list[float | None], unit: str, shown: list[str]
) -> None:
    assert show_alike(values, unit) == shown
