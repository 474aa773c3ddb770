"""Verdicts follow from measured values by the thresholds that are said, and parts make a whole."""

import pytest

from core.analysis.claims.verdict import (
    Measure,
    Part,
    VerdictKind,
    combined,
    exactly,
    gain,
    is_lower,
    reaches,
)

HOLDS, IN_PART, FAILS, GPU, UNDECIDED = VerdictKind


def a_ratio(value: float, low: float | None, high: float | None) -> Measure:
    return Measure(value=value, unit="×", low=low, high=high)


@pytest.mark.parametrize(
    ("value", "low", "high", "kind"),
    [
        (1.30, 1.25, 1.35, HOLDS),
        (1.06, 1.01, 1.11, HOLDS),
        (1.03, 1.01, 1.05, IN_PART),
        (1.01, 0.98, 1.04, FAILS),
        (0.50, 0.45, 0.55, FAILS),
        (1.10, 0.90, 1.30, UNDECIDED),
        (1.10, None, None, UNDECIDED),
    ],
)
def test_a_gain_is_told_by_its_whole_interval(
    value: float, low: float | None, high: float | None, kind: VerdictKind
) -> None:
    assert gain(a_ratio(value, low, high)) is kind


@pytest.mark.parametrize(("value", "kind"), [(0.75, HOLDS), (0.70, IN_PART), (0.26, FAILS)])
def test_what_was_counted_reaches_a_claim_or_half_of_it_or_neither(
    value: float, kind: VerdictKind
) -> None:
    assert reaches(exactly(value, "share"), 0.745, 0.5) is kind


def test_an_interval_across_a_threshold_decides_nothing() -> None:
    assert reaches(a_ratio(2.0, 0.4, 3.6), 3.0, 1.0) is UNDECIDED
    assert reaches(None, 3.0, 1.0) is UNDECIDED
    assert not is_lower(a_ratio(0.9, 0.7, 1.1))
    assert is_lower(a_ratio(0.9, 0.8, 0.99))


@pytest.mark.parametrize(
    ("kinds", "whole"),
    [
        ([HOLDS, HOLDS, None], HOLDS),
        ([FAILS, FAILS], FAILS),
        ([HOLDS, FAILS], IN_PART),
        ([IN_PART, HOLDS], IN_PART),
        ([HOLDS, UNDECIDED], UNDECIDED),
        ([HOLDS, FAILS, UNDECIDED], IN_PART),
        ([FAILS, GPU], FAILS),
        ([GPU, None], GPU),
        ([None], UNDECIDED),
        ([], UNDECIDED),
    ],
)
def test_parts_make_a_whole(kinds: list[VerdictKind | None], whole: VerdictKind) -> None:
    assert combined(Part(what="a part", kind=kind) for kind in kinds) is whole


def test_a_measure_is_written_with_its_interval_unless_it_is_exact() -> None:
    assert str(a_ratio(1.3, 1.25, 1.351)) == "1.30 × (1.25 to 1.35)"
    assert str(exactly(20, "count")) == "20"
    assert str(a_ratio(1.3, None, None)) == "1.30 ×"
