"""What a sweep would do: its cells, what is impossible and why, its time and its memory."""

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from core.analysis.forecast.planner import PlannedCell
from core.analysis.forecast.span import Span
from core.analysis.forecast.sweep_plan import SweepPlan
from core.results.format import DASH, show, show_about
from core.results.naming import long_name
from core.variants.blocked import Blocked, by_reason
from core.variants.grid import Cells
from pages.widgets.fields import LABELS
from pages.widgets.layout import escape
from pages.widgets.metric_list import explained_columns

MOST_VALUES = 6
MOST_ROWS = 200
COLUMNS = {
    "": "The place in the order: cells of one variant follow each other, to load it once.",
    "Cell": "What is measured.",
    "About": "How long it will take, or the run that is taken over.",
    "Peak": "The most memory that it is expected to need.",
    "Loads": "Whether a model has to be loaded for it.",
    "Estimate rests on": "Which runs of the history the time was told from.",
}


def draw_plan(cells: Cells, planned: SweepPlan) -> None:
    """The plan in a few lines, its impossible cells with reasons, and its order in a box."""
    st.markdown(f"**{cells_sentence(cells, planned)}**")
    if planned.to_measure:
        st.markdown(f":material/timer: {time_sentence(planned)}")
        st.markdown(f":material/memory_alt: {memory_sentence(planned)}")
    for sentence in (*blocked_sentences(by_reason(cells)), *size_sentences(planned)):
        st.caption(f":material/block: {sentence}")
    _draw_order(planned)


def cells_sentence(cells: Cells, planned: SweepPlan) -> str:
    """How many combinations there are, and what becomes of them."""
    parts = [f"{len(planned.to_measure):,} to measure"]
    for count, words in (
        (len(planned.reused), "measured already"),
        (cells.duplicates, "the same as another"),
        (len(cells.impossible) + len(planned.too_large), "impossible"),
    ):
        parts += [f"{count:,} {words}"] if count else []
    return f"{_counted(cells.total, 'cell')}: {', '.join(parts)}."


def time_sentence(planned: SweepPlan, *, trial: bool = True) -> str:
    """How long it will take, and what that rests on; `trial` where one can be begun there."""
    seconds, share = planned.seconds, _share(planned.timed, planned.seconds)
    sentence = f"About {_span(seconds)}, of which {share} warming up and measuring; "
    sentence += f"{_counted(planned.loads, 'load')}."
    if planned.rough:
        sentence += (
            f" Rough for {_counted(planned.rough, 'cell')}, of whose levers nothing has been "
            f"measured here{': a short trial would tell' if trial else ''}."
        )
    if planned.unknown:
        sentence += f" Not counted: {_counted(planned.unknown, 'cell')} of unknown size."
    return sentence


def memory_sentence(planned: SweepPlan) -> str:
    """The highest memory, and of which cell."""
    peak = planned.peak
    if peak is None:
        return "How much memory it needs is not known."
    sentence = f"At most about {show(peak.peak_bytes, 'bytes')} at a time: {_name(peak)}."
    if planned.tight:
        sentence += (
            f" {_counted(len(planned.tight), 'cell')} would need more than is free now: tried in "
            "turn, and refused before anything is loaded if it still is so."
        )
    return sentence


def blocked_sentences(groups: Iterable[Blocked]) -> list[str]:
    """A line for each group of impossible cells: how many, which, and all reasons."""
    lines = []
    for group in groups:
        where = "; ".join(f"{LABELS[name]} {_listed(values)}"
                          for name, values in group.where.items())  # fmt: skip
        reasons = " ".join(reason.reason for reason in group.reasons)
        named = f" with {where}" if where else ""
        lines.append(escape(f"{_counted(group.count, 'cell')}{named}: {reasons}"))
    return lines


def size_sentences(planned: SweepPlan) -> list[str]:
    """A line where cells are larger than their device."""
    if not planned.too_large:
        return []
    most = max(planned.too_large, key=lambda cell: cell.needed_bytes)
    return [
        f"{_counted(len(planned.too_large), 'cell')}: too large for the device, which has "
        f"{show(most.device_bytes, 'bytes')}; up to {show(most.needed_bytes, 'bytes')} "
        f"would be needed ({escape(long_name(most.spec))})."
    ]


def _draw_order(planned: SweepPlan) -> None:
    with st.expander("Cells in the order in which they are measured", key="plan_order"):
        rows = [_row(place, cell) for place, cell in enumerate(planned.cells[:MOST_ROWS], 1)]
        columns = explained_columns(COLUMNS, right=("About", "Peak"))
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", column_config=columns)
        hidden = len(planned.cells) - len(rows)
        if hidden > 0:
            st.caption(f"And {_counted(hidden, 'cell')} more.")


def _row(place: int, cell: PlannedCell) -> dict[str, object]:
    seconds = show_about(cell.seconds.likely) if cell.seconds else DASH
    return {
        "": place,
        "Cell": long_name(cell.spec),
        "About": f"run {cell.run_id}" if cell.run_id else seconds,
        "Peak": show(cell.peak_bytes, "bytes"),
        "Loads": "yes" if cell.loads else "",
        "Estimate rests on": cell.basis,
    }


def _name(cell: PlannedCell) -> str:
    return escape(long_name(cell.spec))


def _span(seconds: Span) -> str:
    low, likely, high = map(show_about, (seconds.low, seconds.likely, seconds.high))
    return likely if low == high else f"{likely} ({low} to {high})"


def _share(part: Span, whole: Span) -> str:
    return show(part.likely / whole.likely if whole.likely else None, "share")


def _listed(values: tuple[object, ...]) -> str:
    shown = [str(value) for value in values[:MOST_VALUES]]
    return ", ".join([*shown, *(["…"] if len(values) > MOST_VALUES else [])])


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
