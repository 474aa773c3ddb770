"""Open tabs without a browser: they speak Streamlit's WebSocket protocol as its frontend does.

Ten real browser tabs would use the processor that is being measured; these cost next to nothing,
and the server cannot tell the difference: they ask for the page, follow its automatic reruns,
and press its buttons.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

SETTLE_S = 30.0
REDRAWN_S = 3.0


class Tab:
    """One session. `reruns` counts the automatic reruns that it asked for."""

    def __init__(self, socket: ClientConnection, query: str, page: str = "") -> None:
        self.query = query
        self._page = page
        self.reruns = 0
        self._socket = socket
        self._page_hash = ""
        self._buttons: dict[str, str] = {}
        self._texts: list[str] = []
        self._finished = asyncio.Event()
        self._timers: dict[str, asyncio.Task[None]] = {}

    @property
    def buttons(self) -> frozenset[str]:
        """The keys of the buttons that have come since the page last ran as a whole."""
        return frozenset(self._buttons)

    @property
    def text(self) -> str:
        """The paragraphs and notices that have come since the page last ran as a whole."""
        return "\n".join(self._texts)

    async def press(self, key: str) -> None:
        """Press the button of that key and wait until the page has run to its end.

        Raises KeyError where the page has no such button, nor soon has: it may just run anew.
        """
        deadline = time.monotonic() + REDRAWN_S
        while key not in self._buttons and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        await self.run_page(WidgetState(id=self._buttons[key], trigger_value=True))

    async def run_page(self, *widgets: WidgetState) -> None:
        """Run the page and wait for its end."""
        self._finished.clear()
        await self._send("", widgets)
        await asyncio.wait_for(self._finished.wait(), SETTLE_S)

    async def listen(self) -> None:
        """Take in what the server sends until the connection ends."""
        async for data in self._socket:
            message = ForwardMsg()
            message.ParseFromString(data if isinstance(data, bytes) else data.encode())
            self._take(message)

    def stop_timers(self, *fragments: str) -> None:
        """End those fragments' automatic reruns; without arguments, all of them."""
        for fragment in fragments or tuple(self._timers):
            if fragment in self._timers:
                self._timers.pop(fragment).cancel()

    def _take(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "new_session" if not message.metadata.run.fragment_ids:
                self._buttons.clear()
                self._texts.clear()
                self.stop_timers()
            case "navigation":
                self._page_hash = message.navigation.page_script_hash
            case "delta" if message.delta.new_element.WhichOneof("type") == "button":
                button = message.delta.new_element.button
                self._buttons[button.id.rpartition("-")[2]] = button.id
            case "delta" if message.delta.new_element.WhichOneof("type") in ("markdown", "alert"):
                element = message.delta.new_element
                self._texts.append(element.markdown.body or element.alert.body)
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "auto_rerun":
                self._start_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                self.stop_timers(*message.stop_auto_rerun.fragment_ids)
            case "script_finished" if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self._finished.set()

    def _start_timer(self, fragment: str, interval_s: float) -> None:
        self.stop_timers(fragment)
        self._timers[fragment] = asyncio.create_task(self._repeat(fragment, interval_s))

    async def _repeat(self, fragment: str, interval_s: float) -> None:
        while True:
            await asyncio.sleep(interval_s)
            self.reruns += 1
            await self._send(fragment, ())

    async def _send(self, fragment: str, widgets: tuple[WidgetState, ...]) -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self.query
        state.page_script_hash = self._page_hash
        state.page_name = "" if self._page_hash else self._page
        state.fragment_id = fragment
        state.is_auto_rerun = bool(fragment)
        state.widget_states.widgets.extend(widgets)
        await self._socket.send(message.SerializeToString())


@contextlib.asynccontextmanager
async def open_tab(url: str, query: str = "", page: str = "") -> AsyncIterator[Tab]:
    """A tab on that page, by default the server's first, once it has run; closed at the end."""
    address = url.replace("http://", "ws://") + "/_stcore/stream"
    async with connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None) as socket:
        tab = Tab(socket, query, page)
        listening = asyncio.create_task(tab.listen())
        try:
            await tab.run_page()
            yield tab
        finally:
            tab.stop_timers()
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
