"""The table of runs: its filters, its columns, and which rows are selected."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.results.format import DASH
from core.results.history import History
from core.results.metrics import METRICS
from core.results.queries import Wanted
from core.results.stored import RunRow
from core.variants.axes import AXES
from pages.widgets import state
from pages.widgets.fields import NUMBERS

FILTERS = {
    "model": ("Model", "By the model that ran."),
    "weights": ("Weights", "Trained ones, or random ones, which have no quality."),
    "precision": ("Precision", "By the type that the weights were stored in."),
    "attention": ("Attention", "By the attention that was asked for."),
    "status": ("Status", "Measured, failed, or not over yet."),
}
# Of a unit: the factor of its numbers, the unit that the heading names, and how each number is
# written: with the same places in the whole column, so that the decimal points line up.
SCALES = {
    "s": (1e3, "ms", "%.1f"),
    "bytes": (1e-6, "MB", "%.1f"),
    "tokens/s": (1.0, "tok/s", "%.2f"),
    "share": (100.0, "%", "%.1f"),
    "ratio": (1.0, "", "%.3f"),
    "count": (1.0, "", "%d"),
    "nats": (1.0, "nats", "%.4f"),
    "J/token": (1.0, "J/token", "%.3f"),
    "W": (1.0, "W", "%.1f"),
}
OTHERWISE = "%.3f"
SEARCH, TABLE = "history_search", "history_table"
RUN_ID = "The run's own name: when it was submitted, and a random end. Links and exports use it."
WHEN = "When it was submitted."
TAGS = "What you gave it above the table."
SHORT = {
    "kv_cache": "KV cache",
    "host_name": "host",
    "batch_size": "batch",
    "max_new_tokens": "new tokens",
}
HELPS = {
    "status": "done where it was measured, else how it stands or why it failed.",
    "trust": "A: nothing speaks against the numbers; B and C: the opened run has the reasons.",
    "model": "The model that ran.",
    "weights": "trained, or random: the true speed and memory of the shape, and no quality.",
    "precision": AXES["precision"].help,
    "attention": AXES["attention"].help,
    "compile": AXES["compile"].help,
    "kv_cache": AXES["kv_cache"].help,
    "device": "Where it ran.",
    "host_name": "The machine that measured it.",
    "batch_size": NUMBERS["batch_size"].help,
    "max_new_tokens": NUMBERS["max_new_tokens"].help,
    "note": "What somebody wrote on the run's own page.",
    "message": "Why it failed.",
    "prompt": "The text that it went on with; empty where the prompt was synthetic.",
}
PAGE_ROWS = 200
PAGES = f"{PAGE_ROWS} runs stand on a page. The numbers below lead to the older ones."


def draw_filters(choices: Mapping[str, Sequence[str]]) -> Wanted:
    """A search field, and a choice of values for each filtered field."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search",
            key=SEARCH,
            help="Keeps the runs in which this text stands anywhere: prompt, model, levers, "
            "message, tag, note or id.",
            placeholder="any part of any text, tag or note",
            persist_state="session",
        )
        values = {
            name: st.multiselect(
                label,
                choices[name],
                key=filter_key(name),
                placeholder="all",
                help=f"Keeps the runs with any of these; none chosen keeps all. {of}",
                persist_state="session",
            )
            for name, (label, of) in FILTERS.items()
        }
    return Wanted(text or "", values)


def filter_key(name: str) -> str:
    """The key of a filter's field."""
    return f"history_{name}"


def page_key(wanted: Wanted) -> str:
    """The key of the page's number: what is wanted begins with its own first page."""
    return f"history_page_{_hash(repr(wanted))}"


def wanted_now() -> Wanted:
    """What the search field and the filters ask for, as the session has them."""
    return Wanted(state.typed(SEARCH), {name: state.picked(filter_key(name)) for name in FILTERS})


