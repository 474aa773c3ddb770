"""Which browser session a thread works for; whoever forges a click cannot forge this."""

from streamlit.runtime.scriptrunner import get_script_run_ctx


def this_session() -> str | None:
    """The session that this thread draws or answers; None for a thread of the server's own."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else None
