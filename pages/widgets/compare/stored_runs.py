"""Choosing stored runs to compare: from the newest of the history, or those that a URL names."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.analysis.comparing.comparison import FEWEST_RUNS, MOST_RUNS
from core.results.columns import DONE
from core.results.format import show_time
from core.results.lists import RunsInFull
from core.results.queries import Wanted
from core.results.stored import DAMAGED, RunRow, StoredRun
from core.results.types import RunFailure, RunResult
from pages.widgets import state
from pages.widgets.compare import compare_state
from pages.widgets.layout import escape

NEWEST = 200


@dataclass(frozen=True)
class Sorted:
    """Runs that can be compared, and a sentence on each that cannot."""

    results: tuple[RunResult, ...]
    left_out: tuple[str, ...]


def draw_choice() -> tuple[RunResult, ...]:
    """The field with the runs; returns those chosen that were measured, and says what is amiss."""
    recent = recent_rows()
    linked = compare_state.known_runs()
    names = {**{run_id: f"{run_id}" for run_id in linked}, **{r.run_id: told(r) for r in recent}}
    chosen = st.multiselect(
        f"Runs, {FEWEST_RUNS} to {MOST_RUNS}",
        [*names],
        default=list(linked),
        persist_state="session",
        format_func=lambda run_id: names.get(run_id, run_id),
        key=compare_state.CHOSEN,
        placeholder="Pick from the newest, or select rows in History and press Compare",
        help=f"The newest {NEWEST} measured runs; older ones come from the History page.",
    )
    found = sort_out(chosen, state.manager().history.in_full(chosen))
    for sentence in found.left_out:
        st.warning(escape(sentence), icon=":material/search_off:")
    return found.results


def recent_rows() -> list[RunRow]:
    """The newest measured runs."""
    measured = Wanted(values={"status": [DONE]})
    return [*state.manager().history.page(measured, limit=NEWEST)]


def told(row: RunRow) -> str:
    """A run in the menu."""
    batch = f"batch {row.batch_size}, " if row.batch_size > 1 else ""
    levers = f"{row.model} {row.precision} {row.attention}, {batch}{row.max_new_tokens} tokens"
    return f"{levers} · {show_time(row.submitted_at)} · {row.run_id}"


def sort_out(chosen: Sequence[str], found: RunsInFull) -> Sorted:
    """The measured ones in the order of choice, and why each other one is left out."""
    by_id = {run.run_id: run for run in found.runs}
    results, left_out = [], []
    for run_id in chosen:
        run = by_id.get(run_id)
        if run and isinstance(run.outcome, RunResult) and not run.deleted:
            results.append(run.outcome)
        else:
            left_out.append(f"{run_id}: {_why_not(run, run_id in found.damaged)}")
    return Sorted(tuple(results), tuple(left_out))


def _why_not(run: StoredRun | None, damaged: bool) -> str:
    if damaged:
        return DAMAGED
    if run is None:
        return "there is no such run in this history."
    if run.deleted:
        return "it was deleted; Undo in History brings it back."
    if isinstance(run.outcome, RunFailure):
        return f"nothing was measured: {run.outcome.message}"
    return f"it is {run.status}; it can be compared when it is done."
