"""What can be done with runs of the history: export, tag, delete and undo."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

from core.analysis.comparing.comparison import FEWEST_RUNS, MOST_RUNS
from core.analysis.document import document, json_list
from core.analysis.history_csv import history_csv
from core.results.history import History
from core.results.queries import Wanted
from core.results.stored import DAMAGED, UNREADABLE
from pages.widgets import deleted_state, mode_state, price_state, state
from pages.widgets.layout import COMPARE, escape, link_to
from pages.widgets.start_box import unless_refused

KEPT_TWINS = 256
FILES = {
    "csv": "A row for each run with every setting and metric, safe to open in a spreadsheet.",
    "json": "Everything that is stored of each run, raw samples too.",
}
Parts = Callable[[History, Sequence[str], price_state.PriceOf], Iterable[str]]


@dataclass(frozen=True)
class Chosen:
    """Runs to export: how many they are, and their ids, found when they are needed."""

    count: int
    ids: Callable[[], Sequence[str]]


def draw_exports(wanted: Wanted, selected: Sequence[str]) -> None:
    """Downloads, of all runs that match or of the selected ones; the files are made when they are
    asked for.
    """
    price, history = price_state.price_of(), state.manager().history
    every = Chosen(history.count(wanted), lambda: history.ids(wanted))
    chosen = Chosen(len(selected), lambda: selected)
    with st.container(horizontal=True):
        _download("CSV, all that match", "export_csv_all", every, price, csv_parts)
        _download("CSV, selection", "export_csv_selection", chosen, price, csv_parts)
        _download("JSON", "export_json", chosen if selected else every, price, json_parts)


def csv_parts(
    history: History, run_ids: Sequence[str], price: price_state.PriceOf
) -> Iterator[str]:
    """Those runs as CSV, each at its price; damaged ones as such, at the end."""
    return history_csv(history.in_parts(run_ids), price)


def json_parts(
    history: History, run_ids: Sequence[str], price: price_state.PriceOf
) -> Iterator[str]:
    """Those runs as one JSON list, each at its price; damaged ones as such, at the end."""
    return json_list(_documents(history, run_ids, price))


def _documents(
    history: History, run_ids: Sequence[str], price: price_state.PriceOf
) -> Iterator[dict[str, Any]]:
    twin_of, damaged = lru_cache(KEPT_TWINS)(history.uncompiled_twin), list[str]()
    for part in history.in_parts(run_ids):
        damaged += part.damaged
        for run in part.runs:
            yield document(run, price(run.outcome), twin_of(run.spec))
    for run_id in damaged:
        yield {"run_id": run_id, "status": UNREADABLE, "message": DAMAGED}


def draw_actions(selected: Sequence[str]) -> None:
    """Open, compare, tag and delete the selection; undo the last deletion."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Open",
            key="open_run",
            icon=":material/open_in_full:",
            disabled=len(selected) != 1,
            help="Everything that is stored of one selected run, with its plots.",
            on_click=state.open_run,
            args=(selected[0] if selected else "",),
        )
        _compare(selected)
        st.text_input("Tags, with commas between", key="tags", width=280,
                      help="What the button Tag gives the selected runs.")  # fmt: skip
        for key, (label, icon, text, act) in CHANGES.items():
            _change(key, label, icon, text, act, selected)
        undo = deleted_state.last_deleted()
        if undo:
            label = f"Undo delete of {len(undo)}"
            st.button(label, key="undo_delete", icon=":material/undo:", on_click=_undo,
                      help="Brings back what was deleted last in this tab.")  # fmt: skip
    notice = state.take_notice("history")
    if notice:
        st.error(escape(notice), icon=":material/error:")


def _compare(selected: Sequence[str]) -> None:
    """The way to the selected runs beside each other, closed where they are too few or many."""
    if not FEWEST_RUNS <= len(selected) <= MOST_RUNS:
        label = f"Compare {FEWEST_RUNS} to {MOST_RUNS}"
        text = "Puts the selected runs beside each other, once there are so many."
        st.button(label, key="compare_runs", icon=":material/compare:", disabled=True, help=text)
        return
    label, ids = f"Compare ({len(selected)})", ",".join(selected)
    link_to(COMPARE, label, ":material/compare:", runs=ids)


def _change(
    key: str,
    label: str,
    icon: str | None,
    text: str,
    act: Callable[[tuple[str, ...]], None],
    selected: Sequence[str],
) -> None:
    """A button that changes the selected runs, closed where none is."""
    chosen = tuple(selected)
    access = unless_refused(not chosen, text)
    st.button(label, key=key, icon=icon, on_click=act, args=(chosen,), **access)


def _download(
    label: str, key: str, chosen: Chosen, price: price_state.PriceOf, parts: Parts
) -> None:
    # The file is made outside of the session, which alone knows what history it looks at.
    history, kind = state.manager().history, "csv" if parts is csv_parts else "json"
    st.download_button(
        f"{label} ({chosen.count})",
        data=lambda: _file(parts(history, chosen.ids(), price)),
        file_name=mode_state.file_name(f"runs.{kind}"),
        mime="text/csv" if kind == "csv" else "application/json",
        key=key,
        icon=":material/download:",
        disabled=not chosen.count,
        help=FILES[kind],
        on_click="ignore",
    )


def _file(parts: Iterable[str]) -> io.BytesIO:
    """The file in memory once, as Streamlit wants it, while its runs come and go."""
    file = io.BytesIO()
    for part in parts:
        file.write(part.encode())
    return file


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
        deleted_state.note_deleted(run_ids)


def _undo() -> None:
    deleted = deleted_state.last_deleted()
    if state.attempt("history", lambda: state.manager().history.restore(deleted)):
        deleted_state.note_deleted(())


CHANGES: dict[str, tuple[str, str | None, str, Callable[[tuple[str, ...]], None]]] = {
    "tag": ("Tag", None, "Gives the selected runs the tags of the field beside it.", _tag),
    "untag": ("Remove tags", None, "Takes all tags off the selected runs.", _untag),
    "delete": (
        "Delete", ":material/delete:",
        "Takes the selected runs out of every list and plot; Undo brings them back.", _delete,
    ),
}  # fmt: skip
