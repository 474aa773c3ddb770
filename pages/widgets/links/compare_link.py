"""Compare's link: which part is open, and of it what is set.

`pair` and `engines`, which open what was measured, stay in the URL as they are.
"""

from typing import Any

import streamlit as st

from pages.widgets.compare import compare_state, engines_state
from pages.widgets.compare.compare_state import (
    ENGINES,
    IN_TURNS,
    OF,
    OTHERS,
    PAIR,
    PLOTS,
    RUNS,
    STORED,
)
from pages.widgets.links.keyed_state import Keyed, keyed_link
from pages.widgets.links.kinds import Kind, joined, listed, named, text
from pages.widgets.links.page_link import PageLink, Values, both
from pages.widgets.links.pair_link import pair_link
from pages.widgets.links.price_link import price_link

PART = "part"
WORDS = {"ab": IN_TURNS, "stored": STORED, "engines": OTHERS}
IDS = Kind(lambda given: [*compare_state.ids_in(given)], joined)
PLOT_NAMES = ("phase", "token", "roofline", "memory", "cost", "once")
STORED_FIELDS = {
    RUNS: Keyed(compare_state.CHOSEN, IDS, []),
    "against": Keyed(compare_state.AGAINST, text()),
    "plots": Keyed(
        compare_state.PLOTS_TAB, named(dict(zip(PLOT_NAMES, PLOTS, strict=True))), PLOTS[0]
    ),
}
OPENED = {IN_TURNS: PAIR, OTHERS: ENGINES}
NOTHING = PageLink({}, dict, lambda _: None)
ENGINE_KINDS = {OF: text(), "asked": listed(text())}


def compare_link() -> PageLink:
    """The part that is open; only what is seen is read and written."""
    parts = _parts()
    kinds: dict[str, Any] = {PART: named(WORDS)}
    for part in parts.values():
        kinds |= part.kinds
    return both(PageLink(kinds, _values, _take, _shown, parts[IN_TURNS].anchors), price_link())


def _parts() -> dict[str, PageLink]:
    return {
        IN_TURNS: pair_link(),
        STORED: keyed_link(STORED_FIELDS),
        OTHERS: PageLink(ENGINE_KINDS, engines_state.linked_values, engines_state.take_link),
    }


def _seen(part: str) -> PageLink:
    """The link of a part as it is seen: what was measured has no controls."""
    opened = OPENED.get(part, "") in st.query_params
    return NOTHING if opened else _parts()[part]


def _values() -> Values:
    part = compare_state.open_part()
    own = dict(_seen(part).values())
    return own if part == compare_state.implied_part(own) else {PART: part, **own}


def _take(given: Values) -> None:
    part = given.get(PART) or compare_state.implied_part(given)
    compare_state.put_part(part)
    seen = _seen(part)
    seen.take({name: value for name, value in given.items() if name in seen.kinds})


def _shown() -> Values:
    return _seen(compare_state.open_part()).shown()
