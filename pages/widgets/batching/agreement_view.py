"""Simulated against measured: the verdict, figures side by side, and the same requests twice."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core.analysis.batching.agreement import PROMISED, PROMISED_FIGURES, Agreement, Deviation
from core.analysis.batching.figures import FIGURES
from core.plots import batching_measured
from core.plots.batching_curves import show_rate
from core.results.format import DASH, show, show_change, significant
from pages.widgets.batching.simulated_view import draw_badge
from pages.widgets.batching.timeline_view import TITLE, draw_timelines
from pages.widgets.layout import escape
from pages.widgets.links.keyed_state import note_usual
from pages.widgets.metric_list import explained_columns
from pages.widgets.open_tab import draw_open_tab

SHOWN_RATE = "load_shown_rate"
PLOTS_TAB, PLOT_TABS = "load_plots", ("Answers over time", TITLE)
PLAIN = {"displayModeBar": False}
WHAT = "What it is"


def draw_agreements(found: Sequence[Agreement]) -> None:
    """What was measured so far; nothing where nothing was."""
    if not found:
        return
    draw_badge("Simulated against measured", is_simulated=False)
    st.markdown(escape(verdict(found)))
    columns = explained_columns(HELPS, right=NUMBERS)
    st.dataframe(table(found, PROMISED_FIGURES), hide_index=True, column_config=columns)
    with st.expander("All figures", key="load_figures"):
        st.dataframe(table(found, tuple(FIGURES)), hide_index=True, column_config=columns)
    _draw_requests(_at_chosen_rate(found))


def _at_chosen_rate(found: Sequence[Agreement]) -> list[Agreement]:
    """Those at the rate that is chosen, where the load was served at several: all of them in one
    plot could not be told apart.
    """
    rates = [*dict.fromkeys(one.rate_per_s for one in found)]
    if len(rates) == 1:
        return [*found]
    note_usual(SHOWN_RATE, rates[0])
    chosen = st.segmented_control(
        "Rate that is shown below",
        rates,
        default=rates[0],
        format_func=lambda rate: show_rate(rate or 0.0),
        key=SHOWN_RATE,
        required=True,
        help="The load was served at several rates; the plots below are of this one.",
    )
    shown = chosen if chosen in rates else rates[0]
    return [one for one in found if one.rate_per_s == shown]


@st.fragment
def _draw_requests(found: Sequence[Agreement]) -> None:
    """The requests themselves: all of them as shares, or the first of them over time."""
    draws = (partial(_draw_answers, found), partial(_draw_over_time, found))
    draw_open_tab(dict(zip(PLOT_TABS, draws, strict=True)), PLOTS_TAB)


def _draw_answers(found: Sequence[Agreement]) -> None:
    words = escape(batching_measured.takeaway(found))
    st.markdown(f"**Measured, and simulated (dashed)**  \n{words}")
    st.plotly_chart(batching_measured.figure(found), key="load_answers", config=PLAIN)


def _draw_over_time(found: Sequence[Agreement]) -> None:
    timelines = {
        one.label: {
            batching_measured.first_of(one, "Measured"): one.measured[0],
            "Simulated": one.simulated,
        }
        for one in found
    }
    draw_timelines(timelines, "test")


NUMBERS = ("Requests/s", "Deviation", "Measured", "Simulated")
HELPS = {
    "Policy": "The policy that served the requests.",
    "Requests/s": "The rate at which they came.",
    "Figure": "What is compared; its definition is in the last column.",
    "Simulated": "What the simulation told of the very same requests.",
    WHAT: "The figure's definition.",
    "Measured": "Of several repeats the median.",
    "Deviation": "(simulated - measured) / measured: above 0 the simulation told too much.",
    "Within 20 %": "Told for throughput and the median end-to-end time, which a simulation is "
    "promised to hit.",
}


def verdict(found: Sequence[Agreement]) -> str:
    """Whether the simulation is right where it is promised to be, and how far off it is at most."""
    judged = [(one, one.of(key)) for one in found for key in PROMISED_FIGURES]
    known = [(one, d, abs(d.share)) for one, d in judged if d.share is not None]
    if not known:
        return "Nothing that was served can be held against the simulation."
    within = sum(size <= PROMISED for _, _, size in known)
    one, worst, _ = max(known, key=lambda row: row[2])
    said = f"{within} of {len(known)} figures of throughput and median end-to-end time are "
    said += f"simulated within {show(PROMISED, 'share')} of what was measured; the furthest off is "
    said += f"{worst.figure.label} of {one.label}, {show_change(worst.share)}."
    if within < len(known):
        said += " Do not trust the simulation of those that are further off: calibrate again."
    return said


def table(found: Sequence[Agreement], keys: Sequence[str]) -> pd.DataFrame:
    """A row for each policy, at each rate, and each of these figures that is known of it."""
    return pd.DataFrame([_row(one, one.of(key)) for one in found for key in keys
                         if _is_known(one.of(key))])  # fmt: skip


def _is_known(one: Deviation) -> bool:
    return one.simulated is not None or one.measured is not None


def _row(of: Agreement, one: Deviation) -> dict[str, str]:
    unit = one.figure.unit
    return {
        "Policy": of.policy.label,
        **({} if of.rate_per_s is None else {"Requests/s": significant(of.rate_per_s)}),
        "Figure": one.figure.label,
        "Within 20 %": _within(one),
        "Deviation": show_change(one.share),
        "Measured": show(one.measured, unit),
        "Simulated": show(one.simulated, unit),
        WHAT: one.figure.help,
    }


def _within(one: Deviation) -> str:
    """Told of the promised figures alone."""
    if one.figure.key not in PROMISED_FIGURES or one.share is None:
        return DASH
    return "yes" if abs(one.share) <= PROMISED else "no"
