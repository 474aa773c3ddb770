"""Why a run took as long as it did: the why line, its numbers as cards, and the ceilings."""

import streamlit as st

from core.analysis.baseline import delta
from core.analysis.roofline import ROOFLINE_METRICS, Roofline, roofline_of
from core.analysis.why import why_line
from core.results.format import show
from core.results.types import RunResult
from pages.widgets.layout import escape
from pages.widgets.metric_cards import draw_card


def draw_why(result: RunResult) -> None:
    """The sentence on what bounds the run, and what could help."""
    st.info(escape(why_line(result, roofline_of(result))), icon=":material/lightbulb:")


def draw_roofline(result: RunResult, baseline: RunResult | None) -> None:
    """Utilisation and the speed of light, and the ceilings that they stand under."""
    roofline = roofline_of(result)
    if roofline is None:
        return
    with st.container(horizontal=True, gap="xsmall"):
        for metric in ROOFLINE_METRICS:
            draw_card(delta(metric, result, baseline))
    st.caption(escape(ceilings_sentence(roofline)))


def ceilings_sentence(roofline: Roofline) -> str:
    """What the device was measured to do at most, beside what its datasheet states."""
    ceilings, dtype = roofline.ceilings, roofline.model.compute_dtype
    said = f"Measured on this device: {_figures(ceilings.bandwidth_bytes_per_s, _peak(roofline))}"
    said += f" in {dtype}"
    sheet = roofline.datasheet
    if sheet:
        stated = _figures(sheet.bandwidth_bytes_per_s, sheet.peak_flops_per_s.get(dtype))
        said += f"; its datasheet states {stated}"
    if not ceilings.quiet:
        said += "; other programs used the device meanwhile, so it can do more"
    return f"{said}."


def _peak(roofline: Roofline) -> float:
    return roofline.prefill.roof.peak_flops_per_s


def _figures(bandwidth_bytes_per_s: float, flops_per_s: float | None) -> str:
    return f"{show(bandwidth_bytes_per_s, 'bytes/s')} and {show(flops_per_s, 'FLOP/s')}"
