"""Present's link: the two runs, the volume and how machines are paid, always all that is shown."""

from collections.abc import Callable
from typing import Any

from core.analysis.cost import parse_price
from core.analysis.savings.terms import (
    parse_payment,
    parse_requests,
    parse_utilisation,
)
from core.errors import RequestError
from pages.widgets.links.keyed_state import Keyed, keyed_link
from pages.widgets.links.kinds import Kind, Unreadable, text
from pages.widgets.links.page_link import PageLink, Values, both
from pages.widgets.links.price_link import PRICE, price_link
from pages.widgets.present import present_state
from pages.widgets.present.present_state import FROM, PAID, REQUESTS, TO, USUAL, UTILISATION


def _parsed(parse: Callable[[str], Any], write: Callable[[Any], str] = str) -> Kind:
    """A kind that the core reads from a person's text."""

    def read(given: str) -> Any:
        try:
            return parse(given)
        except RequestError as error:
            raise Unreadable(error.reason, error.valid) from None

    return Kind(read, write)


FIELDS = {
    "from": Keyed(FROM, text()),
    "to": Keyed(TO, text()),
    "requests": Keyed(REQUESTS, _parsed(parse_requests)),
    "paid": Keyed(PAID, _parsed(lambda given: str(parse_payment(given))), USUAL[PAID]),
    "utilisation": Keyed(
        UTILISATION, _parsed(parse_utilisation, lambda share: f"{share:.12g}"), USUAL[UTILISATION]
    ),
}


def present_link() -> PageLink:
    """All of Present."""
    return both(keyed_link(FIELDS), _price_link())


def _price_link() -> PageLink:
    """As on every page; and as a report has it, `?price=0.35`, of the machine that today's run was
    measured on.
    """
    link = price_link()
    shared, plain = link.kinds[PRICE], _parsed(parse_price)

    def read(given: str) -> Any:
        return shared.read(given) if "@" in given or not given else plain.read(given)

    def write(value: Any) -> str:
        return f"{value:.12g}" if isinstance(value, float) else shared.write(value)

    def take(given: Values) -> None:
        if isinstance(given.get(PRICE), float):
            present_state.put_price_of_today(given[PRICE])
        else:
            link.take(given)

    return PageLink({PRICE: Kind(read, write)}, link.values, take)
