"""Which policies are compared, each with its settings."""

import streamlit as st

from core.variants.policy import POLICIES, PolicyKind, PolicyRow
from pages.widgets.batching import load_state
from pages.widgets.batching.load_request import LABELS, LoadRequest
from pages.widgets.layout import field_error

BATCH_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256)
TIMEOUTS_S = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)


def draw_policies(request: LoadRequest) -> None:
    """A tick for each policy, and under it the sliders of what it has."""
    st.markdown(
        "###### Policies",
        help="Who decides which waiting requests share a forward pass. All that are ticked get the "
        "very same requests.",
    )
    for kind, row in POLICIES.items():
        on = st.checkbox(
            row.label.capitalize(),
            key=load_state.key_of(load_state.policy_field(kind)),
            persist_state="session",
            help=row.summary,
        )
        if on and row.sized:
            _draw_settings(kind, row)
        if kind in request.wrong:
            field_error(request.wrong[kind])
    if "policies" in request.errors:
        field_error("Choose at least one policy.")


def _draw_settings(kind: PolicyKind, row: PolicyRow) -> None:
    left, right = st.columns(2)
    with left:
        _slide(kind, "batch_size", BATCH_SIZES, "Most requests that are served at once.")
    if row.timed:
        with right:
            _slide(kind, "timeout_s", TIMEOUTS_S, "The oldest waits at most so long for others.")


def _slide(kind: PolicyKind, part: str, usual: tuple[float, ...], text: str) -> None:
    """A slider over usual values; another one, as of a stored load test, is a choice too."""
    field = load_state.policy_field(kind, part)
    chosen = load_state.value(field)
    st.select_slider(
        LABELS[part],
        sorted({*usual, chosen}),
        value=chosen,
        format_func=lambda number: f"{number:g}",
        key=load_state.key_of(field),
        persist_state="session",
        help=text,
    )
