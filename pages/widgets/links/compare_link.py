"""Compare's link: which part is open, and of it what is set.

`pair` and `engines`, which open what was measured, stay in the URL as they are.
"""

from typing import Any

import streamlit as st

from pages.widgets.compare import compare_state, engines_state
from pages.widgets.compare.compare_state import ENGINES, IN_TURNS, OF, OTHERS, PAIR, RUNS, STORED
from pages.widgets.links.keyed_state import Keyed, keyed_link
from pages.widgets.links.kinds import Kind, joined, listed, named, text
from pages.widgets.links.page_link import PageLink, Values, both
from pages.widgets.links.pair_link import pair_link
from pages.widgets.links.price_link import price_link

PART = "part"
WORDS = {"ab": IN_TURNS, "stored": STORED, "engines": OTHERS}
IDS = Kind(lambda given: [*compare_state.ids_in(given)], joined)
STORED_FIELDS = {
    RUNS: Keyed(compare_state.CHOSEN, IDS, []),
    "against": Keyed(compare_state.AGAINST, text()),
}
ENGINE_KINDS = {OF: text(), "asked": listed(text())}


def compare_link() -> PageLink:
    """The part that is open; only what is seen is read and written."""
    parts = {
        IN_TURNS: pair_link(),
        STORED: keyed_link(STORED_FIELDS),
        OTHERS: PageLink(ENGINE_KINDS, engines_state.linked_values, engines_state.take_link),
    }
    opened = {IN_TURNS: PAIR, OTHERS: ENGINES}

    def seen(part: str) -> PageLink | None:
        return None if opened.get(part, "") in st.query_params else parts[part]

    def values() -> Values:
        part = compare_state.open_part()
        found = seen(part)
        own = dict(found.values()) if found else {}
        return own if part == compare_state.implied_part(own) else {PART: part, **own}

    def take(given: Values) -> None:
        part = given.get(PART) or compare_state.implied_part(given)
        compare_state.put_part(part)
        if found := seen(part):
            found.take({name: value for name, value in given.items() if name in found.kinds})

    def shown() -> Values:
        found = seen(compare_state.open_part())
        return found.shown() if found else {}

    kinds: dict[str, Any] = {PART: named(WORDS)}
    for part in parts.values():
        kinds |= part.kinds
    anchors = parts[IN_TURNS].anchors
    return both(PageLink(kinds, values, take, shown, anchors), price_link())
