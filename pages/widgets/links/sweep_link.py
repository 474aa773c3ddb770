"""Sweep's link: of a new sweep each lever's values and how the grid is swept, of an open one what
its plots show.
"""

from typing import Any

from core.analysis.cost import HIGHEST_PRICE
from core.analysis.deciding.asking.words import KNOWN
from core.analysis.squares import EVERYTHING
from core.variants.grid import DEFAULTS, LISTED, SINGLE
from pages.widgets import state
from pages.widgets.links.keyed_state import Keyed, keyed_link
from pages.widgets.links.kinds import (
    Kind,
    choice,
    decimal,
    listed,
    optional,
    text,
    toggle,
    whole,
)
from pages.widgets.links.page_link import PageLink, Values, both
from pages.widgets.links.price_link import price_link
from pages.widgets.links.request_link import controls_of
from pages.widgets.links.spec_kinds import USUAL_CACHE, kind_of
from pages.widgets.sweep import grid_state, sweep_state
from pages.widgets.sweep.grid_request import shown
from pages.widgets.sweep.sweep_options import MOST_OBJECTIVES, MOST_TRIALS, USUAL_OBJECTIVES

BUDGET = optional(decimal(0, HIGHEST_PRICE))
OPTIONS = {
    "budget_minutes": Keyed("sweep_budget_minutes", BUDGET),
    "budget_usd": Keyed("sweep_budget_usd", BUDGET),
    "price_per_hour": Keyed("sweep_price", BUDGET),
    "search": Keyed("sweep_search", toggle(), False),
    "trials": Keyed("sweep_trials", whole(1, MOST_TRIALS), 20),
    "goal": Keyed("sweep_goal", text(), "fastest"),
    "objectives": Keyed(
        "sweep_objectives", listed(choice(KNOWN), MOST_OBJECTIVES), USUAL_OBJECTIVES
    ),
    "fresh": Keyed("sweep_fresh", toggle(), False),
    "skip_dominated": Keyed("sweep_skip", toggle(), False),
    "devices": Keyed("sweep_spread", listed(text()), []),
}
LEVER = choice((*LISTED, EVERYTHING))
SHOWN = {
    "metric": Keyed("sweep_metric", choice(KNOWN)),
    "across": Keyed("sweep_across", LEVER),
    "up": Keyed("sweep_up", LEVER),
    "panels": Keyed("sweep_panels", LEVER),
    "machine": Keyed("sweep_machine", text(), ""),
}


def sweep_link() -> PageLink:
    """The grid, or the sweep that is open."""
    if sweep_state.opened() is not None:
        return both(keyed_link(SHOWN), price_link())
    return both(PageLink(GRID, _grid, _take_grid), keyed_link(OPTIONS))


def _list_of(field: str) -> Kind:
    """The values of a lever, with commas between them as on the command line."""
    if field in grid_state.TYPED:
        return text()
    if field == "kv_cache":
        return listed(Kind(lambda given: CACHE.read(USUAL if given == USUAL_CACHE else given)))
    return listed(kind_of(field))


def _grid() -> Values:
    """What differs from a fresh grid, of the levers that mean something with the others."""
    fresh = grid_state.first_grid(controls_of({}))
    held = {field: grid_state.held(field) for field in LISTED if shown(field)}
    named = {field: value for field, value in held.items() if value != fresh[field]}
    if not state.prompt_is_text():
        named["prompt_tokens"] = held["prompt_tokens"]
    return named | _of_all_cells()


def _of_all_cells() -> dict[str, Any]:
    now, fresh = state.asked_now(), controls_of({})
    return {
        field: now[field]
        for field in SINGLE
        if field in now and shown(field) and now[field] != fresh[field]
    }


def _take_grid(given: Values) -> None:
    fresh = controls_of({})
    single = {field: given.get(field, fresh[field]) for field in SINGLE}
    grid_state.put_grid({**grid_state.first_grid(fresh), **given})
    state.start_controls({"device": fresh["device"]})
    kind = state.kinds_of(given)[state.PROMPT_KIND]
    state.put_controls({**single, state.PROMPT_KIND: kind})


CACHE, USUAL = kind_of("kv_cache"), str(DEFAULTS["kv_cache"])
GRID = {
    **{field: _list_of(field) for field in LISTED},
    **{field: kind_of(field) for field in SINGLE},
}
