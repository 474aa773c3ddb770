"""What can be done with runs of the history: export, tag, delete and undo."""

import json
from collections.abc import Callable, Sequence

import streamlit as st

from core.analysis.comparison import FEWEST_RUNS, MOST_RUNS
from core.analysis.cost import cost_metrics
from core.analysis.document import document
from core.analysis.roofline import ROOFLINE_METRICS
from core.results.csv_export import to_csv
from core.results.metrics import METRICS
from core.results.stored import DAMAGED, UNREADABLE
from pages.widgets import past_runs, state
from pages.widgets.layout import COMPARE, escape, link_to


def draw_exports(shown: Sequence[str], selected: Sequence[str]) -> None:
    """Downloads; the files are made when they are asked for."""
    price = state.price_of()
    with st.container(horizontal=True):
        _download("CSV, all shown", "export_csv_all", shown, price, "csv")
        _download("CSV, selection", "export_csv_selection", selected, price, "csv")
        _download("JSON", "export_json", selected or shown, price, "json")


def csv_of(run_ids: Sequence[str], price: state.PriceOf) -> str:
    """Those runs as CSV, each at its price; damaged ones as such, at the end."""
    found = state.manager().history.in_full(run_ids)
    return to_csv(found.runs, (*METRICS, *ROOFLINE_METRICS, *cost_metrics(price)), found.damaged)


def json_of(run_ids: Sequence[str], price: state.PriceOf) -> str:
    """Those runs as one JSON list, each at its price; damaged ones as such, at the end."""
    found = state.manager().history.in_full(run_ids)
    documents = [
        document(run, price(run.outcome), past_runs.uncompiled_twin(run.spec)) for run in found.runs
    ]
    documents += [{"run_id": i, "status": UNREADABLE, "message": DAMAGED} for i in found.damaged]
    return json.dumps(documents, indent=2, ensure_ascii=False, allow_nan=False)


def draw_actions(selected: Sequence[str]) -> None:
    """Open, compare, tag and delete the selection; undo the last deletion."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Open",
            key="open_run",
            icon=":material/open_in_full:",
            disabled=len(selected) != 1,
            on_click=state.open_run,
            args=(selected[0] if selected else "",),
        )
        _compare(selected)
        st.text_input("Tags, with commas between", key="tags", width=280)
        _change("Tag", "tag", None, _tag, selected)
        _change("Remove tags", "untag", None, _untag, selected)
        _change("Delete", "delete", ":material/delete:", _delete, selected)
        undo = state.last_deleted()
        if undo:
            label = f"Undo delete of {len(undo)}"
            st.button(label, key="undo_delete", icon=":material/undo:", on_click=_undo)
    notice = state.take_notice("history")
    if notice:
        st.error(escape(notice), icon=":material/error:")


def _compare(selected: Sequence[str]) -> None:
    """The way to the selected runs beside each other, closed where they are too few or many."""
    possible = FEWEST_RUNS <= len(selected) <= MOST_RUNS
    link_to(
        COMPARE,
        f"Compare ({len(selected)})" if possible else f"Compare {FEWEST_RUNS} to {MOST_RUNS}",
        ":material/compare:",
        disabled=not possible,
        runs=",".join(selected),
    )


def _change(
    label: str,
    key: str,
    icon: str | None,
    act: Callable[[tuple[str, ...]], None],
    selected: Sequence[str],
) -> None:
    """A button that changes the selected runs, closed where none is."""
    chosen = tuple(selected)
    st.button(label, key=key, icon=icon, disabled=not chosen, on_click=act, args=(chosen,))


def _download(
    label: str, key: str, run_ids: Sequence[str], price: state.PriceOf, kind: str
) -> None:
    chosen = tuple(run_ids)
    make = csv_of if kind == "csv" else json_of
    st.download_button(
        f"{label} ({len(chosen)})",
        data=lambda: make(chosen, price).encode(),
        file_name=f"runs.{kind}",
        mime="text/csv" if kind == "csv" else "application/json",
        key=key,
        icon=":material/download:",
        disabled=not chosen,
        on_click="ignore",
    )


def _tag(run_ids: tuple[str, ...]) -> None:
    tags = [tag for tag in state.typed("tags").split(",") if tag.strip()]
    if not tags:
        state.leave_notice("Type a tag first. Remove tags takes all of them away.", "history")
        return
    state.attempt("history", lambda: state.manager().history.tag(run_ids, tags))


def _untag(run_ids: tuple[str, ...]) -> None:
    state.attempt("history", lambda: state.manager().history.tag(run_ids, ()))


def _delete(run_ids: tuple[str, ...]) -> None:
    if state.attempt("history", lambda: state.manager().history.delete(run_ids)):
        state.note_deleted(run_ids)


def _undo() -> None:
    deleted = state.last_deleted()
    if state.attempt("history", lambda: state.manager().history.restore(deleted)):
        state.note_deleted(())
