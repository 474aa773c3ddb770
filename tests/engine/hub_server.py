"""A model hub on this machine: the few addresses that the hub's client asks for, over real HTTP."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """Repositories by id, each file's bytes by name. `gated` ones are listed and not given;
    `asked` keeps each request's path.
    """

    repositories: dict[str, dict[str, bytes]]
    gated: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    url: str = ""


class Server(ThreadingHTTPServer):
    """A server that knows its hub."""

    hub: Hub


class Handler(BaseHTTPRequestHandler):
    """Answers for the hub of its server."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Headers and body."""
        self.wfile.write(self._answer())

    def do_HEAD(self) -> None:
        """Headers alone."""
        self._answer()

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""

    def _answer(self) -> bytes:
        path = unquote(urlsplit(self.path).path)
        self.server.hub.asked.append(path)
        status, headers, body = answer(self.server.hub, path)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        return body


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub, answering on a free port of this machine until the block ends."""
    server = Server(("127.0.0.1", 0), Handler)
    server.hub = hub
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(hub: Hub, path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body for a path."""
    parts = path.strip("/").split("/")
    name = "/".join(parts[2:4] if parts[0] == "api" else parts[:2])
    files = hub.repositories.get(name)
    if files is None:
        return 401, {"X-Error-Message": "Invalid username or password."}, b"{}"
    if parts[0] == "api":
        revision = parts[5] if len(parts) > 5 else "main"
        if revision not in ("main", COMMIT):
            return 404, {"X-Error-Code": "RevisionNotFound"}, b"{}"
        return 200, {"Content-Type": "application/json"}, listing(name, files, parts[4:5])
    if name in hub.gated:
        return 403, {"X-Error-Code": "GatedRepo"}, b"{}"
    body = files.get("/".join(parts[4:]))
    if body is None:
        return 404, {"X-Error-Code": "EntryNotFound"}, b""
    headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{hashlib.sha256(body).hexdigest()}"'}
    return 200, headers, body


def listing(name: str, files: dict[str, bytes], kind: list[str]) -> bytes:
    """The files of a repository, or what is told of it as a whole."""
    if kind == ["tree"]:
        rows = [
            {"type": "file", "path": path, "size": len(body), "oid": hashlib.sha1(body).hexdigest()}
            for path, body in files.items()
        ]
        return json.dumps(rows).encode()
    siblings = [{"rfilename": path} for path in files]
    return json.dumps({"id": name, "sha": COMMIT, "siblings": siblings}).encode()
