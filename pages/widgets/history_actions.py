"""What can be done with runs of the history: export, tag, delete and undo."""

import json
from collections.abc import Sequence

import streamlit as st

from core.analysis.cost import cost_metrics
from core.analysis.document import document
from core.errors import HistoryError
from core.results.csv_export import to_csv
from core.results.metrics import METRICS
from core.results.stored import StoredRun
from pages.widgets import state
from pages.widgets.layout import escape


def draw_exports(shown: Sequence[str], selected: Sequence[str]) -> None:
    """Downloads; the files are made when they are asked for."""
    price = state.price_of()
    with st.container(horizontal=True):
        _download("CSV, all shown", "export_csv_all", shown, price, "csv")
        _download("CSV, selection", "export_csv_selection", selected, price, "csv")
        _download("JSON", "export_json", selected or shown, price, "json")


def csv_of(run_ids: Sequence[str], price: state.PriceOf) -> str:
    """Those runs as CSV, each at its price."""
    return to_csv(stored(run_ids), (*METRICS, *cost_metrics(price)))


def json_of(run_ids: Sequence[str], price: state.PriceOf) -> str:
    """Those runs as one JSON list, each at its price."""
    documents = [document(run, price(run.outcome)) for run in stored(run_ids)]
    return json.dumps(documents, indent=2, ensure_ascii=False, allow_nan=False)


def stored(run_ids: Sequence[str]) -> list[StoredRun]:
    """Everything stored of those runs, the unknown and the damaged left out."""
    found = []
    for run_id in run_ids:
        try:
            run = state.manager().history.get(run_id)
        except HistoryError:
            continue
        if run is not None:
            found.append(run)
    return found


def draw_actions(selected: Sequence[str]) -> None:
    """Open, tag and delete the selection; undo the last deletion."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Open",
            key="open_run",
            icon=":material/open_in_full:",
            disabled=len(selected) != 1,
            on_click=state.open_run,
            args=(selected[0] if selected else "",),
        )
        st.text_input("Tags, with commas between", key="tags", width=280)
        st.button("Tag", key="tag", disabled=not selected, on_click=_tag, args=(tuple(selected),))
        st.button(
            "Delete",
            key="delete",
            icon=":material/delete:",
            disabled=not selected,
            on_click=_delete,
            args=(tuple(selected),),
        )
        undo = state.last_deleted()
        if undo:
            label = f"Undo delete of {len(undo)}"
            st.button(label, key="undo_delete", icon=":material/undo:", on_click=_undo)
    notice = state.take_notice("history")
    if notice:
        st.error(escape(notice), icon=":material/error:")


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
    tags = state.typed("tags").split(",")
    state.attempt("history", lambda: state.manager().history.tag(run_ids, tags))


def _delete(run_ids: tuple[str, ...]) -> None:
    if state.attempt("history", lambda: state.manager().history.delete(run_ids)):
        state.note_deleted(run_ids)


def _undo() -> None:
    deleted = state.last_deleted()
    if state.attempt("history", lambda: state.manager().history.restore(deleted)):
        state.note_deleted(())
