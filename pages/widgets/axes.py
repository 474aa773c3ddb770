"""The closed levers as rows of buttons: a choice that cannot work is closed, with the reason.

Streamlit can close a whole select box but not one option of it, hence the buttons.
"""

from typing import Any

import streamlit as st

from core.variants.axes import AXES, Axis, why_closed
from core.variants.environment import Environment
from pages.widgets import state
from pages.widgets.layout import escape


def draw_axis(axis: Axis, values: dict[str, Any], environment: Environment) -> None:
    """The lever's buttons, the chosen one marked, and under them why others are closed."""
    st.markdown(f"**{axis.label}**", help=axis.help)
    levers = {name: values[name] for name in (*AXES, "device")}
    chosen = values[axis.field]
    closed: dict[str, list[str]] = {}
    with st.container(horizontal=True, gap="xsmall"):
        for choice, row in axis.rows.items():
            reason = why_closed(axis.field, str(choice), levers, environment)
            st.button(
                row.label,
                key=f"{axis.field}_{choice}",
                type="primary" if choice == chosen else "secondary",
                disabled=reason is not None,
                help=escape(reason) if reason else row.summary,
                on_click=state.choose,
                args=(axis.field, str(choice)),
            )
            if reason and choice != chosen:
                closed.setdefault(reason, []).append(row.label)
    for reason, labels in closed.items():
        st.caption(f":material/block: {', '.join(labels)}: {escape(reason)}")
