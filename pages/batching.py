"""Batching: requests over time, the policies that serve them, simulated and measured."""

import streamlit as st

from pages.widgets import state
from pages.widgets.batching import batching_state, load_state
from pages.widgets.batching.calibration_panel import draw_calibration
from pages.widgets.batching.load_controls import draw_load_controls
from pages.widgets.batching.load_request import check_load
from pages.widgets.batching.load_test_list import draw_load_tests
from pages.widgets.batching.load_test_view import draw_load_test
from pages.widgets.batching.measure_panel import draw_measure
from pages.widgets.batching.policy_controls import draw_policies
from pages.widgets.batching.simulated_view import draw_simulated
from pages.widgets.batching.variant_box import draw_variant_box
from pages.widgets.layout import error_boundary, start_page
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
    """Load, variant and policies on the left; what to expect, and Measure, on the right."""
    environment = state.environment()
    left, right = st.columns([5, 9], gap="large")
    variant, asked = None, None
    with left, error_boundary():
        load_state.start_load()
        asked = check_load()
        draw_load_controls(asked)
        draw_policies(asked)
        variant = draw_variant_box(environment)
    with right:
        if variant is not None and asked is not None:
            steps = None
            with error_boundary():
                steps = draw_calibration(variant, asked, environment)
            if steps is not None:
                with error_boundary():
                    draw_simulated(asked, variant, steps)
            with error_boundary():
                draw_measure(variant, asked, steps, environment)
        with error_boundary():
            draw_load_tests()


start_page("Batching", "What serving requests together costs and gains, simulated and measured.")
with error_boundary():
    draw()
