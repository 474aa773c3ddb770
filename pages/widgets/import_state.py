"""The imports of this server, and which one a session follows.

An import goes on in the server when its page is left; its id stands in the URL, so that a reload
finds it again.
"""

import uuid

import streamlit as st

from core.analysis.history_csv import import_history_csv
from core.jobs.importing import Importing, ImportState
from pages.widgets import state

FILE = "import_file"
IMPORT = "import"
KEPT = 20


@st.cache_resource(show_spinner=False)
def _imports() -> dict[str, Importing]:
    """The latest imports of this server by their ids."""
    return {}


def has_file() -> bool:
    """Whether a file is chosen."""
    return st.session_state.get(FILE) is not None


def begin() -> None:
    """Import the chosen file, and follow that import."""
    file = st.session_state.get(FILE)
    if file is None:
        return
    history, imports, key = state.manager().history, _imports(), uuid.uuid4().hex[:12]
    file.seek(0)
    imports[key] = Importing(file.name, lambda told: import_history_csv(history, file, told))
    for old in list(imports)[:-KEPT]:
        if imports[old].state.is_over:
            del imports[old]
    st.query_params[IMPORT] = key


def followed() -> ImportState | None:
    """How the import is that the URL names; None where it names none, or one that is not known."""
    found = _imports().get(st.query_params.get(IMPORT, ""))
    return found.state if found else None


def is_forgotten() -> bool:
    """Whether the URL names an import of a server that has ended."""
    return IMPORT in st.query_params and followed() is None
