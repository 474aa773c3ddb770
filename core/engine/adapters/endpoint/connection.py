"""The connections to one server: open as long as the adapter lives, so that no request pays for
opening one, and with nothing of this machine's own settings in between.
"""

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, TypeVar

import httpx2

from core.engine.adapters.endpoint.network import CONNECT_S, NetworkLoop
from core.engine.adapters.endpoint.refusals import hung_up, refusal, unreachable
from core.engine.adapters.endpoint.secret import Secret
from core.engine.cancellation import Cancellation
from core.variants.endpoints import Endpoint

LOOK_S = 0.05
ERROR_BYTES = 65_536
Result = TypeVar("Result")


class Connection:
    """An HTTP client of one server in an event loop of its own. Redirects are not followed and no
    proxy is used: its time would be in every number. `opened` counts connections that were made.
    """

    def __init__(self, endpoint: Endpoint, secret: Secret) -> None:
        for name in ("httpx2", "httpcore2"):  # they would write requests to the log
            logging.getLogger(name).setLevel(logging.WARNING)
        self.endpoint = endpoint
        self.opened = 0
        self.secret = secret
        self._runner = asyncio.Runner(loop_factory=NetworkLoop)
        self.client = self._client()

    def run(
        self, work: Coroutine[Any, Any, Result], cancellation: Cancellation | None = None
    ) -> Result:
        """Carry out work in the loop, and look at the cancel flag meanwhile."""
        return self._runner.run(_watched(work, cancellation))

    def request(self, path: str, content: dict[str, Any]) -> httpx2.Request:
        """A request that is ready to be sent; no cookie of an earlier answer goes with it."""
        self.client.cookies.clear()
        return self.client.build_request(
            "POST",
            f"{self.endpoint.address}/{path}",
            json=content,
            headers={"Accept": "text/event-stream"},
            extensions={"trace": self._trace},
        )

    @asynccontextmanager
    async def sent(self, request: httpx2.Request) -> AsyncIterator[httpx2.Response]:
        """Send, and give the response before its body. Raises Refused for any but a success, and
        HungUp where a connection that was open closed before anything came.
        """
        try:
            try:
                response = await self.client.send(request, stream=True)
            except (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError) as error:
                raise hung_up(error, self.endpoint) from None
            try:
                if not response.is_success:
                    said = _read(await _start_of(response))
                    raise refusal(response.status_code, said, response.headers, self.endpoint)
                yield response
            finally:
                await response.aclose()
        except httpx2.HTTPError as error:
            raise unreachable(error, self.endpoint) from None

    async def look_up(self, url: str, within_s: float) -> tuple[httpx2.Headers, object]:
        """Headers and JSON of a small page; the JSON is None where the server has none there. Asked
        over a connection of its own: what follows an error there is no measured request's matter.
        """
        try:
            async with (
                asyncio.timeout(within_s),
                self._client() as client,
                client.stream("GET", url) as response,
            ):
                start = await _start_of(response)
        except httpx2.HTTPError as error:
            raise unreachable(error, self.endpoint) from None
        return response.headers, _read(start) if response.is_success else None

    def close(self) -> None:
        """Close all connections and the loop."""
        self._runner.run(self.client.aclose())
        self._runner.close()

    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            headers={**self.secret.headers, "Accept-Encoding": "identity"},
            timeout=httpx2.Timeout(None, connect=CONNECT_S),
            limits=httpx2.Limits(keepalive_expiry=None),
            follow_redirects=False,
            trust_env=False,
            verify=_trusted(),
        )

    async def _trace(self, event: str, _: object) -> None:
        if event == "connection.connect_tcp.complete":
            self.opened += 1


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that this system trusts; reading them takes a while, so once will do."""
    return httpx2.create_ssl_context(trust_env=False)


async def _watched(work: Coroutine[Any, Any, Result], cancellation: Cancellation | None) -> Result:
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait([task], timeout=LOOK_S if cancellation else None)
            if cancellation:
                cancellation.check()
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _start_of(response: httpx2.Response) -> bytes:
    """As much of a body as an error or a small page needs."""
    start = b""
    async for chunk in response.aiter_bytes():
        start += chunk
        if len(start) >= ERROR_BYTES:
            break
    return start[:ERROR_BYTES]


def _read(start: bytes) -> object:
    """The JSON of a body, or else its text."""
    text = start.decode(errors="replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
