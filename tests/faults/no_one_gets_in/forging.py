"""A tab that says what no browser would: it knows every widget of its page and sends any value."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from benchmarks.tabs import Tab

LARGEST_ANSWER_BYTES = 64_000_000


class ForgingTab(Tab):
    """`widgets` has each widget's id by its key, `closed` the keys of those that are disabled,
    `chosen` those of buttons that are marked, and `shown` every text of the page as it was last
    drawn. Timers are not followed.
    """

    def __init__(self, *of_tab: object) -> None:
        super().__init__(*of_tab)  # type: ignore[arg-type]
        self.widgets: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.closed: set[str] = set()
        self.chosen: set[str] = set()
        self.shown: list[str] = []
        self.exceptions: list[str] = []
        self.session = ""

    async def send(self, *widgets: WidgetState, **of_state: str) -> None:
        """Run the page with these widgets and wait for its end."""
        self._finished.clear()
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self.query
        state.page_script_hash = of_state.get("page_hash", self._page_hash)
        state.page_name = of_state.get("page_name", "")
        state.fragment_id = of_state.get("fragment", "")
        state.widget_states.widgets.extend(widgets)
        await self.send_bytes(message.SerializeToString())
        await asyncio.wait_for(self._finished.wait(), 60)

    async def send_bytes(self, data: bytes) -> None:
        """Any message at all."""
        await self._socket.send(data)

    async def closed_by_server(self) -> None:
        """Wait until the server ends the connection."""
        await self._socket.wait_closed()

    def _start_timer(self, fragment: str, interval_s: float) -> None:
        del fragment, interval_s

    def _take(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "new_session":
            self.session = message.new_session.initialize.session_id or self.session
            self.shown, self.exceptions = [], []
            self.widgets, self.closed, self.chosen = {}, set(), set()
        if message.WhichOneof("type") == "delta":
            self._note(message)
        super()._take(message)

    def _note(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        drawn = getattr(element, kind) if kind else message.delta.add_block
        if kind == "exception":
            self.exceptions.append(f"{element.exception.type}: {element.exception.message}")
        self.shown.append(str(getattr(drawn, "body", "")) or str(drawn))
        key = str(getattr(drawn, "id", "")).rpartition("-")[2]
        if key and kind:
            self.widgets[key], self.kinds[key] = drawn.id, kind
            if getattr(drawn, "disabled", False):
                self.closed.add(key)
            if getattr(drawn, "type", "") == "primary":
                self.chosen.add(key)

    @property
    def text(self) -> str:
        """All that the page shows."""
        return "\n".join(self.shown)


@contextlib.asynccontextmanager
async def forging_tab(
    url: str, path: str = "", query: str = "", kind: type[ForgingTab] = ForgingTab
) -> AsyncIterator[ForgingTab]:
    """A tab on that page of the server, once it has run; closed at the end."""
    address = url.replace("http://", "ws://") + "/_stcore/stream"
    async with connect(
        address, subprotocols=[Subprotocol("streamlit")], max_size=LARGEST_ANSWER_BYTES
    ) as socket:
        tab = kind(socket, query)
        listening = asyncio.create_task(tab.listen())
        try:
            await tab.send(page_name=path)
            yield tab
        finally:
            tab.stop_timers()
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
                await listening
