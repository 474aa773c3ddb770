"""Two texts of a model beside each other, the tokens that differ marked.

A model may write anything: its text is escaped whole before it becomes HTML, so that nothing of
it is read as markup.
"""

import html
from collections.abc import Collection, Sequence

import streamlit as st

from core.harmless import harmless

BOX = "white-space: pre-wrap; overflow-wrap: anywhere; font-family: monospace; font-size: 0.875rem"
# Vermilion of core/plots/palette.py, thin enough that the text keeps its contrast on any ground.
MARK = "background: rgba(213, 94, 0, 0.25); color: inherit; text-decoration: underline"
LINE_END = "⏎\n"


def draw_marked(tokens: Sequence[str], differing: Collection[int]) -> None:
    """A text of these tokens; those at the differing positions marked and underlined."""
    st.html(marked(tokens, differing))


def marked(tokens: Sequence[str], differing: Collection[int]) -> str:
    """The tokens as HTML: each as it is, a marked line break visible as well."""
    parts = [
        _mark(text) if place in differing else _as_text(text) for place, text in enumerate(tokens)
    ]
    return f'<div style="{BOX}">{"".join(parts)}</div>'


def _mark(text: str) -> str:
    return f'<mark style="{MARK}">{_as_text(text.replace(chr(10), LINE_END))}</mark>'


def _as_text(text: str) -> str:
    return html.escape(harmless(text))
