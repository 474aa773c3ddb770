"""A question in constraints and its answer: what was understood, the run, what binds, what is
missing, and how to deploy it.
"""

import streamlit as st

from core.analysis.deciding.answer import check_words, headline, name, sentences, told
from core.analysis.deciding.asking.sentence import read_ask
from core.analysis.deciding.asking.words import EXAMPLES, KNOWN
from core.analysis.deciding.constraints import Ask, understood
from core.analysis.deciding.deploy import deploy_script
from core.analysis.deciding.objectives import Objective
from core.analysis.deciding.recommend import Option, Recommendation, recommend
from core.errors import RequestError
from core.harmless import harmless
from core.results.types import RunResult
from core.variants.axes import AXES
from pages.widgets import state
from pages.widgets.axes import axis_help
from pages.widgets.decide import decide_state
from pages.widgets.decide.decide_state import Chosen
from pages.widgets.decide.measure_more import draw_measurements
from pages.widgets.fields import HELPS, NUMBERS
from pages.widgets.layout import HISTORY, escape, field_error, link_to
from pages.widgets.present.ways_here import link_to_savings_over_baseline

ASK = "decide_ask"


def draw_ask(chosen: Chosen) -> None:
    """The text field with examples, and the answer to what stands in it."""
    st.subheader("Ask in constraints", anchor=False)
    text = st.text_input(
        "Your limits and your goal",
        key=ASK,
        persist_state="session",
        placeholder=EXAMPLES[0],
        help="Limits with their units, conditions on levers (on cpu, batch size 1, nf4 or bf16) "
        "and one goal, such as cheapest, fastest, smallest, most accurate, or lowest TTFT.",
    )
    _draw_examples()
    if not text or not text.strip():
        return
    try:
        ask = read_ask(text)
    except RequestError as error:
        field_error(str(error))
        return
    _draw_understood(ask)
    choices = decide_state.choices_in(chosen, ask.keys)
    _draw_answer(recommend(choices.candidates, ask, choices.objectives), chosen)


def _draw_examples() -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption("For example (a click takes it over):", width="content")
        for number, example in enumerate(EXAMPLES):
            st.button(
                example,
                key=f"{ASK}_{number}",
                type="tertiary",
                on_click=decide_state.set_text,
                args=(ASK, example),
            )


def _draw_understood(ask: Ask) -> None:
    fields = [ask.goal, *(one.key for one in ask.constraints)]
    fields += [one.field for one in ask.conditions]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown("Understood:", width="content")
        for field, part in zip(fields, understood(ask), strict=True):
            st.badge(escape(part), color="blue", help=what_it_is(field))


def what_it_is(field: str) -> str:
    """The definition of a metric, or the sentence on a lever."""
    if field in KNOWN:
        return escape(KNOWN[field].help)
    if field in AXES:
        return axis_help(AXES[field])
    return NUMBERS[field].help if field in NUMBERS else HELPS[field]


def _draw_answer(found: Recommendation, chosen: Chosen) -> None:
    show = st.success if found.winner else st.warning
    icon = ":material/check_circle:" if found.winner else ":material/block:"
    show(f"**{escape(headline(found))}**", icon=icon)
    st.markdown("\n".join(f"- {escape(sentence)}" for sentence in sentences(found)))
    best, second = found.winner or found.nearest, found.runner_up
    titles = ("The configuration" if found.winner else "Nearest", "Runner-up")
    options = [(t, o) for t, o in zip(titles, (best, second), strict=True) if o]
    for column, (title, option) in zip(st.columns(2, gap="medium"), options, strict=False):
        with column:
            _draw_option(title, option, found.objective)
    draw_measurements(found.measurements, chosen)
    if found.winner:
        _draw_onward(found.winner)


def _draw_option(title: str, option: Option, goal: Objective) -> None:
    with st.container(border=True):
        st.markdown(f"**{title}: {escape(name(option.candidate))}**")
        lines = [(f"{goal.label}: {told(option.goal, option.interval, goal.unit)}", goal.key)]
        lines += [(check_words(check), check.constraint.key) for check in option.checks]
        with st.container(gap="xxsmall"):
            for line, key in lines:
                st.markdown(escape(line), help=what_it_is(key))
        grade = f"trust grade {option.candidate.trust}"
        st.caption(f"Run {escape(option.candidate.run_id)}, {grade}")
        link_to(HISTORY, "Open the run", ":material/open_in_new:", run=option.candidate.run_id)


def _draw_onward(option: Option) -> None:
    """What it saves, and a script to deploy it."""
    stored = state.manager().history.get(option.candidate.run_id)
    if stored is None or not isinstance(stored.outcome, RunResult):
        return
    link_to_savings_over_baseline(stored.outcome)
    with st.expander("Deploy it: a script of its own", icon=":material/rocket_launch:"):
        st.caption(
            "Plain code of its engine, without this program: it loads and decodes as the run did."
        )
        st.code(harmless(deploy_script(stored.outcome)), language="python")
