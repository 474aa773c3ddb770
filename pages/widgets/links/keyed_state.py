"""Parameters that are widgets of their own: each has a key in the session and a usual value.

Beside `state`, a module that touches `st.session_state`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.widgets.links.kinds import Kind
from pages.widgets.links.page_link import PageLink, Values

USUAL = "usual_values"


@dataclass(frozen=True)
class Keyed:
    """A widget in a link: its key, its kind, and what it has on a fresh page. The usual value of
    one that hangs on what is drawn is told by `note_usual`, and cannot be put.
    """

    key: str
    kind: Kind
    usual: Any = None


def keyed_link(fields: Mapping[str, Keyed]) -> PageLink:
    """The link of some widgets, by their parameters."""

    def values() -> Values:
        held = _held(fields)
        return {name: value for name, value in held.items() if value != _usual(fields[name])}

    def take(given: Values) -> None:
        for name, field in fields.items():
            _put(field, given.get(name, _usual(field)))

    kinds = {name: field.kind for name, field in fields.items()}
    return PageLink(kinds, values, take, lambda: _held(fields))


def note_usual(key: str, value: object) -> None:
    """Tell what a widget shows as long as nobody has chosen anything."""
    st.session_state[USUAL] = {**st.session_state.get(USUAL, {}), key: value}


def _usual(field: Keyed) -> Any:
    return st.session_state.get(USUAL, {}).get(field.key, field.usual)


def _held(fields: Mapping[str, Keyed]) -> dict[str, Any]:
    """What the widgets have that are in the session."""
    return {name: st.session_state[field.key] for name, field in fields.items()
            if field.key in st.session_state}  # fmt: skip


def _put(field: Keyed, value: object) -> None:
    """Set a widget before it is drawn; without a value it begins anew. One that the browser has
    drawn must be told its usual value: without a word it keeps what it has, and sends that again.
    """
    if value is not None:
        st.session_state[field.key] = value
    elif field.key in st.session_state:
        del st.session_state[field.key]
