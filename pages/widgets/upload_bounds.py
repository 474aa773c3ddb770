"""How much one session may keep uploaded: the server holds files in memory until their tab closes.

Streamlit bounds each file and not their number; a page needs one file in each of its fields.
"""

from collections import Counter

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

PLACE = "/_stcore/upload_file/"
TOO_LARGE = 413
FILES = 2  # of the largest size: one that is there, and one that takes its place
MEGABYTE = 1024 * 1024


class UploadBounds:
    """Around the whole server: refuses an upload that would be one too many for its session."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._coming: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, or answer 413 and say what helps."""
        session = _uploads_for(scope)
        if session is None:
            await self._app(scope, receive, send)
            return
        size, most = _size(Headers(scope=scope)), FILES * _largest()
        if _kept(session) + self._coming[session] + size > most:
            words = f"A session may keep {most / MEGABYTE:.0f} MB of files; reload the page first."
            await PlainTextResponse(words, TOO_LARGE)(scope, receive, send)
            return
        self._coming[session] += size
        try:
            await self._app(scope, receive, send)
        finally:
            self._coming -= Counter({session: size})


def _uploads_for(scope: Scope) -> str | None:
    """The session that the request uploads a file for; None for any other request."""
    if scope["type"] != "http" or scope["method"] != "PUT" or PLACE not in scope["path"]:
        return None
    return str(scope["path"]).partition(PLACE)[2].partition("/")[0]


def _size(headers: Headers) -> int:
    """Bytes that will come; as many as there may be where the request does not say."""
    said = headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else _largest()


def _largest() -> int:
    return int(config.get_option("server.maxUploadSize")) * MEGABYTE


def _kept(session: str) -> int:
    """Bytes that the server holds for the session now."""
    files = Runtime.instance().uploaded_file_mgr
    assert isinstance(files, MemoryUploadedFileManager)
    return sum(len(file.data) for file in list(files.file_storage.get(session, {}).values()))
