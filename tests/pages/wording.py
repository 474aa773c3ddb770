"""What a page leaves unexplained: controls without a sentence, numbers without a definition, plots
without a takeaway. It reads the page's elements as they are sent to a browser.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from streamlit.testing.v1 import AppTest

from core.analysis.batching.figures import FIGURES
from core.analysis.cost import cost_metrics
from core.analysis.roofline import ROOFLINE_METRICS
from core.results.metrics import METRICS

CONTROLS = {
    "button", "button_group", "checkbox", "download_button", "file_uploader", "multiselect",
    "number_input", "pagination", "radio", "select_slider", "selectbox", "slider", "text_area",
    "text_input", "toggle",
}  # fmt: skip
LABELS = {metric.label for metric in (*METRICS, *ROOFLINE_METRICS, *cost_metrics(1.0))}
LABELS |= {figure.label for figure in FIGURES.values()}
DEFINING = "What it is"  # a column that defines the rows
SETTINGS = "Setting"  # heads a table of levers, one of which is called as a metric is
HIDDEN = (1, 2)  # LabelVisibility: a label that is not shown has its help nowhere
FEWEST_WORDS = 4
UNKNOWN = re.compile(r"\b(not|no|none|nothing|all|only)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """An element, those beside it in its box, and the same of each box around it."""

    node: Any
    beside: Sequence[Any]
    around: "Place | None"

    @property
    def before(self) -> Any:
        """What stands directly before it in its box; None for the first."""
        at = self.beside.index(self.node)
        return self.beside[at - 1] if at else None

    @property
    def after(self) -> Any:
        """What stands directly after it in its box; None for the last."""
        at = self.beside.index(self.node)
        return self.beside[at + 1] if at + 1 < len(self.beside) else None


def unexplained(page: AppTest) -> list[str]:
    """A line for each thing that lacks its words."""
    return [line for place in places(page) for line in _faults(place)]


def places(page: AppTest) -> Iterator[Place]:
    """Everything on the page, boxes too."""
    return _inside(page.main, None)


def _inside(block: Any, around: Place | None) -> Iterator[Place]:
    children = list(block.children.values())
    for child in children:
        place = Place(child, children, around)
        yield place
        if hasattr(child, "children"):
            yield from _inside(child, place)


def _faults(place: Place) -> Iterator[str]:
    node = place.node
    if node.type in CONTROLS and not _has_sentence(place):
        yield f"control without a sentence: {node.type} {_label(node)!r}"
    if node.type == "popover" and not _help(node):
        yield f"box without a sentence: {_label(node)!r}"
    if node.type == "metric" and not _help(node):
        yield f"metric without a definition: {_label(node)!r}"
    if node.type == "dataframe":
        yield from (f"column without a sentence: {name!r}" for name in _bare_columns(node))
    if node.type == "table":
        yield from (f"row without a definition: {name!r}" for name in _bare_rows(node))
    if node.type == "plotly_chart" and not _is_takeaway(_text_above(place)):
        yield f"plot without a takeaway: {_text_above(place)!r}"


def _has_sentence(place: Place) -> bool:
    """A help of its own, seen at its label; else words beside it, or over the row it stands in."""
    node = place.node
    if _help(node) and not _is_hidden(node):
        return True
    return _explains(place.before) or _is_caption(place.after) or _row_is_explained(place)


def _row_is_explained(place: Place) -> bool:
    """Buttons of one lever share the sentence of its label, or the caption that leads the row or
    follows it.
    """
    row = place.around
    if row is None:
        return False
    return _is_caption(place.beside[0]) or _explains(row.before) or _is_caption(row.after)


def _explains(node: Any) -> bool:
    return node is not None and node.type in ("markdown", "caption") and bool(_help(node))


def _is_caption(node: Any) -> bool:
    return node is not None and node.type == "caption"


def _is_hidden(node: Any) -> bool:
    visibility = getattr(node.proto, "label_visibility", None)
    return visibility is not None and visibility.value in HIDDEN


def _bare_columns(node: Any) -> list[str]:
    told = json.loads(node.proto.columns or "{}")
    return [str(name) for name in node.value.columns if not told.get(str(name), {}).get("help")]


def _bare_rows(node: Any) -> list[str]:
    frame = node.value
    if DEFINING in frame.columns or frame.index.name == SETTINGS:
        return []
    named = frame.index if frame.index.name else frame.iloc[:, 0]
    return [str(name) for name in named if str(name).replace("\\", "") in LABELS]


def _text_above(place: Place) -> str:
    """The markdown over a plot, or over the box that it is the first in; captions may stand
    between, and the words may have a box of their own.
    """
    at = place.beside.index(place.node)
    found = [node for node in place.beside[:at] if node.type != "caption"]
    if not found:
        return _text_above(place.around) if place.around is not None else ""
    last = found[-1]
    while getattr(last, "children", None):
        last = list(last.children.values())[-1]
    return str(last.value) if last.type == "markdown" else ""


def _is_takeaway(text: str) -> bool:
    """Words below or after the title, with a number or that there is none."""
    words = re.sub(r"^\*\*.*?\*\*", "", text.replace("\\", "")).strip()
    tells = bool(re.search(r"\d", words) or UNKNOWN.search(words))
    return len(words.split()) >= FEWEST_WORDS and tells


def _label(node: Any) -> str:
    return str(getattr(_sent(node), "label", ""))


def _help(node: Any) -> str:
    return str(getattr(_sent(node), "help", "") or "")


def _sent(node: Any) -> Any:
    """What is sent of it; a box with a key has what is its own inside."""
    return getattr(node.proto, "popover", node.proto) if node.type == "popover" else node.proto
