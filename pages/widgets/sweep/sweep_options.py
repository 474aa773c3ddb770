"""How a grid is swept: budget, search instead of all cells, objectives, what is measured again."""

from typing import Any

import streamlit as st

from core.analysis.cost import HIGHEST_PRICE
from core.analysis.deciding.asking.words import EXAMPLES, KNOWN
from core.errors import RequestError
from core.experiments.sweeps.sweep_request import SweepRequest, sweep_request
from core.variants.grid import Grid
from pages.widgets.layout import field_error
from pages.widgets.spread_control import draw_spread

USUAL_OBJECTIVES = ["tpot_s", "peak_bytes"]
MOST_OBJECTIVES, MOST_TRIALS = 3, 10_000
SPREAD = (
    "Devices that are alike share the cells, and each holds other variants. To measure every cell "
    "on each of several devices, list them as a lever instead."
)


def draw_options(grid: Grid) -> SweepRequest | None:
    """The controls; the request for that grid, or None where something is wrong."""
    with st.expander("Budget, search and objectives", key="sweep_options"):
        values = {**_budget(), **_search(), **_objectives(), **_reuse()}
        axes = dict(grid.axes)
        try:
            device = next(iter(axes.get("device", ())), None)
            spread = draw_spread(
                "Spread the cells over", "sweep_spread", str(device) if device else None, SPREAD
            )
            if spread and len(axes.get("device", ())) <= 1:
                axes["device"] = (spread[0].device,)
            values["devices"] = [slot.key for slot in spread]
            return sweep_request({"axes": axes, "base": dict(grid.base), **values})
        except RequestError as error:
            field_error(f"{error.field}: {error.reason}")
            return None


def _budget() -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        minutes = _amount(
            "Budget, minutes",
            "sweep_budget_minutes",
            "A cell that would end later by its estimate is not begun; one that runs when the "
            "time is up is cancelled. Resuming grants the same again.",
        )
        usd = _amount("Budget, US dollars", "sweep_budget_usd", "The same in money, at the price.")
        price = _amount(
            "Price per hour, US dollars",
            "sweep_price",
            "What the machine costs, for the budget and for costs as objectives.",
            empty="from the table",
        )
    seconds = minutes * 60 if minutes else None
    return {"budget_s": seconds, "budget_usd": usd, "price_per_hour": price}


def _amount(label: str, key: str, text: str, empty: str = "no limit") -> float | None:
    return st.number_input(
        label,
        min_value=0.0,
        max_value=HIGHEST_PRICE,
        value=None,
        format="%g",
        placeholder=empty,
        key=key,
        persist_state="session",
        help=text,
        width=190,
    )


def _search() -> dict[str, Any]:
    on = st.toggle(
        "Search instead of measuring all cells",
        key="sweep_search",
        persist_state="session",
        help="Each next cell is the one that promises the most, by what the ones before it gave. "
        "Some fifth of the cells is mostly enough to come near the best.",
    )
    if not on:
        return {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        trials = st.number_input(
            "Cells at most",
            min_value=1,
            max_value=MOST_TRIALS,
            value=20,
            key="sweep_trials",
            persist_state="session",
            width=130,
            help="How many cells the search may measure. More come nearer to the best, and take "
            "longer.",
        )
        goal = st.text_input(
            "Goal",
            value="fastest",
            key="sweep_goal",
            persist_state="session",
            help=f"A goal, with limits if wanted: {EXAMPLES[0]}.",
        )
    return {"search": {"trials": trials, "goal": goal}}


def _objectives() -> dict[str, Any]:
    chosen = st.multiselect(
        "Objectives of the Pareto set",
        list(KNOWN),
        default=USUAL_OBJECTIVES,
        format_func=lambda key: KNOWN[key].label,
        max_selections=MOST_OBJECTIVES,
        key="sweep_objectives",
        persist_state="session",
        help="Two or three. The Decide page can ask for others later.",
    )
    if len(chosen) < len(USUAL_OBJECTIVES):
        st.caption("Two or three are needed: time per token and peak memory are taken.")
    return {"objectives": chosen if len(chosen) >= len(USUAL_OBJECTIVES) else USUAL_OBJECTIVES}


def _reuse() -> dict[str, Any]:
    with st.container(horizontal=True):
        fresh = st.toggle(
            "Measure all again",
            key="sweep_fresh",
            persist_state="session",
            help="By default a cell that was measured on this machine, with these very settings "
            "and packages, is taken over.",
        )
        skip = st.toggle(
            "Skip cells that cannot win",
            key="sweep_skip",
            persist_state="session",
            help="Only what is certain: a cell that needs more of everything than one that ran "
            "out of memory, and one whose least possible time and memory are worse than what "
            "another measured. The row says why.",
        )
    return {"fresh": fresh, "skip_dominated": skip}
