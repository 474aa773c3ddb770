"""The variant that serves the load, in a box whose name says what is chosen; it is Explore's."""

import streamlit as st

from core.analysis.cost import Price, price_of_device
from core.results.format import show
from core.results.naming import name_among
from core.variants.environment import Environment
from core.variants.spec import VariantSpec
from pages.widgets import price_state, state
from pages.widgets.controls import draw_variant
from pages.widgets.cost_view import draw_price
from pages.widgets.further_settings import draw_device
from pages.widgets.layout import escape
from pages.widgets.model_choice import draw_revision
from pages.widgets.request import Request, check


def check_variant(environment: Environment) -> Request:
    """The variant that the controls ask for now; nothing else of Explore's counts here."""
    state.start_controls({"device": environment.default_device})
    chosen = state.chosen()
    fields = {name: chosen[name] for name in VariantSpec.model_fields if name in chosen}
    return check(fields, environment)


def draw_variant_box(request: Request, environment: Environment) -> None:
    """The levers of what is loaded, and the price of its device."""
    st.markdown("###### Variant", help="What serves the load; the same as in Explore.")
    name = escape(name_among(request.known, {"model"}))
    wrong = bool(request.errors)
    box = st.expander(name, expanded=wrong, key="load_variant", on_change="rerun")
    if box.open:  # its controls are a third of the page
        with box:
            draw_device(environment, request)
            draw_variant(request, environment)
            draw_revision(request.errors)
    price = table_price(request.device, environment)
    if price is not None:
        text = f"For the cost: the table has {show(price.usd_per_hour, 'USD')} for {price.label}."
        draw_price(request.device, price.usd_per_hour, text)


def table_price(key: str, environment: Environment) -> Price | None:
    """The table's price of a device; None for one that is not here."""
    device = environment.device(key)
    if device is None:
        return None
    return price_of_device(device.key, device.name, environment.cpu_count)


def price_per_hour(key: str, environment: Environment) -> float | None:
    """A device's price as this session has it; None where none is known."""
    price = table_price(key, environment)
    return None if price is None else price_state.price_at(key, price.usd_per_hour)
