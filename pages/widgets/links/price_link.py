"""The prices that a person changed, in the link of every page that shows costs."""

from core.analysis.cost import HIGHEST_PRICE
from pages.widgets import price_state
from pages.widgets.links import across_state
from pages.widgets.links.kinds import Kind, Unreadable, decimal, listed
from pages.widgets.links.page_link import PageLink, Values

PRICE = "price"
WRITTEN = "0.35@cpu"
_USD = decimal(0, HIGHEST_PRICE)
LONGEST_DEVICE, MOST_DEVICES = 200, 20


def price_link() -> PageLink:
    """`?price=0.35@cpu`, in US dollars per hour, with commas between several."""
    kinds = {PRICE: listed(Kind(_read, _write), MOST_DEVICES)}
    return PageLink(kinds, _values, _take)


def _values() -> Values:
    changed = sorted(price_state.changed_prices().items())
    return {PRICE: changed} if changed else {}


def _take(given: Values) -> None:
    """A link within the dashboard names no price, and leaves those of the session as they are."""
    if not given and not across_state.went_in_history():
        return
    price_state.put_prices(dict(given.get(PRICE, ())))


def _read(given: str) -> tuple[str, float]:
    usd, _, device = given.partition("@")
    if not 0 < len(device) <= LONGEST_DEVICE:
        raise Unreadable("a price names its device.", (WRITTEN,))
    return device, _USD.read(usd)


def _write(price: tuple[str, float]) -> str:
    device, usd = price
    return f"{_USD.write(usd)}@{device}"
