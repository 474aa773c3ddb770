"""A foreign Host or Origin gets nothing of the running dashboard, whatever it asks for."""

import asyncio
import http.client

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake
from websockets.typing import Origin, Subprotocol

from tests.browser.server import Server

OWN = "127.0.0.1:{port}"
PATHS = (
    "/", "/history?run=1", "/_stcore/metrics", "/_stcore/host-config", "/media/0.csv",
    "/_stcore/agent/openapi.json", "/static/js/index.js", "/_stcore/script-health-check",
)  # fmt: skip
UPLOAD = "/_stcore/upload_file/a/b"
HOSTS = (
    "evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "localhost@evil.example",
    "127.0.0.2:{port}", "[::1]:{port}", "", "127.0.0.1:99999", "localhost/evil",
)  # fmt: skip
ORIGINS = (
    "http://evil.example", "null", "file://", "https://127.0.0.1", "http://localhost:9999",
    "http://127.0.0.1:1", "http://localhost:{port}", "http://127.0.0.1:{port}.evil.example",
    "http://127.0.0.1:{port}@evil.example", "http://evil.example:{port}", "",
)  # fmt: skip


def ask(server: Server, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
    """The answer to a request with these headers and no others."""
    port = int(server.url.rpartition(":")[2])
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.putrequest(method, path, skip_host=True)
    for name, value in {"Host": OWN, **headers}.items():
        line.putheader(name, value.format(port=port))
    line.endheaders()
    answer = line.getresponse()
    answer.content = answer.read()  # type: ignore[attr-defined]
    line.close()
    return answer


async def socket_opens(server: Server, **headers: str) -> bool:
    port = server.url.rpartition(":")[2]
    given = {name: value.format(port=port) for name, value in headers.items()}
    origin = given.pop("Origin", None)
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    protocols = [Subprotocol("streamlit")]
    try:
        async with connect(
            address, subprotocols=protocols, additional_headers=given,
            origin=Origin(origin) if origin is not None else None,
        ):  # fmt: skip
            return True
    except InvalidHandshake:
        return False


@pytest.mark.parametrize("path", PATHS)
def test_a_foreign_host_gets_nothing_but_a_refusal(dashboard: Server, path: str) -> None:
    for host in HOSTS:
        answer = ask(dashboard, "GET", path, Host=host)
        assert answer.status in (400, 403), (host, answer.status)
        assert answer.getheader("Set-Cookie") is None
    assert ask(dashboard, "GET", path).status != 403


@pytest.mark.parametrize("path", PATHS)
def test_a_foreign_page_gets_nothing_but_a_refusal(dashboard: Server, path: str) -> None:
    for origin in ORIGINS:
        answer = ask(dashboard, "GET", path, Origin=origin)
        assert answer.status == 403, origin
        assert answer.getheader("Access-Control-Allow-Origin") is None
    assert ask(dashboard, "GET", path, Origin="http://127.0.0.1:{port}").status != 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "POST"])
def test_a_foreign_page_uploads_and_deletes_nothing(dashboard: Server, method: str) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        assert ask(dashboard, method, UPLOAD, **headers).status == 403


def test_an_upload_without_the_pages_own_token_is_refused(dashboard: Server) -> None:
    assert ask(dashboard, "PUT", UPLOAD, Origin="http://127.0.0.1:{port}").status == 403


def test_a_foreign_page_opens_no_websocket(dashboard: Server) -> None:
    for origin in filter(None, ORIGINS):
        assert not asyncio.run(socket_opens(dashboard, Origin=origin)), origin
    for host in ("evil.example", "evil.example:{port}"):
        assert not asyncio.run(socket_opens(dashboard, Host=host, Origin=f"http://{host}")), host
    assert asyncio.run(socket_opens(dashboard, Origin="http://127.0.0.1:{port}"))


def test_a_refused_page_makes_the_server_ask_nobody_for_its_address(dashboard: Server) -> None:
    """Streamlit would fetch it from a server elsewhere, and wait for that."""
    asyncio.run(socket_opens(dashboard, Origin="http://evil.example"))
    assert "external IP" not in dashboard.log.read_text()


def test_the_health_alone_may_be_asked_by_address(dashboard: Server) -> None:
    assert ask(dashboard, "GET", "/_stcore/health", Host="10.0.0.7:8501").status == 200
    assert ask(dashboard, "GET", "/_stcore/health", Host="evil.example").status == 403
