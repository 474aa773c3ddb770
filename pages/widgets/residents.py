"""What a device's worker holds in memory, and how to free it."""

import streamlit as st

from core.jobs.protocol import Resident, Residents
from core.results.format import show
from core.variants.spec import VariantSpec
from pages.widgets import state
from pages.widgets.layout import escape


def draw_residents(device: str) -> None:
    """The variants that the worker holds, each with its bytes and a way to drop it."""
    held = state.manager().residents(device)
    count = len(held.residents) if held else 0
    with st.expander(f"Resident variants: {count}", icon=":material/memory:"):
        st.caption(
            "A variant stays loaded after its run, so that the next run of it starts at once. "
            "When room is needed, the one that was used least recently goes first."
        )
        if held:
            if held.budget_bytes:
                _budget(held, held.budget_bytes)
            _rows(device, held)
        else:
            st.caption("The worker starts with the first run.")


def _budget(held: Residents, budget_bytes: int) -> None:
    used = sum(item.weights_bytes for item in held.residents)
    text = f"{show(used, 'bytes')} of a budget of {show(budget_bytes, 'bytes')}"
    st.progress(min(used / budget_bytes, 1.0), text=text)


def _rows(device: str, held: Residents) -> None:
    for item in sorted(held.residents, key=lambda item: item.used_at, reverse=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{escape(_name(item.variant))} · {_size(item)}")
            st.button(
                "Drop",
                key=f"drop_{item.variant.id}",
                help="Frees its memory now; the next run of it loads it again.",
                on_click=state.manager().drop,
                args=(device, item.variant.id),
            )


def _size(item: Resident) -> str:
    return show(item.weights_bytes, "bytes")


def _name(variant: VariantSpec) -> str:
    parts = (variant.model, f"{variant.weights} weights", variant.precision, variant.attention)
    return " · ".join([*parts, f"compile {variant.compile}"])
