"""What the controls of a sweep hold in the session: for each lever the values that are listed.

Beside `state`, the only module that touches `st.session_state`. The settings that hold for all
cells (prompt, repeats, warm-up, quality, own task) are those of Explore.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.variants.axes import AXES
from core.variants.engine import DEFAULT_ENGINE, Engine
from core.variants.engine_support import BY_ENGINE, has_choice
from core.variants.grid import LISTED
from core.variants.request import build_spec
from pages.widgets import state

GRID = "grid_"
PICKED = (*AXES, "endpoint", "model", "device", "draft_model")
TYPED = tuple(field for field in LISTED if field not in PICKED)
"""The fields whose values are typed with commas between them; of the others some are picked."""
FIRST = "grid_first_values"


def key_of(field: str) -> str:
    """The key of a lever's control."""
    return f"{GRID}{field}"


def start_grid(defaults: Mapping[str, object]) -> None:
    """Begin, once in a session, with the one value of each lever that Explore has now."""
    state.start_controls(defaults)
    if FIRST in st.session_state:
        return
    chosen = state.first_values(state.chosen())
    put_grid(first_grid({**chosen, state.MIXED: state.lengths_are_mixed()}))


def first_grid(controls: Mapping[str, Any]) -> dict[str, Any]:
    """What each lever's control has where it lists what those controls have."""
    chosen = dict(controls)
    if not chosen[state.MIXED]:
        chosen["shortest_prompt_tokens"] = None
    first: dict[str, Any] = {}
    for field in LISTED:
        value = chosen.get(field)
        given = [] if value in (None, "") else [str(value)]
        first[field] = ", ".join(given) if field in TYPED else given
    if build_spec({"model": chosen["model"]}).variant.weights == chosen["weights"]:
        first["weights"] = []
    return first


def put_grid(first: Mapping[str, Any]) -> None:
    """Set the controls before they are drawn, as if the session began with these values."""
    st.session_state[FIRST] = {field: first[field] for field in LISTED}
    for field in LISTED:
        st.session_state[key_of(field)] = first[field]


def held(field: str) -> Any:
    """What a lever's control has: a list of what is picked, or what is typed."""
    return typed(field) if field in TYPED else picked(field)


def first_typed(field: str) -> str:
    """What a text field had when this session began."""
    return str(st.session_state[FIRST][field])


def picked(field: str) -> list[str]:
    """The values of a lever that are picked."""
    return list(st.session_state[key_of(field)])


def typed(field: str) -> str:
    """The values of a field as they are typed."""
    return str(st.session_state[key_of(field)] or "")


def engines() -> tuple[Engine, ...]:
    """The engines that are picked; the usual one where none is."""
    return tuple(map(Engine, picked("engine"))) or (DEFAULT_ENGINE,)


def toggle_engine(field: str, value: str) -> None:
    """List an engine or take it out. A lever whose values not all of the engines have follows them
    as long as nobody has listed several of its values; values that none has are taken out.
    """
    toggle(field, value)
    for lever in BY_ENGINE:
        listed = [one for one in picked(lever) if any(has_choice(e, lever, one) for e in engines())]
        follows = len(listed) == 1 and not all(has_choice(e, lever, listed[0]) for e in engines())
        st.session_state[key_of(lever)] = [] if follows else listed


def toggle(field: str, value: str) -> None:
    """List a value that is not listed, or take it out."""
    values = picked(field)
    kept = [item for item in values if item != value]
    st.session_state[key_of(field)] = kept if value in values else [*values, value]
