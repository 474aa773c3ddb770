"""A run that ended without a result: what happened, where, and what can be done next."""

import streamlit as st

from core.errors import FailureKind
from core.results.format import show
from core.results.types import RunFailure
from pages.widgets.layout import escape

TITLES = {
    FailureKind.UNSUPPORTED: "This combination cannot run",
    FailureKind.OUT_OF_MEMORY: "Out of memory",
    FailureKind.LOAD: "The model could not be loaded",
    FailureKind.TIMEOUT: "A phase took too long",
    FailureKind.CANCELLED: "Cancelled",
    FailureKind.LOST: "The run was lost",
    FailureKind.ERROR: "The run failed",
}
NEXT = {
    FailureKind.UNSUPPORTED: "Choose another value for the setting that is named, and run again.",
    FailureKind.OUT_OF_MEMORY: "Choose a smaller batch, fewer tokens or a smaller precision, or "
    "drop a resident variant. The next run is not affected.",
    FailureKind.LOAD: "Check the model's folder, or choose another model.",
    FailureKind.TIMEOUT: "Ask for fewer repeats or tokens, or turn torch.compile off. The worker "
    "was ended, and the next run starts a new one.",
    FailureKind.CANCELLED: "Nothing was measured. Start it again when you like.",
    FailureKind.LOST: "Start it again: a new worker starts by itself.",
    FailureKind.ERROR: "Start it again. If it fails once more, the worker's log in the data "
    "folder has the details.",
}


def draw_failure(failure: RunFailure) -> None:
    """The card of a failure. A cancelled run is no alarm."""
    calm = failure.kind is FailureKind.CANCELLED
    with st.container(border=True):
        box = st.info if calm else st.error
        icon = ":material/stop_circle:" if calm else ":material/error:"
        box(f"**{TITLES[failure.kind]}.** {escape(failure.message)}", icon=icon)
        facts = [f"kind **{failure.kind.replace('_', ' ')}**"]
        if failure.phase:
            facts.append(f"while **{failure.phase.replace('_', ' ')}**")
        if failure.field:
            facts.append(f"setting **{escape(failure.field)}**")
        if failure.needed_bytes is not None or failure.free_bytes is not None:
            facts.append(f"needed **{show(failure.needed_bytes, 'bytes')}**")
            facts.append(f"free **{show(failure.free_bytes, 'bytes')}**")
        st.markdown(" · ".join(facts))
        st.markdown(f":material/arrow_forward: {NEXT[failure.kind]}")
