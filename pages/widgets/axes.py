"""The closed levers as rows of buttons: a choice that cannot work is closed, with the reason.

Streamlit can close a whole select box but not one option of it, hence the buttons. What this
machine cannot do at all lies in a box that opens beside the others, so that the row stays short;
what another lever stands in the way of stays in the row, and the reason names that lever.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.variants.axes import AXES, LEVERS, Axis, Closed, Row, closed_choices, why_not_here
from core.variants.environment import Environment
from pages.widgets import state
from pages.widgets.layout import escape
from pages.widgets.sweep import grid_state

SOURCE = ("model", "revision")
WHY_CLOSED = "What this machine cannot do, each with the reason and, where there is one, a remedy."


@dataclass(frozen=True)
class Buttons:
    """What the buttons of a lever do when they are pressed, how their keys begin, and whether
    several may be chosen.
    """

    key: str
    press: Callable[[str, str], None]
    several: bool = False


ONE, SEVERAL = Buttons("", state.choose), Buttons(grid_state.GRID, grid_state.toggle, several=True)


def draw_axis(
    axis: Axis, values: Mapping[str, Any], environment: Environment, buttons: Buttons = ONE
) -> None:
    """The lever's buttons, the chosen one marked, and why others are closed."""
    levers = {name: values[name] for name in (*LEVERS, *SOURCE) if name in values}
    closed = closed_choices(axis, levers, environment)
    _draw(axis, [str(values.get(axis.field))], closed, buttons)


def draw_axis_list(
    axis: Axis,
    chosen: Collection[str],
    devices: Sequence[str],
    environment: Environment,
    buttons: Buttons = SEVERAL,
) -> None:
    """The lever's buttons, of which several may be chosen. Only what none of the devices can do
    is closed; what other levers stand in the way of is for the grid to tell, cell by cell.
    """
    closed = {}
    for choice in map(str, axis.rows):
        reasons = [why_not_here(axis.field, choice, device, environment) for device in devices]
        if reasons and all(reasons):
            closed[choice] = Closed(str(reasons[0]), here=True)
    _draw(axis, chosen, closed, buttons)


def _draw(
    axis: Axis, chosen: Collection[str], closed: Mapping[str, Closed], buttons: Buttons
) -> None:
    away = {name: why for name, why in closed.items() if why.here and name not in chosen}
    with st.container(gap="xxsmall"):
        st.markdown(f":small[{axis.label}]", help=axis_help(axis))
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            for choice, row in axis.rows.items():
                if choice not in away:
                    shut = choice in closed and not buttons.several
                    _choice(axis, str(choice), row, buttons, marked=choice in chosen, closed=shut)
            if away:
                _closed_here(axis, away, buttons)
        for reason, names in _by_reason(closed).items():
            near = [name for name in names if name not in away and name not in chosen]
            if near:
                st.caption(f":material/block: {_labels(axis, near)}: {escape(reason)}")


def _closed_here(axis: Axis, away: Mapping[str, Closed], buttons: Buttons) -> None:
    """The choices that this machine cannot offer, each with the reason and what would help."""
    key = f"{buttons.key}{axis.field}_closed"
    label = f"{len(away)} closed here: why"
    with st.popover(label, type="tertiary", key=key, help=WHY_CLOSED):
        for reason, names in _by_reason(away).items():
            with st.container(gap="xxsmall"):
                with st.container(horizontal=True, gap="xsmall"):
                    for name in names:
                        _choice(axis, name, axis.rows[name], buttons, marked=False, closed=True)
                st.caption(f":material/block: {escape(reason)}")


def _by_reason(closed: Mapping[str, Closed]) -> dict[str, list[str]]:
    """The choices by what closes them, so that each reason is told once."""
    reasons: dict[str, list[str]] = {}
    for name, why in closed.items():
        reasons.setdefault(why.reason, []).append(name)
    return reasons


def _choice(
    axis: Axis, choice: str, row: Row, buttons: Buttons, *, marked: bool, closed: bool
) -> None:
    """One button. Its sentence is in the lever's help, beside those of the others. Streamlit draws
    a button that has a help of its own twice, and there are many of these.
    """
    st.button(
        row.label,
        key=f"{buttons.key}{axis.field}_{choice}",
        type="primary" if marked else "secondary",
        disabled=closed,
        on_click=buttons.press,
        args=(axis.field, choice),
    )


def _labels(axis: Axis, names: list[str]) -> str:
    return ", ".join(axis.rows[name].label for name in names)


def axis_help(axis: Axis) -> str:
    """What the lever is, and what each choice does."""
    choices = "".join(f"\n- **{row.label}**: {row.summary}" for row in axis.rows.values())
    return f"{axis.help}\n{choices}"


def label_of(field: str, values: Mapping[str, Any]) -> str:
    """The name of what is chosen of a lever; empty where nothing is."""
    row = AXES[field].rows.get(values.get(field))
    return row.label if row else ""
