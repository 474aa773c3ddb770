"""Who the server answers: requests for a name of its own, from its own pages, and nobody else.

Streamlit asks so much of its WebSocket alone, where it lets every page of this machine in, whatever
its port, and asks a server elsewhere for this machine's address before it turns another away.
"""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

FORBIDDEN = 403
HOSTS, HEALTH = "server.allowedHosts", "/_stcore/health"
REFUSED = "This server answers under its own name and to its own pages alone (server.allowedHosts)."


class OwnOriginOnly:
    """Around the whole server: a request with a foreign Host or Origin reaches nothing of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, or answer 403; a refused WebSocket is never opened."""
        if scope["type"] == "lifespan" or is_own(Headers(scope=scope), scope["path"]):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(REFUSED, FORBIDDEN)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})


def is_own(headers: Headers, path: str = "/") -> bool:
    """Whether a request names this server, and comes from one of its pages or from no page. How it
    is may also be asked by its address, as containers and load balancers do.
    """
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    if len(hosts) != 1 or len(origins) > 1:
        return False
    host = _parts(f"//{hosts[0]}")
    if host is None or not (_is_allowed(host.hostname or "") or _asks_health(host, path)):
        return False
    return not origins or origins[0] in _allowed_origins() or _is_same(_parts(origins[0]), host)


def _is_same(origin: SplitResult | None, host: SplitResult) -> bool:
    """Whether a page is of that host. A proxy may leave the port out of the Host, where a browser
    that asks by itself never does.
    """
    if origin is None or origin.scheme not in ("http", "https"):
        return False
    return origin.hostname == host.hostname and host.port in (None, origin.port)


def _parts(address: str) -> SplitResult | None:
    """A Host or an Origin in its parts; None for what is more or less than name and port."""
    try:
        parts = urlsplit(address)
        whole = bool(parts.hostname) and parts.port != 0  # asking for a port checks it
    except ValueError:
        return None
    more = parts.path or parts.query or parts.fragment or "@" in parts.netloc
    return parts if whole and not more else None


def _is_allowed(name: str) -> bool:
    """Whether the server may be asked for by that name; by any where none are listed."""
    name = name.rstrip(".")
    listed = [str(one).strip().lower().rstrip(".") for one in config.get_option(HOSTS) or ()]
    return not listed or any(
        one in ("*", name) or (one.startswith("*.") and name.endswith(one[1:])) for one in listed
    )


def _asks_health(host: SplitResult, path: str) -> bool:
    """Whether the health is asked for by an address, to which no name elsewhere can be made."""
    try:
        return path.endswith(HEALTH) and bool(ip_address(host.hostname or ""))
    except ValueError:
        return False


def _allowed_origins() -> list[str]:
    """Origins that whoever runs the server has named."""
    return list(config.get_option("server.corsAllowedOrigins") or ())
