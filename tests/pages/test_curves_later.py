"""Batching's curves come after the page: figures at once, then the curves, and nothing is lost."""

import pytest
import streamlit as st

from core.analysis.batching.curve import curve_of
from core.variants.load import Load
from core.variants.policy import Policy, PolicyKind
from pages.widgets.batching import simulated
from pages.widgets.batching.kept import Kept
from pages.widgets.batching.simulated import Steps
from tests.sample_serving import a_calibration

LOAD, PRICE = Load(), 0.1
NONE, STATIC = Policy(kind=PolicyKind.NONE), Policy(kind=PolicyKind.STATIC)


class Interrupted(Exception):
    """A person does something meanwhile."""


@pytest.fixture
def steps() -> Steps:
    st.cache_resource.clear()
    return simulated.steps_of("some steps", a_calibration())


def test_curves_are_unknown_until_they_are_simulated_and_then_the_same(steps: Steps) -> None:
    rates = simulated.rates(LOAD, [NONE], steps)
    assert simulated.known_curves(LOAD, [NONE], steps, rates, PRICE) is None
    told: list[Policy] = []
    simulated.simulate_curves(LOAD, [NONE], steps, rates, PRICE, told.append)
    assert len(told) >= len(rates)
    found = simulated.known_curves(LOAD, [NONE], steps, rates, PRICE)
    assert found == [curve_of(LOAD, NONE, steps.fitted, rates, PRICE)]


def test_what_was_finished_before_an_interruption_is_kept(steps: Steps) -> None:
    rates = simulated.rates(LOAD, [NONE, STATIC], steps)

    def interrupt(policy: Policy) -> None:
        if policy == STATIC:
            raise Interrupted

    with pytest.raises(Interrupted):
        simulated.simulate_curves(LOAD, [NONE, STATIC], steps, rates, PRICE, interrupt)
    assert simulated.known_curves(LOAD, [NONE, STATIC], steps, rates, PRICE) is None
    told: list[Policy] = []
    simulated.simulate_curves(LOAD, [NONE, STATIC], steps, rates, PRICE, told.append)
    assert set(told) == {STATIC}


def test_the_one_not_asked_for_the_longest_goes_first() -> None:
    kept = Kept[str](2)
    kept.put("a", "A")
    kept.put("b", "B")
    assert kept.get("a") == "A"
    kept.put("c", "C")
    assert [kept.get(key) for key in "abc"] == ["A", None, "C"]
