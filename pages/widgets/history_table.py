"""The table of runs: its filters, its columns, and which rows are selected."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st

from core.results.format import DASH
from core.results.metrics import METRICS
from core.results.stored import RunRow

FILTERS = {
    "model": "Model",
    "weights": "Weights",
    "precision": "Precision",
    "attention": "Attention",
    "status": "Status",
}
TEXTS = (
    "run_id", "status", "model", "weights", "precision", "attention", "compile", "kv_cache",
    "device", "prompt", "message", "note",
)  # fmt: skip
SCALES = {"s": (1e3, "ms"), "bytes": (1e-6, "MB"), "tokens/s": (1.0, "tok/s")}
TABLE = "history_table"


@dataclass(frozen=True)
class Filters:
    """What to show: a text to search everywhere, and the values that each field may have."""

    text: str = ""
    values: dict[str, list[str]] = field(default_factory=dict)


def draw_filters(rows: Sequence[RunRow]) -> Filters:
    """A search field, and a choice of values for each filtered field."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search",
            key="history_search",
            placeholder="any part of any text, tag or note",
            persist_state="session",
        )
        values = {
            name: st.multiselect(
                label,
                sorted({str(getattr(row, name)) for row in rows}),
                key=f"history_{name}",
                placeholder="all",
                persist_state="session",
            )
            for name, label in FILTERS.items()
        }
    return Filters(text or "", values)


def matching(rows: Sequence[RunRow], filters: Filters) -> list[RunRow]:
    """The rows that have one of the chosen values in each field, and every searched word."""
    words = filters.text.casefold().split()
    return [
        row
        for row in rows
        if all(not v or str(getattr(row, name)) in v for name, v in filters.values.items())
        and all(word in _searched(row) for word in words)
    ]


def draw_table(rows: Sequence[RunRow]) -> list[str]:
    """The table; returns the ids of the selected rows. Columns follow from the metrics.

    A selection is kept by position, so the key names the runs: with others the table is a new one
    and nothing is selected, where the selection would have moved to runs that nobody chose.
    """
    which = hashlib.sha256("\n".join(row.run_id for row in rows).encode()).hexdigest()[:16]
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
        "batch_size": row.batch_size,
        "max_new_tokens": row.max_new_tokens,
    }
    numbers = {m.key: _scaled(row.metrics.get(m.key), m.unit) for m in METRICS}
    texts = {"tags": list(row.tags), "note": row.note, "message": row.message}
    return {**named, **numbers, **texts, "prompt": row.prompt}


def _line_keys() -> list[str]:
    before = ("run_id", "when", "status", "trust", "model", "weights", "precision", "attention")
    shape = ("compile", "kv_cache", "device", "batch_size", "max_new_tokens")
    after = ("tags", "note", "message", "prompt")
    return [*before, *shape, *(metric.key for metric in METRICS), *after]


def _scaled(value: float | None, unit: str) -> float | None:
    return None if value is None else value * SCALES.get(unit, (1.0, ""))[0]


def _columns() -> dict[str, Any]:
    numbers = {
        metric.key: st.column_config.NumberColumn(
            _heading(metric.label, metric.unit), help=metric.help, format="%.4g"
        )
        for metric in METRICS
    }
    return {
        "run_id": st.column_config.TextColumn("run", pinned=True),
        "when": st.column_config.DatetimeColumn("when", format="YYYY-MM-DD HH:mm:ss"),
        "kv_cache": "KV cache",
        "batch_size": "batch",
        "max_new_tokens": "new tokens",
        "tags": st.column_config.ListColumn("tags"),
        **numbers,
    }


def _heading(label: str, unit: str) -> str:
    shown = SCALES.get(unit, (1.0, unit))[1]
    return f"{label} ({shown})" if shown else label


def _searched(row: RunRow) -> str:
    texts = [str(getattr(row, name)) for name in TEXTS]
    return " ".join([*texts, *row.tags]).casefold()
