"""Decide's link: what is chosen among, the question in words, and the plot's axes."""

from core.analysis.deciding.asking.words import KNOWN
from core.results.types import Grade
from pages.widgets.decide.answer_view import ASK
from pages.widgets.decide.decide_scope import ALL, MACHINE, SCOPE, TRUST
from pages.widgets.decide.pareto_view import FIRST, NONE, SECOND, THIRD, USUAL
from pages.widgets.links.keyed_state import Keyed, keyed_link
from pages.widgets.links.kinds import Kind, choice, text
from pages.widgets.links.page_link import PageLink, both
from pages.widgets.links.price_link import price_link

WORST = choice((Grade.B, Grade.C))
FIELDS = {
    "scope": Keyed(SCOPE, text()),
    "machine": Keyed(MACHINE, text(), ALL),
    "trust": Keyed(
        TRUST,
        Kind(lambda given: WORST.read(given) == Grade.C, lambda low: Grade.C if low else Grade.B),
        False,
    ),
    "ask": Keyed(ASK, text(), ""),
    "across": Keyed(FIRST, choice(KNOWN), USUAL[FIRST]),
    "up": Keyed(SECOND, choice(KNOWN), USUAL[SECOND]),
    "colour": Keyed(THIRD, choice((*KNOWN, NONE)), NONE),
}


def decide_link() -> PageLink:
    """All of Decide."""
    return both(keyed_link(FIELDS), price_link())
