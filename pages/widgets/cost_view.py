"""What a run costs at a price per hour; the price is the table's until a person changes it."""

from collections.abc import Sequence

import streamlit as st

from core.analysis.baseline import delta
from core.analysis.cost import HIGHEST_PRICE
from core.results.format import show
from core.results.metrics import Metric
from core.results.types import RunResult
from pages.widgets import price_state
from pages.widgets.layout import escape
from pages.widgets.metric_cards import WIDE_CARD_PIXELS, draw_card


def draw_price(device: str, usd_per_hour: float | None, text: str) -> None:
    """A device's price per hour, one field wherever it is drawn; this is its first value, and it
    is empty where there is none.
    """
    price_state.note_usual(device, usd_per_hour)
    st.number_input(
        "Price per hour, US dollars",
        min_value=0.0,
        max_value=HIGHEST_PRICE,
        value=usd_per_hour,
        step=0.01,
        format="%.4f",
        key=price_state.price_field(device),
        persist_state="session",
        width=210,
        help=text,
    )


def draw_cost(result: RunResult, baseline: RunResult | None, costs: Sequence[Metric]) -> None:
    """The price, and beside it what it makes of the run's time."""
    default = price_state.table_price(result)
    st.markdown("**Cost**")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        draw_price(
            price_state.priced_device(result),
            default.usd_per_hour if default else None,
            "Your price of the machine: cost is derived from it when shown, never stored.",
        )
        for metric in costs:
            draw_card(delta(metric, result, baseline), WIDE_CARD_PIXELS)
    if default is None:
        st.caption("What a server runs on it does not tell: without your own price there is none.")
        return
    starting = f"{show(default.usd_per_hour, 'USD')} per hour: {default.label}, {default.as_of}"
    st.caption(f"The price table has for this device {escape(starting)}.")
