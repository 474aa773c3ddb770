"""What every page begins with, how a page fails, and how text from outside is shown.

Knows Streamlit and nothing of runs.
"""

import contextlib
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError
from streamlit.runtime.pages_manager import PagesManager

from core.errors import HistoryError, ReadOnly, RequestError
from core.harmless import harmless
from core.home import refusal
from pages.widgets.links import across_state
from pages.widgets.login.gate import require_login

NAME = "LLM trade-off lab"
# From this folder: the browser would fetch a named icon or an emoji from a server elsewhere.
ICON = Path(__file__).with_name("icon.svg").read_text(encoding="utf-8").strip()
STYLE = Path(__file__).with_name("style.css")
SCROLLERS = Path(__file__).with_name("scrollers.js").read_text(encoding="utf-8")
START = "pages/start.py"
EXPLORE = "pages/explore.py"
SWEEP = "pages/sweep.py"
DECIDE = "pages/decide.py"
COMPARE = "pages/compare.py"
HISTORY = "pages/history.py"
ASK_OTHERS = "What would another engine do here?"
MEANWHILE = "Runs can go on; their results stay in memory until they can be saved."
logger = logging.getLogger(__name__)
ASCII_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def start_page(title: str, purpose: str) -> None:
    """Begin a page: its name in the browser's tab, its heading and one sentence of purpose."""
    _hand_over_to_app()
    st.set_page_config(page_title=f"{title} · {NAME}", page_icon=ICON, layout="wide")
    st.html(STYLE)
    require_login()
    across_state.keep(title)
    st.title(title, anchor=False)
    st.caption(purpose)
    # A file of ours and nothing else: no text from outside ever comes into it.
    st.html(f"<script>{SCROLLERS}</script>", unsafe_allow_javascript=True)


@contextlib.contextmanager
def error_boundary() -> Iterator[None]:
    """Turn an exception in a page into a message that says what can be done; the log has the rest.

    Streamlit's own control flow passes through: it is no `Exception`.
    """
    try:
        yield
    except ReadOnly as error:
        st.info(escape(str(error)), icon=":material/lock:")
    except HistoryError as error:
        logger.warning("history: %s", error)
        meanwhile = "" if refusal() else MEANWHILE
        st.error(
            f"The history cannot be used now: {escape(str(error))} {meanwhile}",
            icon=":material/database_off:",
        )
    except RequestError as error:
        st.error(escape(str(error)), icon=":material/block:")
    except Exception as error:
        logger.exception("a page failed")
        st.error(
            f"This part of the page failed ({type(error).__name__}). Reload it; the terminal "
            "that runs the dashboard has the details. Runs that were started go on.",
            icon=":material/error:",
        )


def escape(text: str) -> str:
    """Text from outside, so that Markdown shows it as it is: no links, images, or formulas."""
    return ASCII_PUNCTUATION.sub(r"\\\1", harmless(" ".join(text.split())))


def field_error(text: str) -> None:
    """What is wrong with the field above."""
    st.markdown(f":red[:material/error: {escape(text)}]")


def verbatim(text: str) -> None:
    """Text from outside in a box of its own, never read as Markdown."""
    st.code(harmless(text.replace("\r\n", "\n")), language=None, wrap_lines=True)


def link_to(page: str, label: str, icon: str | None = None, **query: str) -> None:
    """A link to another page, with what holds for all pages; none where a page runs without app.py,
    which alone knows others.
    """
    query = {**across_state.carried(), **query}
    with contextlib.suppress(StreamlitPageNotFoundError):
        st.page_link(page, label=label, icon=icon, query_params=query)


def _hand_over_to_app() -> None:
    """On a fresh server a deep link runs its page without app.py, and so without navigation.

    Streamlit does so until the first `st.navigation`; this page asks to be run again through it.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