def draw_page(
    history: History, wanted: Wanted, draw_actions: Callable[[list[str]], None]
) -> list[str]:
    """The newest runs that are wanted, a way to the older ones, what can be done with those that
    are chosen, and the table; returns the ids of the chosen runs.

    The actions stand above the table: behind it a keyboard would reach them cell by cell.
    """
    matching = history.count(wanted)
    said = st.empty()
    pages = max(1, math.ceil(matching / PAGE_ROWS))
    number = 1
    if pages > 1:
        number = st.pagination(pages, key=page_key(wanted))
    first = (min(number, pages) - 1) * PAGE_ROWS
    rows = history.page(wanted, PAGE_ROWS, first)
    part = f", {first + 1:,} to {first + len(rows):,} are shown, newest first" if pages > 1 else ""
    said.caption(
        f"{matching:,} of {history.count():,} runs{part}. "
        "Choose some, by name or in the table, to export, tag, open or delete.",
        help=PAGES if pages > 1 else None,
    )
    named, actions = draw_names(rows), st.container()
    chosen = [*dict.fromkeys([*draw_table(rows), *named])]
    with actions:
        draw_actions(chosen)
    return chosen


def draw_table(rows: Sequence[RunRow]) -> list[str]:
    """The table; returns the ids of the selected rows. Columns follow from the metrics.

    A selection is kept by position, so the key names the runs: with others the table is a new one
    and nothing is selected, where the selection would have moved to runs that nobody chose.
    """
    which = _hash("\n".join(row.run_id for row in rows))
    event = st.dataframe(
        frame_of(rows),
        key=f"{TABLE}_{which}",
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config=_columns(),
        placeholder=DASH,
        height=min(38 + 35 * max(len(rows), 1), 460),
    )
    return [rows[i].run_id for i in event["selection"]["rows"] if i < len(rows)]


def draw_names(rows: Sequence[RunRow]) -> list[str]:
    """The same choice by name: the table is a canvas, which a keyboard or a screen reader gets
    through a cell at a time.
    """
    names = {
        row.run_id: f"{row.run_id} · {row.model} {row.precision} · {row.status}" for row in rows
    }
    return st.multiselect(
        "Runs by name",
        list(names),
        format_func=lambda run_id: names.get(run_id, run_id),
        key=f"history_names_{_hash(chr(10).join(names))}",
        filter_mode="contains",
        placeholder="a part of an id, model, precision or status",
        help="Runs of the table below: those chosen here and its selected rows count together.",
    )


def frame_of(rows: Sequence[RunRow]) -> pd.DataFrame:
    """One line per run; unknown numbers are missing values, which the table shows as a dash."""
    return pd.DataFrame([_line(row) for row in rows], columns=[*_line_keys()])


def _line(row: RunRow) -> dict[str, Any]:
    named = {
        "run_id": row.run_id,
        "when": row.submitted_at,
        "status": row.status,
        "trust": str(row.trust) if row.trust else None,
        "model": row.model,
        "weights": row.weights,
        "precision": row.precision,
        "attention": row.attention,
        "compile": row.compile,
        "kv_cache": row.kv_cache,
        "device": row.device,
        "host_name": row.host_name,
        "batch_size": row.batch_size,
        "max_new_tokens": row.max_new_tokens,
    }
    numbers = {m.key: _scaled(row.metrics.get(m.key), m.unit) for m in METRICS}
    texts = {"tags": list(row.tags), "note": row.note, "message": row.message}
    return {**named, **numbers, **texts, "prompt": row.prompt}


def _line_keys() -> list[str]:
    before = ("run_id", "when", "status", "trust", "model", "weights", "precision", "attention")
    shape = ("compile", "kv_cache", "device", "host_name", "batch_size", "max_new_tokens")
    after = ("tags", "note", "message", "prompt")
    return [*before, *shape, *(metric.key for metric in METRICS), *after]


def _scaled(value: float | None, unit: str) -> float | None:
    return None if value is None else value * SCALES.get(unit, (1.0, "", ""))[0]


def _columns() -> dict[str, Any]:
    numbers = {
        metric.key: st.column_config.NumberColumn(
            _heading(metric.label, metric.unit), help=metric.help, format=_format(metric.unit)
        )
        for metric in METRICS
    }
    texts = {
        key: st.column_config.Column(SHORT.get(key, key), help=text) for key, text in HELPS.items()
    }
    return {
        **texts,
        "run_id": st.column_config.TextColumn("run", pinned=True, help=RUN_ID),
        "when": st.column_config.DatetimeColumn("when", format="YYYY-MM-DD HH:mm:ss", help=WHEN),
        "tags": st.column_config.ListColumn("tags", help=TAGS),
        **numbers,
    }


def _heading(label: str, unit: str) -> str:
    shown = SCALES.get(unit, (1.0, unit, ""))[1]
    return f"{label} ({shown})" if shown else label


def _format(unit: str) -> str:
    return SCALES.get(unit, (1.0, "", OTHERWISE))[2]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
