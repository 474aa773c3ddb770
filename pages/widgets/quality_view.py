"""How far a run's answers are from the reference's, and how well it did the person's own task."""

import streamlit as st

from core.results.format import show
from core.results.measured import Quality
from core.results.types import RunResult
from core.variants.models import catalogue
from pages.widgets.layout import escape
from pages.widgets.metric_cards import QUALITY_GROUPS, TASK_GROUPS, draw_groups
from pages.widgets.task_view import draw_task


def draw_quality(result: RunResult, baseline: RunResult | None) -> None:
    """The numbers against the reference, or why there are none; then the own task."""
    draw_groups(result, baseline, QUALITY_GROUPS)
    if result.quality is None:
        st.caption(escape(missing_sentence(result)))
    else:
        st.caption(escape(measured_sentence(result.quality)))
        model = catalogue().get(result.spec.variant.model)
        if model and model.bundled:
            st.caption(escape(model.summary))
    if result.task is not None:
        draw_groups(result, baseline, TASK_GROUPS)
        draw_task(result)
    else:
        st.caption("No task of your own was given: it stands beside the other settings of a run.")


def missing_sentence(result: RunResult) -> str:
    """Why a run has no quality."""
    return f"No quality: {result.quality_missing or 'not measured'}."


def measured_sentence(quality: Quality) -> str:
    """Against what, on how much text, and how long it took."""
    said = f"Against the same model in fp32 on a fixed text, {quality.tokens:,} tokens"
    if quality.seconds is None:
        return f"{said}."
    kept = ", kept from an earlier run of this variant" if quality.from_cache else ""
    return f"{said}; measured in {show(quality.seconds, 's')}, outside the timed part{kept}."
