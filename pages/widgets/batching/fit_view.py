"""How long steps take with the variant: the fit, its error, and its numbers in words."""

import pandas as pd
import streamlit as st

from core.analysis.batching.formula import Coefficient, Form
from core.plots import batching_fit
from core.results.format import show
from core.results.serving import StepKind
from pages.widgets.batching.simulated import Steps
from pages.widgets.layout import escape
from pages.widgets.metric_list import explained_columns

KINDS = {
    StepKind.PREFILL: "Prefill: a batch of prompts, up to their first token",
    StepKind.DECODE: "Decode: one more token for each row of a batch",
    StepKind.MIXED: "Continuous batching: one step of all who are in it",
}
COLUMNS = {
    "For": "The batch that this number is of, where sizes have numbers of their own.",
    "Takes": "What a step takes for it; the parts of a step are added.",
    "": "For what the time is taken.",
}
AT = {StepKind.MIXED: "tokens in the step"}
FORMS = {
    Form.ONE_FORMULA: "one formula for all sizes foretold best",
    Form.PIECES: "each measured size by itself, and between them in proportion, foretold best",
}


def draw_fit(steps: Steps, key: str) -> None:
    """The plot, how far off it is, and all numbers."""
    samples = steps.calibration.samples
    st.markdown(escape(batching_fit.takeaway(steps.fitted)))
    figure = batching_fit.figure(samples, steps.fitted)
    st.plotly_chart(figure, key=f"fit_{key}", config={"displayModeBar": False})
    for kind, fit in steps.fitted.fits.items():
        st.markdown(f"**{KINDS[kind]}**")
        st.caption(
            f"{fit.samples} steps of {fit.shapes} shapes, {span(fit.batch_range)} rows, "
            f"{span(fit.length_range)} tokens. Left out of the fit and foretold: within "
            f"{show(fit.held_out_error, 'share')} at the median; {FORMS[fit.form]}."
        )
        rows = [row_of(kind, one) for one in fit.coefficients if one.value]
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            column_config=explained_columns(COLUMNS, right=("For", "Takes")),
        )
    overhead_s = show(steps.fitted.batch_overhead_s, "s")
    st.caption(f"Outside of its steps a batch takes {overhead_s}.")


def span(ends: tuple[int, int]) -> str:
    """From the least to the most, in words."""
    return f"{ends[0]:,} to {ends[1]:,}" if ends[0] != ends[1] else f"{ends[0]:,}"


def row_of(kind: StepKind, one: Coefficient) -> dict[str, str]:
    """One number of the formula."""
    at = "all" if one.at is None else f"{one.at:,} {AT.get(kind, 'rows')}"
    return {"For": at, "Takes": show(one.value, "s"), "": one.name}
