"""The network on the way to a server: its address looked up, and the time there and back."""

import asyncio
import contextlib
import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from core.engine.adapters.endpoint.refusals import unreachable
from core.errors import LoadFailed
from core.variants.address import USUAL_PORTS, host_of
from core.variants.endpoints import Endpoint

CONNECT_S = 10.0
RESOLVE_S = 10.0
ROUND_TRIPS = 5

# Family, kind, protocol, canonical name, and address, as getaddrinfo finds them.
Found = tuple[Any, Any, int, str, Any]


class NetworkLoop(asyncio.SelectorEventLoop):
    """An event loop that looks names up in threads of their own. Nothing can end a look-up, and
    asyncio's own loop does not close before the last one is over, however long that takes.
    """

    async def getaddrinfo(self, host: Any, port: Any, **kinds: Any) -> list[Found]:
        """As `socket.getaddrinfo`, and left alone where nobody waits for it any more."""
        future: asyncio.Future[list[Found]] = self.create_future()

        def tell(found: list[Found] | None, error: OSError | UnicodeError | None) -> None:
            if error is not None and not future.done():
                future.set_exception(error)
            elif found is not None and not future.done():
                future.set_result(found)

        def look_up() -> None:
            found, failed = None, None
            try:
                found = socket.getaddrinfo(host, port, **kinds)
            except (OSError, UnicodeError) as error:
                failed = error
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self.call_soon_threadsafe(tell, found, failed)

        threading.Thread(target=look_up, name="look-up", daemon=True).start()
        return await future


async def round_trips(endpoint: Endpoint) -> tuple[float, ...]:
    """Seconds of a few TCP handshakes, each of which is one round trip of the network to whatever
    answers at the address, and nothing of the server's work. A name may stand for several
    addresses: the first that answers is taken. Raises LoadFailed where none does.
    """
    found = await _look_up(endpoint)
    try:
        answering, first = await _first_handshake(found)
        return first, *[await _handshake(answering) for _ in range(ROUND_TRIPS - 1)]
    except OSError as error:
        raise unreachable(error, endpoint) from None


async def _look_up(endpoint: Endpoint) -> list[Found]:
    """All addresses of the server. Raises LoadFailed where its name has none."""
    parts = urlsplit(endpoint.address)
    place = parts.hostname or "", parts.port or USUAL_PORTS[parts.scheme]
    looking = asyncio.get_running_loop().getaddrinfo(*place, type=socket.SOCK_STREAM)
    try:
        return await asyncio.wait_for(looking, RESOLVE_S)
    except TimeoutError:
        told = f"The name of {host_of(endpoint.address)} could not be resolved"
        raise LoadFailed(f"{told} within {RESOLVE_S:g} s.") from None
    except OSError as error:
        raise unreachable(error, endpoint) from None


async def _first_handshake(found: list[Found]) -> tuple[Found, float]:
    """The first address that answers, and its handshake's seconds. Raises, of what went wrong, the
    refusal of a connection rather than all else: it says that the machine itself is there.
    """
    failed: list[OSError] = []
    for one in found:
        try:
            return one, await _handshake(one)
        except OSError as error:
            failed.append(error)
    raise min(failed, key=lambda error: not isinstance(error, ConnectionRefusedError))


async def _handshake(found: Found) -> float:
    family, kind, protocol, _, address = found
    loop = asyncio.get_running_loop()
    with socket.socket(family, kind, protocol) as connecting:
        connecting.setblocking(False)
        async with asyncio.timeout(CONNECT_S):
            start = time.perf_counter()
            await loop.sock_connect(connecting, address)
            return time.perf_counter() - start
