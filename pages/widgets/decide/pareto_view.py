"""The Pareto set of two or three objectives: the plot, a click for the run, and the frontier."""

from typing import Any

import pandas as pd
import streamlit as st

from core.analysis.deciding.answer import name, told
from core.analysis.deciding.asking.words import KNOWN
from core.analysis.deciding.pareto import ParetoSet, Standing, pareto_set, summary
from core.plots.pareto import figure, left_out, takeaway
from core.results.candidate import Candidate
from pages.widgets.decide import decide_state
from pages.widgets.decide.decide_state import Chosen
from pages.widgets.layout import HISTORY, escape, link_to
from pages.widgets.metric_list import explained, explained_columns

FIRST, SECOND, THIRD = "decide_first", "decide_second", "decide_third"
USUAL = {FIRST: "tpot_s", SECOND: "peak_bytes"}
NONE = ""
MOST_ROWS = 500
EXPLANATION = (
    "A run is on the frontier where no other is at least as good in each of these and better in "
    "one, by the measured values; surely so, where that holds at the ends of all intervals too. "
    "Undecided: another is better by the measured values, but their intervals overlap. Dominated: "
    "another is better beyond doubt. A value without an interval is taken as exact."
)
CHOICES = {
    FIRST: ("Across", "The first number that should be good, from left to right."),
    SECOND: ("Up", "The second, from bottom to top."),
    THIRD: ("Colour", "A third, if wanted: a run may be on the frontier by this one alone."),
}
COLUMNS = {
    "configuration": "The levers in which these runs differ.",
    "standing": EXPLANATION,
    "trust": "A: nothing speaks against the numbers; B and C: the opened run has the reasons.",
    "run": "The run in the history. Select the row to open it.",
}


def draw_pareto(chosen: Chosen) -> None:
    """Objectives, plot, table."""
    st.subheader("Pareto set", anchor=False, help=EXPLANATION)
    keys = _draw_objectives()
    choices = decide_state.choices_in(chosen, keys)
    pareto = pareto_set(choices.candidates, [choices.objectives[key] for key in keys])
    words = f"{summary(pareto)} {takeaway(pareto)}"
    st.markdown(escape(words), help=explained(pareto.objectives))
    if left_out(pareto):
        st.caption(
            f"{left_out(pareto):,} runs are not drawn: another one lies in nearly the same place."
        )
    if pareto.frontier:
        _draw_plot(pareto)
    missing = pareto.of(Standing.MISSING)
    if missing:
        absent = sorted({o.label for candidate in missing for o in pareto.missing_of(candidate)})
        st.caption(escape(f"Not drawn: {len(missing):,} without a value of {', '.join(absent)}."))


def _draw_objectives() -> list[str]:
    """Keys of two or three different objectives, as they are chosen."""
    with st.container(horizontal=True):
        first = _select(FIRST, list(KNOWN))
        second = _select(SECOND, [key for key in KNOWN if key != first])
        others = [NONE, *(key for key in KNOWN if key not in (first, second))]
        third = _select(THIRD, others)
    return [key for key in (first, second, third) if key != NONE]


def _select(key: str, options: list[str]) -> str:
    (label, text), usual = CHOICES[key], USUAL.get(key, NONE)
    return str(
        st.selectbox(
            label,
            options,
            index=options.index(usual) if usual in options else 0,
            format_func=_objective_label,
            key=key,
            persist_state="session",
            width=230,
            help=f"{text} The sentence below has its definition.",
        )
    )


def _objective_label(key: str) -> str:
    known = KNOWN.get(key)
    return f"{known.label} ({known.kind})" if known else "no third"


@st.fragment
def _draw_plot(pareto: ParetoSet) -> None:
    """The plot, the run that was clicked, and the table of those that matter."""
    event = st.plotly_chart(
        figure(pareto),
        key="decide_plot",
        on_select="rerun",
        selection_mode="points",
        config={"displayModeBar": False},
    )
    clicked = clicked_run(event)
    if clicked:
        link_to(HISTORY, f"Open run {clicked}", ":material/open_in_new:", run=clicked)
    else:
        st.caption("Click a point for its run. Steps: the frontier of the two axes.")
    shown = [*pareto.frontier, *pareto.of(Standing.UNDECIDED)][:MOST_ROWS]
    rows = st.dataframe(
        frontier_frame(pareto, shown),
        key="decide_table",
        hide_index=True,
        column_config=_columns(pareto),
        on_select="rerun",
        selection_mode="single-row",
        height=min(38 + 35 * max(len(shown), 1), 360),
    )
    for index in rows["selection"]["rows"]:
        if index < len(shown):
            run_id = shown[index].run_id
            link_to(HISTORY, f"Open run {run_id}", ":material/open_in_new:", run=run_id)


def _columns(pareto: ParetoSet) -> dict[str, Any]:
    numbers = {objective.label: objective.help for objective in pareto.objectives}
    return explained_columns({**COLUMNS, **numbers}, right=[*numbers])


def clicked_run(event: Any) -> str | None:
    """The id of the run whose point was clicked; None where none was."""
    points = event["selection"]["points"] if event else []
    data = points[0].get("customdata") if points else None
    found = data[0] if isinstance(data, list | tuple) and data else data
    return str(found) if found else None


def frontier_frame(pareto: ParetoSet, shown: list[Candidate]) -> pd.DataFrame:
    """A line for each run: its configuration, standing, values with intervals, trust and id."""
    standings = dict(zip((c.run_id for c in pareto.candidates), pareto.standings, strict=True))
    rows = [
        {
            "configuration": name(candidate, shown),
            "standing": f"{standings[candidate.run_id]}"
            f"{', surely' if candidate.run_id in pareto.surely else ''}",
            **{
                o.label: told(o.value(candidate), o.interval(candidate), o.unit)
                for o in pareto.objectives
            },
            "trust": str(candidate.trust),
            "run": candidate.run_id,
        }
        for candidate in shown
    ]
    return pd.DataFrame(rows)
