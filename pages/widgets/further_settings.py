"""Settings that most runs leave as they are: device, revision, warm-up, seed, quality."""

import streamlit as st

from core.variants.engine_support import is_lever
from core.variants.environment import Environment
from pages.widgets.fields import HELPS, draw_error, draw_numbers
from pages.widgets.model_choice import draw_revision
from pages.widgets.request import Request

FIELDS_HERE = ("revision", "device", "warmup", "seed", "quality")


def draw_further(request: Request, environment: Environment) -> None:
    """The settings in a box that opens by itself where something in it is wrong."""
    wrong = any(field in request.errors for field in FIELDS_HERE)
    with st.expander("More settings", expanded=wrong, key="more_settings"):
        draw_device(environment, request)
        if is_lever(request.known.variant.engine, "revision"):
            draw_revision(request.errors)
        draw_numbers(("warmup", "seed"), request)
        st.toggle(
            "Measure quality",
            key="quality",
            persist_state="session",
            help=HELPS["quality"],
        )


def draw_device(environment: Environment, request: Request) -> None:
    """Where there are several. A device that is not here, as of a linked run, is a choice too
    while it is the chosen one: Streamlit would put the first of the others in its place.
    """
    if len(environment.devices) < 2 and "device" not in request.errors:
        return
    names = {device.key: f"{device.key}: {device.name}" for device in environment.devices}
    st.selectbox(
        "Device",
        [*dict.fromkeys([*names, request.device])],
        key="device",
        format_func=lambda key: names.get(key, key),
        persist_state="session",
        help=HELPS["device"],
    )
    draw_error("device", request)
