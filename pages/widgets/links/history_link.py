"""The link of History: of the table what is searched and which page of it, of a run what is shown.

Which rows are selected is no part of a link: a selection is what the next click acts on.
"""

from pages.widgets import state
from pages.widgets.history_table import FILTERS, SEARCH, filter_key, page_key, wanted_now
from pages.widgets.links.explore_link import result_link
from pages.widgets.links.keyed_state import Keyed, keyed_link
from pages.widgets.links.kinds import listed, text, whole
from pages.widgets.links.page_link import PageLink, Values, both
from pages.widgets.links.price_link import price_link

MOST_PAGES = 1_000_000
PAGE = whole(1, MOST_PAGES)
FIELDS = {
    "search": Keyed(SEARCH, text(), ""),
    **{name: Keyed(filter_key(name), listed(text()), []) for name in FILTERS},
}


def history_link() -> PageLink:
    """The table, or the run that is open."""
    if state.opened_run() is not None:
        return both(result_link(), price_link())
    return both(
        keyed_link(FIELDS), PageLink({"page": PAGE}, _page, _take_page, _page), price_link()
    )


def _number() -> Keyed:
    """The page of what is searched now: each search has pages of its own."""
    return Keyed(page_key(wanted_now()), PAGE, 1)


def _page() -> Values:
    return keyed_link({"page": _number()}).values()


def _take_page(given: Values) -> None:
    keyed_link({"page": _number()}).take(given)
