"""What was simulated, one plot at a time: requests over time, and the policies over many rates.

To simulate many rates takes a second, and nobody waits for it: the page is drawn without them at
first, then they are simulated in steps between which whatever a person does comes first, and the
page is drawn again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

import streamlit as st

from core.analysis.batching.curve import Curve
from core.analysis.batching.load_words import curve_words
from core.analysis.batching.study import PolicyStudy
from core.plots.batching_curves import PANELS, Panel, is_known, knee_sentence, takeaway
from core.variants.load import Load
from core.variants.policy import Policy
from pages.widgets.batching import simulated
from pages.widgets.batching.simulated import Steps
from pages.widgets.batching.timeline_view import TITLE, draw_timelines
from pages.widgets.chart_view import curve_figure_of
from pages.widgets.layout import escape
from pages.widgets.open_tab import draw_open_tab

AT_ONCE = False  # simulate them while the page is drawn: where no browser asks for the rest
SOON_S = 0.2
SIMULATIONS = 30  # of a policy, about
NOTES_SHOWN = 2
WAITING_PIXELS, PLOT_PIXELS = 90, 420
CURVES = "load_curves"
PANELS_BY_TITLE = {panel.title: panel for panel in PANELS}
TABS = (TITLE, *PANELS_BY_TITLE)


@dataclass(frozen=True)
class CurvesAsked:
    """What curves are of."""

    load: Load
    policies: Sequence[Policy]
    steps: Steps
    rates: tuple[float, ...]
    usd_per_hour: float | None


def curves_now(asked: CurvesAsked) -> list[Curve] | None:
    """The curves; None while they are still to be simulated."""
    given = (asked.load, asked.policies, asked.steps, asked.rates, asked.usd_per_hour)
    if AT_ONCE:
        simulated.simulate_curves(*given)
    return simulated.known_curves(*given)


def draw_curves(
    asked: CurvesAsked, found: Sequence[PolicyStudy], curves: list[Curve] | None
) -> None:
    """What the curves say, or while there are none how far they are; then the plots."""
    if curves is None:
        _draw_waiting(asked)
    else:
        _draw_words(asked.load, curves)
    draws = {title: partial(_draw_panel, asked, found, curves, panel)
             for title, panel in PANELS_BY_TITLE.items()}  # fmt: skip
    st.fragment(draw_open_tab)({TITLE: partial(draw_expected, found), **draws}, CURVES)


def draw_expected(found: Sequence[PolicyStudy]) -> None:
    """The simulated requests over time."""
    draw_timelines({one.policy.label: {"Simulated": one.served} for one in found}, "expected")


def draw_notes(notes: list[str], what: str, key: str) -> None:
    """A line each; many in a box that says what they are, so that the figures stay in sight."""
    if len(notes) <= NOTES_SHOWN:
        for note in notes:
            st.caption(f":material/warning: {escape(note)}")
        return
    with st.expander(f":material/warning: {len(notes)} {what}", key=key):
        st.markdown("\n".join(f"- {escape(note)}" for note in notes))


def _draw_words(load: Load, curves: Sequence[Curve]) -> None:
    st.markdown(escape(knee_sentence(curves)))
    st.caption(escape(curve_words(load, curves)))
    notes = dict.fromkeys(note for curve in curves for note in curve.notes)
    draw_notes([*notes], "things to keep in mind of these curves", "load_curve_notes")


def _draw_panel(
    asked: CurvesAsked, found: Sequence[PolicyStudy], curves: list[Curve] | None, panel: Panel
) -> None:
    if curves is None:
        st.container(height=PLOT_PIXELS, border=False).caption("Being simulated.")
        return
    rate_per_s = asked.load.mean_rate_per_s or 0.0
    if not is_known(panel, curves):
        st.caption(escape(panel.missing))
        return
    words = takeaway(panel, rate_per_s, {one.policy: one.metrics for one in found})
    st.markdown(f"**{panel.heading}**  \n{escape(words)}")
    ids = tuple(policy.id for policy in asked.policies)
    key = (asked.load.id, ids, asked.steps.key, asked.rates, asked.usd_per_hour)
    drawn = curve_figure_of(key, panel.title, rate_per_s, panel, curves)
    st.plotly_chart(drawn, key=f"plot_{panel.title}", config={"displayModeBar": False})


def _draw_waiting(asked: CurvesAsked) -> None:
    """Room for the words; what is drawn in it is run again at once, and simulates then."""
    with st.container(height=WAITING_PIXELS, border=False, key="load_curves_wait"):
        st.caption("The curves over many rates are being simulated.")
        st.fragment(_simulate, run_every=SOON_S)(asked, count())


def _simulate(asked: CurvesAsked, turns: Iterator[int]) -> None:
    bar = st.progress(0.0, "Simulating …")
    if next(turns) == 0:
        return  # the page is still being drawn
    done = count(1)
    most = SIMULATIONS * len(asked.policies)

    def tell(policy: Policy) -> None:
        bar.progress(min(next(done) / most, 1.0), f"Simulating {escape(policy.label)} …")

    given = (asked.load, asked.policies, asked.steps, asked.rates, asked.usd_per_hour)
    simulated.simulate_curves(*given, tell)
    st.rerun()
