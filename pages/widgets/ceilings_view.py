"""What this machine's devices can do at most: measured, and as their makers state it."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.analysis.datasheet import datasheet_of
from core.results.format import DASH, show, show_time
from core.results.observed import Ceilings
from pages.widgets.layout import escape
from pages.widgets.number_table import draw_number_table

WHAT_THEY_ARE = (
    "Memory bandwidth: the most bytes per second that the device was seen to read. Peak: the most "
    "operations per second in that type, of a large matrix product. MBU and MFU are shares of them."
)


def draw_ceilings(known: Sequence[Ceilings]) -> None:
    """A table per device: the measured ceiling beside the datasheet's, where one is known."""
    if not known:
        st.caption("Bandwidth and peak are measured in the first run on a device.")
    for ceilings in known:
        st.markdown(f"**{escape(ceilings.device_name)}**", help=WHAT_THEY_ARE)
        frame = pd.DataFrame(rows_of(ceilings)).set_index("Ceiling")
        draw_number_table(frame, ["Measured", "Datasheet"], hide_index=False)
        disturbed = "" if ceilings.quiet else " Other programs used the device meanwhile."
        when = f"{show_time(ceilings.measured_at)}, in {show(ceilings.seconds, 's')}"
        st.caption(escape(f"Measured {when}. {ceilings.method}.{disturbed}"))


def rows_of(ceilings: Ceilings) -> list[dict[str, str]]:
    """Bandwidth and the peak of each type."""
    sheet = datasheet_of(ceilings.device_name)
    bandwidth = sheet.bandwidth_bytes_per_s if sheet else None
    rows = [_row("Memory bandwidth", ceilings.bandwidth_bytes_per_s, bandwidth, "bytes/s")]
    for dtype, peak in ceilings.peak_flops_per_s.items():
        stated = sheet.peak_flops_per_s.get(dtype) if sheet else None
        rows.append(_row(f"Peak, {dtype}", peak, stated, "FLOP/s"))
    return rows


def _row(name: str, measured: float, stated: float | None, unit: str) -> dict[str, str]:
    datasheet = DASH if stated is None else show(stated, unit)
    return {"Ceiling": name, "Measured": show(measured, unit), "Datasheet": datasheet}
