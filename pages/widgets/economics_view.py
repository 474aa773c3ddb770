"""What the first request pays that a warm one does not, and whether compiling pays."""

import streamlit as st

from core.analysis.economics import (
    FirstRequest,
    break_even_sentence,
    compiles,
    first_request,
    usd_of,
)
from core.results.format import show
from core.results.types import RunResult
from pages.widgets import past_runs, price_state
from pages.widgets.layout import escape
from pages.widgets.links.link_state import follow
from pages.widgets.metric_cards import WIDE_CARD_PIXELS

FIRST = "What the first request waits for: the load, and the first run of its shape."
WARM = "What each later request takes: the median of the repeats."
MEAN = "Seconds for each request where so many follow each other and only the first is cold."
AT_THE_PRICE = "Below it what that costs at the price per hour."
REQUESTS, USUAL_REQUESTS, MOST_REQUESTS = "economics_requests", 100, 1_000_000_000
UNKNOWN = (
    "What a first request pays is not known: this shape had run in the worker before. Free the "
    "model in Explore, and run again."
)


def draw_economics(result: RunResult) -> None:
    """Cold against warm, spread over requests, and the break-even of compiling."""
    first, usd_per_hour = first_request(result), price_state.price_of()(result)
    st.markdown("**Cold against warm**")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        requests = st.number_input(
            "Requests before it starts again",
            min_value=1,
            max_value=MOST_REQUESTS,
            value=USUAL_REQUESTS,
            key=REQUESTS,
            persist_state="session",
            width=210,
            help="Over how many requests of this shape the first one's waiting is spread.",
            on_change=follow,
        )
        for card in _cards(first, requests):
            _card(*card, usd_per_hour)
    st.caption(escape(_in_words(first)))
    if compiles(result):
        twin = past_runs.uncompiled_twin(result.spec)
        st.caption(escape(break_even_sentence(result, twin) or ""))


def _cards(first: FirstRequest | None, requests: int) -> list[tuple[str, str, float | None]]:
    """What stands on the cards, and what it is: seconds of one request each, None where they are
    not known.
    """
    return [
        ("First request", FIRST, first.cold_s if first else None),
        ("Warm request", WARM, first.warm_s if first else None),
        (f"Mean of {requests:,}", MEAN, first.mean_s(requests) if first else None),
    ]


def _card(label: str, text: str, seconds: float | None, usd_per_hour: float | None) -> None:
    """Seconds, and below them the dollars at the price per hour."""
    usd = show(usd_of(usd_per_hour, seconds), "USD")
    st.metric(
        label,
        escape(show(seconds, "s")),
        escape(usd),
        delta_color="off",
        delta_arrow="off",
        help=f"{text} {AT_THE_PRICE}",
        width=WIDE_CARD_PIXELS,
    )


def _in_words(first: FirstRequest | None) -> str:
    if first is None:
        return UNKNOWN
    load, run, warm = (show(value, "s") for value in (first.load_s, first.first_s, first.warm_s))
    return (
        f"The first request waits for the load ({load}) and a first run ({run}); then {warm} each."
    )
