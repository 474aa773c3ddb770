"""The closed levers as rows of buttons: a choice that cannot work is closed, with the reason.

Streamlit can close a whole select box but not one option of it, hence the buttons.
"""

from typing import Any

import streamlit as st

from core.variants.axes import AXES, Axis, Row, why_closed
from core.variants.environment import Environment
from pages.widgets import state
from pages.widgets.layout import escape


def draw_axis(axis: Axis, values: dict[str, Any], environment: Environment) -> None:
    """The lever's buttons, the chosen one marked, and under them why others are closed."""
    levers = {name: values[name] for name in (*AXES, "device", "model", "revision")}
    closed: dict[str, list[str]] = {}
    with st.container(gap="xxsmall"):
        st.markdown(f":small[{axis.label}]", help=_help(axis))
        with st.container(horizontal=True, gap="xsmall"):
            for choice, row in axis.rows.items():
                reason = why_closed(axis.field, str(choice), levers, environment)
                _choice(axis.field, str(choice), row, values[axis.field], closed=bool(reason))
                if reason and choice != values[axis.field]:
                    closed.setdefault(reason, []).append(row.label)
        for reason, labels in closed.items():
            st.caption(f":material/block: {', '.join(labels)}: {escape(reason)}")


def _choice(field: str, choice: str, row: Row, chosen: str, *, closed: bool) -> None:
    """One button. Streamlit draws a button that has a help of its own twice, so none has."""
    st.button(
        row.label,
        key=f"{field}_{choice}",
        type="primary" if choice == chosen else "secondary",
        disabled=closed,
        on_click=state.choose,
        args=(field, choice),
    )


def _help(axis: Axis) -> str:
    """What the lever is, and what each choice does."""
    choices = "".join(f"\n- **{row.label}**: {row.summary}" for row in axis.rows.values())
    return f"{axis.help}\n{choices}"
