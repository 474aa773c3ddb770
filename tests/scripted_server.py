"""A server with an OpenAI-compatible interface over real HTTP, which does what a test tells it to.

As it comes it behaves: it counts a prompt's words or ids, and streams as many tokens as asked.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Event = dict[str, Any] | str | bytes | float


@dataclass
class Reply:
    """A status, and a body in parts: an object or a text becomes an event, bytes go out as they
    are, a number is a pause in seconds. [DONE] ends it where it is `done`. With `hang_up` the
    connection is closed after it.
    """

    parts: Sequence[Event] | Iterator[Event]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    done: bool = True
    hang_up: bool = False


@dataclass
class Scripted:
    """What the server does. `answer` replies to a body; `refuses` are fields that it does not know,
    `one_by_one` tells whether it answers requests one after the other; `asked` keeps the bodies,
    `headers` the headers of all requests.
    """

    answer: Callable[[dict[str, Any]], Reply] | None = None
    refuses: tuple[str, ...] = ()
    routes: tuple[str, ...] = ("/v1/completions", "/v1/chat/completions")
    takes_ids: bool = True
    one_by_one: bool = False
    first_s: float = 0.0
    token_s: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)
    address: str = ""

    def reply(self, path: str, body: dict[str, Any]) -> Reply:
        """The reply to a request."""
        if path not in self.routes:
            return error(404, "Not Found")
        unknown = [name for name in self.refuses if name in body]
        if unknown:
            return error(422, f"Unexpected fields in the request: {unknown}")
        if isinstance(body.get("prompt"), list) and not self.takes_ids:
            return error(400, "prompt must be a string.")
        self.asked.append(body)
        return (self.answer or self.stream)(body)

    def stream(self, body: dict[str, Any]) -> Reply:
        """A token for each that was asked for, then the count of all."""
        return Reply(self._events(body))

    def _events(self, body: dict[str, Any]) -> Iterator[Event]:
        tokens = most_tokens(body)
        yield self.first_s
        for number in range(tokens):
            yield piece(f" word{number}")
            yield self.token_s if number + 1 < tokens else 0.0
        yield end(prompt_tokens(body), tokens)


def most_tokens(body: dict[str, Any]) -> int:
    """Tokens that a body asks for."""
    return int(body.get("max_tokens") or body["max_completion_tokens"])


def prompt_tokens(body: dict[str, Any]) -> int:
    """Tokens of a body's prompt: its ids, or its words; a chat template has three more."""
    prompt = body.get("prompt")
    if isinstance(prompt, list):
        return len(prompt)
    return len(str(prompt or body["messages"][0]["content"]).split()) + (0 if prompt else 3)


def piece(text: str, **more: Any) -> dict[str, Any]:
    """An event with a piece of text."""
    return {"choices": [{"index": 0, "text": text, "finish_reason": None}], **more}


def end(prompt: object, completion: object, finish: str | None = "length") -> dict[str, Any]:
    """The last event, with the counts."""
    usage = {"prompt_tokens": prompt, "completion_tokens": completion}
    return {"choices": [{"index": 0, "text": "", "finish_reason": finish}], "usage": usage}


def error(status: int, message: str, headers: dict[str, str] | None = None) -> Reply:
    """A refusal."""
    body = json.dumps({"detail": message}).encode()
    return Reply([body], status, {"Content-Type": "application/json", **(headers or {})})


class _Server(ThreadingHTTPServer):
    scripted: Scripted
    daemon_threads = True
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Pages that tell of the server."""
        pages = {"/v1/models": {"data": [{"id": "m", "owned_by": "vllm"}]}}
        pages["/version"] = {"version": "0.1"}
        self.server.scripted.headers.append(dict(self.headers))
        found = pages.get(self.path)
        self._send(Reply([json.dumps(found or {}).encode()], 200 if found else 404, done=False))

    def do_POST(self) -> None:
        """A request for an answer."""
        length = int(self.headers["Content-Length"])
        self.server.scripted.headers.append(dict(self.headers))
        reply = self.server.scripted.reply(self.path, json.loads(self.rfile.read(length)))
        if self.server.scripted.one_by_one:
            with self.server.scripted.turn:
                self._send(reply)
        else:
            self._send(reply)

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        kinds = {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}
        for name, value in {**kinds, **reply.headers}.items():
            self.send_header(name, value)
        try:
            self.end_headers()
            for part in reply.parts:
                self._send_part(part)
            if reply.done and reply.status == HTTPStatus.OK:
                self._send_part("[DONE]")
            self.wfile.write(b"0\r\n\r\n")
            self.close_connection |= reply.hang_up
        except OSError:
            self.close_connection = True

    def _send_part(self, part: Event) -> None:
        if isinstance(part, float):
            time.sleep(part)
            return
        text = part if isinstance(part, str | bytes) else json.dumps(part)
        data = text if isinstance(text, bytes) else f"data: {text}\n\n".encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


@contextmanager
def serving(scripted: Scripted) -> Iterator[Scripted]:
    """The server, answering on a free port of this machine until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.scripted = scripted
    thread = threading.Thread(target=lambda: server.serve_forever(0.05), daemon=True)
    thread.start()
    scripted.address = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield scripted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
