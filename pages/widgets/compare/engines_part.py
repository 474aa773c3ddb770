"""What would another engine do here: the same question for each engine, and how long that takes."""

import streamlit as st

from core.analysis.comparing.comparison import FEWEST_RUNS, MOST_RUNS
from core.analysis.comparing.engines import EngineQuestion, engine_question
from core.experiments.sweeps.engine_request import engine_request
from core.results.naming import variant_name
from core.results.stored import StoredRun
from core.variants.models import BUNDLED_KEY
from core.variants.spec import RunSpec
from pages.widgets import past_runs, state
from pages.widgets.compare import compare_state, engines_state
from pages.widgets.compare.engines_answer import draw_answer
from pages.widgets.compare.stored_runs import recent_rows, told
from pages.widgets.engines_view import draw_how_to_get
from pages.widgets.layout import error_boundary, escape
from pages.widgets.start_box import unless_refused
from pages.widgets.sweep import sweep_state
from pages.widgets.sweep.plan_view import memory_sentence, time_sentence

PURPOSE = (
    "The same prompt, the same lengths and the same batch, asked of every engine that is here: "
    "what each takes, what it costs in quality, and how near it comes to its own bound."
)


def draw_engines_part() -> None:
    """What was asked where the URL names it, else the question."""
    st.markdown("##### What would another engine do here?")
    st.caption(PURPOSE)
    opened = engines_state.opened()
    if opened:
        draw_answer(opened)
        return
    source = _source()
    if source is None:
        st.info("No measured runs yet: measure one, and other engines can be asked the same.")
        return
    question = engine_question(source.spec, state.environment())
    left, right = st.columns([8, 5], gap="large")
    with left, error_boundary():
        chosen = _choice(question)
        _not_asked(question)
    with right, error_boundary():
        _panel(chosen)


def _source() -> StoredRun | None:
    """The run whose question is asked: the linked one, the baseline, or one of the newest."""
    names = {row.run_id: told(row) for row in recent_rows()}
    first = engines_state.linked_source()
    baseline = past_runs.baseline(BUNDLED_KEY)
    if first and first not in names and state.manager().history.get(first) is None:
        st.warning(f"There is no run {escape(first)} in this history.", icon=":material/search:")
        first = ""
    ids = [first, baseline.run_id if baseline else "", *names]
    known = [key for key in dict.fromkeys(ids) if key]
    if not known:
        return None
    engines_state.begin(known)
    chosen = st.selectbox(
        "The question of",
        known,
        format_func=lambda run_id: names.get(run_id, run_id),
        key=engines_state.SOURCE,
        help="A stored run: its model, prompt, lengths and batch are asked of the others.",
    )
    return state.manager().history.get(chosen)


def _choice(question: EngineQuestion) -> list[RunSpec]:
    """Who is asked, the source first; all of them unless some are taken out."""
    names = {spec.id: variant_name(spec.variant) for spec in question.specs}
    key = f"{engines_state.CHOSEN}_{question.specs[0].id if names else ''}"
    engines_state.begin_asked(key, [*names])
    picked = st.pills(
        "Who is asked",
        [*names],
        selection_mode="multi",
        wrap=True,
        default=[*names][:MOST_RUNS],
        format_func=lambda key: names[key],
        key=key,
        help=f"Up to {MOST_RUNS}. Each is measured alone, one after the other.",
    )
    return [spec for spec in question.specs if spec.id in picked]


def _not_asked(question: EngineQuestion) -> None:
    """Engines that cannot answer, and those that are not there."""
    for refused in question.refused:
        st.caption(f":material/block: **{escape(refused.label)}** {escape(refused.reason)}")
    for offer in question.missing:
        with st.container(gap="xxsmall"):
            st.markdown(f"**{offer.label}** :gray-badge[:material/download: not there]")
            draw_how_to_get(offer)


def _panel(chosen: list[RunSpec]) -> None:
    """How long it takes, and the button that asks."""
    with st.container(border=True):
        few = len(chosen) < FEWEST_RUNS
        if few:
            st.markdown("Choose two at least: the question needs another engine.")
        elif len(chosen) > MOST_RUNS:
            st.markdown(f":red[{len(chosen)} are too many to tell apart; {MOST_RUNS} at most.]")
        else:
            _plan(chosen)
        st.button(
            "Ask them",
            key="ask_engines",
            type="primary",
            icon=":material/play_arrow:",
            on_click=engines_state.start,
            args=(engine_request(chosen),) if chosen else (),
            width="stretch",
            **unless_refused(few or len(chosen) > MOST_RUNS),
        )
        st.caption("Measures each that has not been measured in this environment, in a queue.")
        refusal = state.take_notice(compare_state.ENGINES)
        if refusal:
            st.error(escape(refusal), icon=":material/block:")


def _plan(chosen: list[RunSpec]) -> None:
    planned = sweep_state.planned(engine_request(chosen)).plan
    reused = len(planned.reused)
    words = f", {reused} measured already in this environment" if reused else ""
    st.markdown(f"**{len(planned.to_measure)} to measure{words}.**")
    if planned.to_measure:
        st.markdown(f":material/timer: {time_sentence(planned, trial=False)}")
        st.markdown(f":material/memory_alt: {memory_sentence(planned)}")
