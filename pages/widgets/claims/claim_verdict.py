"""What a trial found: the verdict, measured beside claimed and published, plots, the reason."""

import pandas as pd
import streamlit as st

from core.analysis.claims.verdict import Part, Verdict, VerdictKind
from core.experiments.claims.claim_picture import StoredTrial
from core.plots import claim_values, growth
from core.results.format import DASH, show_seconds, show_time
from core.results.types import Grade
from pages.widgets.layout import HISTORY, escape, link_to

BADGES = {
    VerdictKind.HOLDS: ("green", ":material/check_circle:"),
    VerdictKind.IN_PART: ("orange", ":material/contrast:"),
    VerdictKind.FAILS: ("red", ":material/cancel:"),
    VerdictKind.NEEDS_GPU: ("gray", ":material/memory:"),
    VerdictKind.UNDECIDED: ("gray", ":material/help:"),
}
MEANINGS = {
    VerdictKind.HOLDS: "All parts that could be judged hold here, each by its rule.",
    VerdictKind.IN_PART: "Some parts hold here and some do not, or one holds in part.",
    VerdictKind.FAILS: "No part that could be judged holds here.",
    VerdictKind.NEEDS_GPU: "Only a GPU could tell.",
    VerdictKind.UNDECIDED: "What was measured here does not tell.",
}
COLUMNS = (
    "**Measured**: the value here, in brackets its interval, which misses once in a hundred "
    "trials; without one it was counted, or none can be told. **Claimed**: the rule of thumb. "
    "**Published**: somebody else's figure, with its source. **Verdict**: by the rules under the "
    "plots."
)
LOW_TRUST = (
    "Low trust, grade C: the machine was disturbed or scattered while this was measured. The "
    "reasons stand below, under the plots; measure again when it is quiet."
)
COUNTED = "It rests on counts, which no noise of the machine changes."
CHART = {"displayModeBar": False}


def draw_badge(kind: VerdictKind) -> None:
    """The verdict in a word or two."""
    colour, icon = BADGES[kind]
    st.badge(str(kind), icon=icon, color=colour, help=MEANINGS[kind])  # type: ignore[arg-type]


def draw_verdict(trial: StoredTrial, verdict: Verdict) -> None:
    """Sentence, table and reason of a judged trial."""
    st.markdown(f"**{escape(verdict.sentence)}**", help=COLUMNS)
    draw_table(verdict.parts)
    st.markdown(f"**Why.** {escape(verdict.reason)}")
    for sentence in verdict.untested:
        st.caption(f":material/info: Not told here. {escape(sentence)}")
    if verdict.trust is Grade.C:
        st.caption(f":material/warning: {LOW_TRUST}")
    st.caption(escape(_provenance(trial, verdict)))
    if trial.elsewhere:
        st.warning(
            "This was measured on other hardware or with other packages than those here now.",
            icon=":material/devices_other:",
        )


def draw_table(parts: tuple[Part, ...]) -> None:
    """A row for each part: measured, its own verdict, claimed, published. What decides stands
    first, so that it is seen on a narrow screen too; an empty column is left out.
    """
    marks = {id(part): mark for part, mark in _marked(parts)}
    rows = [
        {
            "": marks.get(id(part), ""),
            "What": escape(part.what),
            "Measured": escape(str(part.measured)) if part.measured else DASH,
            "Verdict": _coloured(part.kind),
            "Claimed": escape(part.claimed) or DASH,
            "Published": escape(part.published) or DASH,
        }
        for part in parts
    ]
    frame = pd.DataFrame(rows)
    empty = [name for name in frame if name and (frame[name] == DASH).all()]
    st.table(frame.drop(columns=empty), hide_index=True, border="horizontal")


def draw_details(trial: StoredTrial, verdict: Verdict, run_ids: dict[str, str]) -> None:
    """Plots, the rules of the verdict, doubts about the runs, and links to them."""
    values = claim_values.figure(verdict.parts)
    if values is not None:
        words = escape(claim_values.takeaway(verdict.parts))
        st.markdown(f"**Measured against claimed**  \n{words}")
        st.plotly_chart(values, key=f"values_{trial.experiment_id}", config=CHART)
    for number, picture in enumerate(verdict.pictures):
        words = escape(f"{growth.takeaway(picture)} {picture.takeaway}")
        st.markdown(f"**{escape(picture.title)}**  \n{words}")
        key = f"picture_{trial.experiment_id}_{number}"
        st.plotly_chart(growth.figure(picture), key=key, config=CHART)
    for rule in dict.fromkeys(part.rule for part in verdict.parts if part.rule):
        st.caption(f":material/gavel: {escape(rule)}")
    for doubt in verdict.doubts:
        st.caption(f":material/warning: {escape(doubt)}")
    with st.container(horizontal=True):
        for label, run_id in run_ids.items():
            link_to(HISTORY, label, ":material/list_alt:", run=run_id)


def _marked(parts: tuple[Part, ...]) -> list[tuple[Part, str]]:
    return list(zip(claim_values.shown(parts), claim_values.SYMBOLS, strict=False))


def _coloured(kind: VerdictKind | None) -> str:
    return f":{BADGES[kind][0]}[{kind}]" if kind is not None else DASH


def _provenance(trial: StoredTrial, verdict: Verdict) -> str:
    result = trial.result
    when = show_time(trial.finished_at or trial.created_at)
    words = [f"Measured {when}"]
    if result is not None:
        words.append(f"on {result.environment}, in {show_seconds(result.seconds)}")
    trust = f"Trust grade of its times: {verdict.trust}." if verdict.trust else COUNTED
    return f"{' '.join(words)}. {trust}"
