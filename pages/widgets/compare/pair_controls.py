"""The two sides of an A/B: one question for both, and each lever of A beside that of B.

B begins as a copy of A, so that a person changes only what is to be tried. What cannot run here
stays in the menus, marked, and the reason stands under it once it is chosen.
"""

from dataclasses import dataclass

import streamlit as st

from core.analysis.comparing.differing import SettingRow, asked_differently
from core.results.stored import RunRow
from core.variants.environment import Environment
from core.variants.spec import RunSpec
from pages.widgets import state
from pages.widgets.compare import pair_state
from pages.widgets.compare.pair_levers import draw_levers
from pages.widgets.compare.stored_runs import recent_rows, told
from pages.widgets.fields import HELPS, LABELS, NUMBERS, draw_number_as
from pages.widgets.layout import escape, field_error
from pages.widgets.prompt_controls import PROMPT_KINDS
from pages.widgets.request import Request, check

DEFAULTS = "the default settings"


@dataclass(frozen=True)
class Sides:
    """What is asked of A and of B, and what the two ask otherwise."""

    a: Request
    b: Request

    @property
    def specs(self) -> tuple[RunSpec, RunSpec] | None:
        """Both specs; None where either cannot run."""
        if self.a.spec is None or self.b.spec is None or self.a.errors or self.b.errors:
            return None
        return self.a.spec, self.b.spec

    @property
    def differ(self) -> list[SettingRow]:
        """In what they differ."""
        return list(asked_differently([self.a.known, self.b.known]))


def draw_pair_controls(environment: Environment) -> Sides:
    """Where A comes from, the question, and the levers; returns what they ask for."""
    if pair_state.must_begin():
        pair_state.begin_as(pair_state.linked_first(), environment.default_device)
    _source(recent_rows(), environment)
    sides = Sides(*(check(pair_state.values_of(side), environment) for side in pair_state.SIDES))
    with st.expander("The question, the same for both", icon=":material/help:"):
        _question(sides.a)
    draw_levers((sides.a, sides.b), environment)
    return sides


def _begin_as_chosen(environment: Environment) -> None:
    device = environment.default_device
    state.attempt(
        pair_state.NOTICE, lambda: pair_state.begin_as(pair_state.chosen_source(), device)
    )


def _source(recent: list[RunRow], environment: Environment) -> None:
    """A's start: a stored run, which is measured again, or the defaults."""
    taken = pair_state.taken()
    names = {pair_state.NOTHING: DEFAULTS, **({taken: taken} if taken else {})}
    names |= {row.run_id: told(row) for row in recent}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "A and B begin as",
            [*names],
            format_func=lambda run_id: names.get(run_id, run_id),
            key=pair_state.SOURCE,
            on_change=_begin_as_chosen,
            args=(environment,),
            persist_state="session",
            help="The settings of a stored run. It is measured again, in turns with B: times of "
            "another hour could not be compared so closely.",
        )
        st.button("Make B like A", key="copy_a", on_click=pair_state.copy_a,
                  help="Sets each of B's levers to A's, so that you change only what is to be "
                  "tried.")  # fmt: skip
    notice = state.take_notice(pair_state.NOTICE)
    if notice:
        st.warning(escape(notice), icon=":material/search:")


def _question(request: Request) -> None:
    st.segmented_control(
        "Prompt", [state.TEXT, state.SYNTHETIC], key=pair_state.KIND, required=True,
        persist_state="session", help=PROMPT_KINDS,
    )  # fmt: skip
    if pair_state.prompt_is_text():
        st.text_area(
            "Text to continue", value=pair_state.base("prompt"), persist_state="session",
            key=pair_state.shared_key("prompt"), height=90, help=HELPS["prompt"],
        )  # fmt: skip
    fields = ["max_new_tokens", *([] if pair_state.prompt_is_text() else ["prompt_tokens"])]
    for column, field in zip(st.columns(len(fields)), fields, strict=True):
        with column:
            first, key = pair_state.base(field), pair_state.shared_key(field)
            draw_number_as(field, NUMBERS[field].label, key, first)
    for field in (*pair_state.SHARED, "stop", "task"):
        if field in request.errors:
            field_error(f"{LABELS[field]}: {request.errors[field]}")
