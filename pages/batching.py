"""Batching: requests over time, the policies that serve them, simulated and measured."""

import streamlit as st

from pages.widgets import state
from pages.widgets.batching import batching_state
from pages.widgets.batching.calibration_panel import draw_calibration
from pages.widgets.batching.load_controls import draw_load_controls
from pages.widgets.batching.load_test_list import draw_load_tests
from pages.widgets.batching.load_test_request import Asked, ask
from pages.widgets.batching.load_test_view import draw_load_test
from pages.widgets.batching.measure_panel import draw_measure
from pages.widgets.batching.policy_controls import draw_policies
from pages.widgets.batching.simulated_view import draw_simulated
from pages.widgets.batching.variant_box import draw_variant_box, price_per_hour
from pages.widgets.first_offer import draw_offer_if_empty
from pages.widgets.layout import error_boundary, start_page
from pages.widgets.links.batching_link import batching_link
from pages.widgets.links.link_state import linked
from pages.widgets.unsaved import draw_unsaved


def draw() -> None:
    """The load test that the URL names, else the controls of a new one."""
    draw_unsaved()
    opened = batching_state.opened()
    if opened is not None:
        draw_load_test(opened)
    else:
        draw_new()


def draw_new() -> None:
    """Load, policies and variant on the left; what to expect, and Measure, on the right."""
    draw_offer_if_empty()
    environment = state.environment()
    asked = ask(environment)
    left, right = st.columns([5, 9], gap="large")
    with left, error_boundary():
        draw_load_controls(asked.load)
        draw_policies(asked.load)
        draw_variant_box(asked.variant, environment)
    with right:
        draw_answers(asked)


def draw_answers(asked: Asked) -> None:
    """Step times, what they foretell, Measure, and earlier load tests."""
    steps = None
    with error_boundary():
        steps = draw_calibration(asked)
    if steps is not None and asked.load.load is not None:
        with error_boundary():
            price = price_per_hour(asked.variant.device, state.environment())
            draw_simulated(asked.load.load, asked.load.policies, steps, price)
    with error_boundary():
        draw_measure(asked)
    with error_boundary():
        draw_load_tests()


start_page("Batching", "What serving requests together costs and gains, simulated and measured.")
with error_boundary(), linked("batching", batching_link):
    draw()
