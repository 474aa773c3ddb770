"""Where a run's memory went: predicted and measured, what still fits, each module's bytes."""

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from core.analysis.memory import Fit, MemoryRow, largest_fit, memory_rows
from core.errors import RequestError
from core.results.format import DASH, show, show_change
from core.results.observed import ModuleGroup
from core.results.types import RunResult
from core.variants.models import shape_of
from core.variants.request import bounds
from core.variants.source import model_of
from core.variants.spec import RunSpec
from pages.widgets import state
from pages.widgets.layout import escape
from pages.widgets.number_table import draw_number_table

NO_BREAK = "\u00a0"
NUMBERS = ("Predicted", "Measured", "Off by")
MOST_ROWS = bounds("batch_size")[1]


def draw_memory(result: RunResult) -> None:
    """The parts of the peak as a table, and what would still fit."""
    st.markdown("**Predicted and measured**")
    rows = [_part_row(row) for row in memory_rows(result) if _known(row)]
    frame = pd.DataFrame(rows, columns=["Part", *NUMBERS, "What it is"])
    draw_number_table(frame, NUMBERS, hide_index=True)
    if result.memory.method:
        st.caption(f"The peak is {escape(result.memory.method)}.")
    fits = fit_sentence(result.spec, result.output.prompt_tokens)
    if fits:
        st.caption(f":material/fit_screen: {escape(fits)}")


def draw_modules(result: RunResult) -> None:
    """Which modules are quantised, which are not, and the bytes of each."""
    modules = result.effective.modules
    if not modules:
        return
    st.markdown("**Modules**")
    st.caption(escape(modules_sentence(modules)))
    largest_first = sorted(modules, key=bytes_of, reverse=True)
    st.table(pd.DataFrame([_module_row(group) for group in largest_first]), hide_index=True)


def fit_sentence(spec: RunSpec, prompt_tokens: int) -> str | None:
    """The largest batch and the longest text that fit now; None where it cannot be told."""
    free = _free_bytes(spec)
    try:
        shape = shape_of(model_of(spec.variant))
    except RequestError:
        return None
    if shape is None or free is None:
        return None
    fit = largest_fit(spec, shape, prompt_tokens, free)
    within = f"the {show(free, 'bytes')} that this variant can have now"
    return f"{_most(fit)} fit into {within}." if fit else f"Nothing of it fits into {within}."


def modules_sentence(modules: Iterable[ModuleGroup]) -> str:
    """How many modules are quantised and how many are not, with the bytes of both."""
    parts = []
    for quantised, words in ((True, "quantised"), (False, "not quantised")):
        groups = [group for group in modules if group.quantised is quantised]
        if groups:
            count = sum(group.count for group in groups)
            size = show(sum(map(bytes_of, groups)), "bytes")
            parts.append(f"{count:,} {words}: {size}")
    return "; ".join(parts) + "."


def bytes_of(group: ModuleGroup) -> int:
    """All bytes of a group of modules, whatever their types."""
    return sum(group.dtype_bytes.values())


def _free_bytes(spec: RunSpec) -> int | None:
    """What is free on the device now, and what this very variant occupies there already."""
    device = state.environment().device(spec.variant.device)
    held = state.manager().residents(spec.variant.device)
    own = [item.weights_bytes for item in (held.residents if held else ())
           if item.variant == spec.variant]  # fmt: skip
    return device.free_bytes + sum(own) if device else None


def _most(fit: Fit) -> str:
    rows = f"Batches of up to {fit.batch_size:,} rows like these"
    if fit.batch_size == MOST_ROWS:
        rows += " (the most that can be asked for)"
    whole = " (the model's whole context)" if fit.whole_context else ""
    return f"{rows}, or texts of up to {fit.context_tokens:,} tokens{whole},"


def _known(row: MemoryRow) -> bool:
    return row.predicted_bytes is not None or row.measured_bytes is not None


def _part_row(row: MemoryRow) -> tuple[str, ...]:
    off = DASH if row.error is None else show_change(row.error).replace(" ", NO_BREAK)
    predicted, measured = (show(n, "bytes") for n in (row.predicted_bytes, row.measured_bytes))
    return row.part, predicted, measured, off, row.help


def _module_row(group: ModuleGroup) -> dict[str, str]:
    stored = ", ".join(f"{dtype} {show(n, 'bytes')}" for dtype, n in group.dtype_bytes.items())
    return {
        "Module": escape(group.name),
        "Class": escape(group.kind),
        "Count": f"{group.count:,}",
        "Quantised": "yes" if group.quantised else "no",
        "Bytes by type": stored or "shared with another module",
    }
