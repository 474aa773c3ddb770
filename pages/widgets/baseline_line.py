"""What a result is compared with, and how to pin another run as the baseline."""

import streamlit as st

from core.analysis.baseline import workload_differences
from core.results.naming import long_name
from core.results.types import RunResult
from pages.widgets import past_runs, state
from pages.widgets.layout import escape
from pages.widgets.start_box import unless_refused

PIN = (
    "From now on every run of this model is compared with this one, for everybody who shares this "
    "history."
)
UNPIN = "Goes back to the usual one: the first run of this model in fp32."


def draw_baseline_line(result: RunResult, baseline: RunResult | None) -> None:
    """The baseline with its buttons, and what makes the comparison an unlike one."""
    model = result.spec.variant.model
    pinned = past_runs.is_pinned(model)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_sentence(result, baseline, pinned))
        if baseline is None or baseline.run_id != result.run_id or not pinned:
            st.button(
                "Pin as baseline",
                key="pin_baseline",
                icon=":material/keep:",
                on_click=past_runs.pin,
                args=(model, result.run_id),
                **unless_refused(why=PIN),
            )
        if pinned:
            st.button(
                "Unpin",
                key="unpin_baseline",
                on_click=past_runs.unpin,
                args=(model,),
                **unless_refused(why=UNPIN),
            )
    notice = state.take_notice("baseline")
    if notice:
        st.error(escape(notice), icon=":material/error:")
    unlike = workload_differences(result, baseline) if baseline else ()
    if unlike:
        st.caption(f":material/warning: Not like with like: {escape('; '.join(unlike))}.")


def _sentence(result: RunResult, baseline: RunResult | None, pinned: bool) -> str:
    if baseline is None:
        return "No baseline yet: the first fp32 run of this model becomes it, or pin this run."
    how = "pinned" if pinned else "the first fp32 run of this model"
    if baseline.run_id == result.run_id:
        return f"This run is the baseline ({how}), so nothing is compared."
    trust = f"trust {baseline.trust.grade}"
    return f"Compared with {escape(long_name(baseline.spec))}, {baseline.run_id} ({how}; {trust})."
