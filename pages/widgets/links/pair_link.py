"""The link of an A/B: the run that it begins as, and what is changed of it.

Of A those levers are named that differ from that run, of B those that differ from A: `b_precision`.
A lever that may be left empty is empty in the link too.
"""

from typing import Any

from core.variants.pairing import PairPlan
from pages.widgets import state
from pages.widgets.compare import pair_state
from pages.widgets.compare.compare_state import FIRST
from pages.widgets.compare.pair_state import LEVERS, SHARED, SIDES, A
from pages.widgets.links.keyed_state import Keyed, keyed_link
from pages.widgets.links.kinds import Kind, decimal, optional, whole
from pages.widgets.links.page_link import PageLink, Values, both
from pages.widgets.links.spec_kinds import USUAL_CACHE, kind_of

MAY_BE_EMPTY = ("endpoint", "compute_dtype", "draft_model")
SHARED_HERE = tuple(field for field in SHARED if field != "device")
PLAN = {
    "pairs": Keyed(pair_state.PAIRS, whole(*pair_state.PAIR_BOUNDS), PairPlan().most_pairs),
    "effect": Keyed(pair_state.EFFECT, decimal(0.1, 100), PairPlan().smallest_effect * 100),
}


def pair_link() -> PageLink:
    """Both sides, their question, and how long it may go on."""
    kinds = {name_of(side, field): _kind(field) for side in SIDES for field in LEVERS}
    kinds |= {field: kind_of(field) for field in SHARED_HERE}
    return both(PageLink(kinds, _values, _take, anchors=(FIRST,)), keyed_link(PLAN))


def name_of(side: str, field: str) -> str:
    """The parameter of a side's lever."""
    return f"{side}_{field}"


def _kind(field: str) -> Kind:
    return optional(kind_of(field)) if field in MAY_BE_EMPTY else kind_of(field)


def _values() -> Values:
    if not pair_state.has_begun():
        return {}
    before = {field: pair_state.base(field) for field in LEVERS}
    named: dict[str, Any] = {}
    for side in SIDES:
        now = {field: pair_state.value_of(side, field) for field in LEVERS}
        named |= {
            name_of(side, f): v for f, v in now.items() if v != before[f] and _may_be_told(f, v)
        }
        before = now
    return named | _question()


def _may_be_told(field: str, value: object) -> bool:
    """Whether a value may stand in a link: an address with a name and a password may not."""
    return field != "endpoint" or "@" not in str(value)


def _question() -> dict[str, Any]:
    """What differs of what both are asked; the prompt's kind is told by naming it."""
    now = pair_state.question()
    other_kind = ("prompt" in now) == pair_state.base_is_synthetic()
    return {
        field: value
        for field, value in now.items()
        if value != pair_state.base(field) or (other_kind and field != "max_new_tokens")
    }


def _take(given: Values) -> None:
    pair_state.begin_as(pair_state.linked_first(), state.environment().default_device)
    for side in SIDES:
        for field in LEVERS:
            before = pair_state.base(field) if side == A else pair_state.value_of(A, field)
            value = given.get(name_of(side, field), before)
            usual = field == "kv_cache" and value == USUAL_CACHE
            pair_state.put(side, field, before if usual else value)
    pair_state.put_question({field: given[field] for field in SHARED_HERE if field in given})
