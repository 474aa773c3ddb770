"""Over which devices an experiment is spread: a control that is there where there are several."""

import streamlit as st

from core.experiments.spreading import ALL, named_slots
from core.jobs.slots import Slot
from pages.widgets import state


def draw_spread(label: str, key: str, device: str | None, text: str) -> tuple[Slot, ...]:
    """The slots that are chosen; nothing where there is one, or none is chosen. In a cluster all
    that are like the first with the device are chosen to begin with.

    Raises RequestError for slots that are not alike.
    """
    there = state.slots()
    if len(there) < 2:
        return ()
    usual = device or there[0].device
    in_cluster = any(slot.node for slot in there)
    words = {slot.key: f"{slot.key}: {slot.hardware}" for slot in there}
    chosen = st.multiselect(
        label,
        list(words),
        default=[slot.key for slot in named_slots([ALL], there, usual)] if in_cluster else [],
        format_func=lambda key: words.get(key, key),
        key=key,
        persist_state="session",
        placeholder="one device",
        help=text,
    )
    return named_slots(chosen, there, usual) if chosen else ()
