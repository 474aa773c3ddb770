"""The closed levers as rows of buttons: a choice that cannot work is closed, with the reason.

Streamlit can close a whole select box but not one option of it, hence the buttons. What this
machine cannot do at all lies in a box that opens beside the others, so that the row stays short;
what another lever stands in the way of stays in the row, and the reason names that lever.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.variants.axes import AXES, LEVERS, Axis, Closed, Row, closed_choices
from core.variants.environment import Environment
from pages.widgets import state
from pages.widgets.layout import escape

SOURCE = ("model", "revision")


def draw_axis(axis: Axis, values: Mapping[str, Any], environment: Environment) -> None:
    """The lever's buttons, the chosen one marked, and why others are closed."""
    levers = {name: values[name] for name in (*LEVERS, *SOURCE) if name in values}
    closed = closed_choices(axis, levers, environment)
    chosen = str(values.get(axis.field))
    away = {name: why for name, why in closed.items() if why.here and name != chosen}
    with st.container(gap="xxsmall"):
        st.markdown(f":small[{axis.label}]", help=_help(axis))
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            for choice, row in axis.rows.items():
                if choice not in away:
                    _choice(axis, str(choice), row, chosen=chosen, closed=choice in closed)
            if away:
                _closed_here(axis, away)
        for reason, names in _by_reason(closed).items():
            near = [name for name in names if name not in away and name != chosen]
            if near:
                st.caption(f":material/block: {_labels(axis, near)}: {escape(reason)}")


def _closed_here(axis: Axis, away: Mapping[str, Closed]) -> None:
    """The choices that this machine cannot offer, each with the reason and what would help."""
    with st.popover(f"{len(away)} closed here: why", type="tertiary", key=f"{axis.field}_closed"):
        for reason, names in _by_reason(away).items():
            with st.container(gap="xxsmall"):
                with st.container(horizontal=True, gap="xsmall"):
                    for name in names:
                        _choice(axis, name, axis.rows[name], chosen="", closed=True)
                st.caption(f":material/block: {escape(reason)}")


def _by_reason(closed: Mapping[str, Closed]) -> dict[str, list[str]]:
    """The choices by what closes them, so that each reason is told once."""
    reasons: dict[str, list[str]] = {}
    for name, why in closed.items():
        reasons.setdefault(why.reason, []).append(name)
    return reasons


def _choice(axis: Axis, choice: str, row: Row, *, chosen: str, closed: bool) -> None:
    """One button. Streamlit draws a button that has a help of its own twice, so none has."""
    st.button(
        row.label,
        key=f"{axis.field}_{choice}",
        type="primary" if choice == chosen else "secondary",
        disabled=closed,
        on_click=state.choose,
        args=(axis.field, choice),
    )


def _labels(axis: Axis, names: list[str]) -> str:
    return ", ".join(axis.rows[name].label for name in names)


def _help(axis: Axis) -> str:
    """What the lever is, and what each choice does."""
    choices = "".join(f"\n- **{row.label}**: {row.summary}" for row in axis.rows.values())
    return f"{axis.help}\n{choices}"


def label_of(field: str, values: Mapping[str, Any]) -> str:
    """The name of what is chosen of a lever; empty where nothing is."""
    row = AXES[field].rows.get(values.get(field))
    return row.label if row else ""
