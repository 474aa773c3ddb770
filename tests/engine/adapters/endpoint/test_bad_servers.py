"""Servers that are down, slow, or send garbage: each ends a run in bounded time."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from core.engine.adapters.endpoint.endpoint import EndpointAdapter
from core.engine.cancellation import Cancellation
from core.errors import FailureKind, LoadFailed, PhaseTimeout, RunError
from core.variants.spec import VariantSpec, Workload
from tests.scripted_server import Event, Reply, Scripted, end, error, piece, serving

SLACK_S = 5.0


def run(address: str, home: Path, **workload: Any) -> None:
    """One repeat on a server that may stall for a second at most."""
    home.mkdir(parents=True, exist_ok=True)
    settings = f'[bad]\naddress = "{address}"\nfirst_token_s = 1\nstall_s = 0.5\n'
    (home / "endpoints.toml").write_text(settings)
    adapter = EndpointAdapter(VariantSpec(engine="openai", endpoint=address, model="m"))
    try:
        adapter.load(lambda _: None)
        runner = adapter.runner(Workload(**{"prompt": "a", **workload}), Cancellation())
        runner.headline()
    finally:
        adapter.close()


def events(*parts: Event, done: bool = True) -> Callable[[dict[str, Any]], Reply]:
    """Reply so to what is timed, and well to the single tokens before."""

    def reply(body: dict[str, Any]) -> Reply:
        if body["max_tokens"] == 1:
            return Reply([piece("a"), end(1, 1)])
        return Reply(parts, done=done)

    return reply


def endless(_: dict[str, Any]) -> Reply:
    return Reply(repeat(piece("x")))


def empty_for_ever(_: dict[str, Any]) -> Reply:
    return Reply(repeat({"choices": []}))


def beating(_: dict[str, Any]) -> Reply:
    def beats() -> Iterator[Event]:
        while True:
            yield b": still here\n\n"
            yield 0.1

    return Reply(beats())


ANSWERS = {
    "it refuses the key": (error(401, "who?"), "does not let this program in (401"),
    "it forbids": (error(403, "no"), "does not let this program in (403"),
    "it is busy": (error(429, "slow down", {"Retry-After": "20"}), "asks to wait 20 s"),
    "it breaks": (error(500, "oh no"), "(500 Internal Server Error): oh no"),
    "it is overloaded": (error(503, "later"), "(503 Service Unavailable): later"),
    "it sends on": (
        Reply([b""], 307, {"Location": "http://elsewhere.example/v1/completions"}),
        "on to elsewhere.example (307",
    ),
    "it is a web page": (
        Reply([b"<html>"], 200, {"Content-Type": "text/html; charset=utf-8"}),
        "text/html where a stream",
    ),
    "it does not stream": (
        Reply([b"{}"], 200, {"Content-Type": "application/json"}),
        "application/json where a stream",
    ),
    "it compresses": (
        Reply([b"x"], 200, {"Content-Encoding": "gzip"}),
        "compressed",
    ),
}
STREAMS = {
    "no JSON": (events("{nonsense"), "no JSON: '{nonsense'"),
    "deep JSON": (events("[" * 100_000), "no JSON"),
    "a list": (events("[1]"), "no object"),
    "an error within": (events(piece("a"), {"error": {"message": "CUDA broke"}}), "CUDA broke"),
    "no choices": (events(*[{"choices": []}] * 3, end(1, 4)), "sent no text"),
    "several answers": (
        events({"choices": [{"index": 0, "text": "a"}, {"index": 1, "text": "b"}]}),
        "several answers",
    ),
    "it breaks off": (events(piece("a"), piece("b"), done=False), "broke off after 2 pieces"),
    "no counts": (
        events(piece("a"), {"choices": [{"index": 0, "finish_reason": "length"}]}),
        "no usage",
    ),
    "a negative count": (events(piece("a"), end(1, -4)), "counts -4 completion_tokens"),
    "a count in words": (events(piece("a"), end("many", 4)), "counts many prompt_tokens"),
    "a count of true": (events(piece("a"), end(1, True)), "counts True"),
    "more than was asked": (events(piece("a"), end(1, 500)), "at most 4 were asked"),
    "more pieces than tokens": (events(*[piece("a")] * 4, end(1, 3)), "4 pieces of text"),
    "tokens without text": (
        events(piece("a"), end(1, 32)),
        "1 bytes of text, too few",
    ),
    "nothing at all": (events(end(1, 0)), "generated no token"),
    "no prompt": (events(*[piece("a")] * 4, end(0, 4)), "counts 0 tokens of the prompt"),
    "an event of a megabyte": (events(b"data: " + b"x" * 2_000_000 + b"\n\n"), "262144 byte limit"),
    "a line without end": (events(*[b"x" * 100_000] * 20), "262144 byte limit"),
    "bytes that are no text": (events(b"data: \xff\xfe\n\n"), "no JSON"),
    "pieces for ever": (endless, "where 1 tokens were asked for"),
    "empty events for ever": (empty_for_ever, "and no end"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_status_or_content_that_is_no_answer(name: str, home: Path) -> None:
    reply, told = ANSWERS[name]
    with serving(Scripted(lambda _: reply)) as server, pytest.raises(RunError) as raised:
        run(server.address, home, max_new_tokens=4)
    assert told in str(raised.value)


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_does_not_hold_together(name: str, home: Path) -> None:
    answer, told = STREAMS[name]
    tokens = 32 if name == "tokens without text" else 4
    began = time.monotonic()
    with serving(Scripted(answer)) as server, pytest.raises(RunError) as raised:
        run(server.address, home, max_new_tokens=tokens)
    assert told in str(raised.value)
    assert raised.value.kind is FailureKind.ERROR
    assert time.monotonic() - began < SLACK_S


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ((3.0, piece("a"), end(1, 4)), "no token within 1 s (first_token_s)"),
        ((piece("a"), 3.0, end(1, 4)), "nothing more for 0.5 s (stall_s) after 1 pieces"),
    ],
)
def test_a_server_that_stalls(parts: tuple[Event, ...], told: str, home: Path) -> None:
    began = time.monotonic()
    with serving(Scripted(events(*parts))) as server, pytest.raises(PhaseTimeout) as raised:
        run(server.address, home, max_new_tokens=4)
    assert told in str(raised.value)
    assert time.monotonic() - began < SLACK_S


def test_signs_of_life_are_no_tokens(home: Path) -> None:
    with serving(Scripted(beating)) as server, pytest.raises(PhaseTimeout, match="no token within"):
        run(server.address, home, max_new_tokens=4)


def test_where_a_server_sends_requests_on_to_is_never_asked(home: Path) -> None:
    with serving(Scripted()) as other:
        moved = Reply([b""], 308, {"Location": f"{other.address}/completions"})
        with serving(Scripted(lambda _: moved)) as server, pytest.raises(RunError, match="308"):
            run(server.address, home)
        assert other.headers == []


def test_nothing_listens(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(LoadFailed, match=f"Nothing listens at 127.0.0.1:{port}"):
        run(f"http://127.0.0.1:{port}/v1", home)


def test_a_name_that_there_is_not(home: Path) -> None:
    with pytest.raises(LoadFailed, match=r"name of nowhere\.invalid could not be resolved"):
        run("http://nowhere.invalid/v1", home)


def test_a_server_that_speaks_no_tls(home: Path) -> None:
    with serving(Scripted()) as server, pytest.raises(LoadFailed, match="TLS connection"):
        run(server.address.replace("http:", "https:"), home)


def test_an_address_without_the_interface(home: Path) -> None:
    with serving(Scripted()) as server, pytest.raises(LoadFailed, match=r"end in /v1"):
        run(server.address.removesuffix("/v1"), home)


def test_a_server_that_never_answers(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as quiet:
        port = quiet.getsockname()[1]
        with pytest.raises(PhaseTimeout, match="no token within"):
            run(f"http://127.0.0.1:{port}/v1", home)


def closing(listener: socket.socket) -> None:
    """Take connections, read a little, and close them."""
    with contextlib.suppress(OSError):
        while True:
            taken, _ = listener.accept()
            taken.recv(100)
            taken.close()


def test_a_server_that_hangs_up(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=closing, args=(listener,), daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        with pytest.raises(RunError, match="hung up before it answered"):
            run(f"http://127.0.0.1:{port}/v1", home)
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_an_idle_connection_that_was_closed_is_opened_again(home: Path) -> None:
    def close_after(_: dict[str, Any]) -> Reply:
        return Reply([*[piece("a")] * _["max_tokens"], end(1, _["max_tokens"])], hang_up=True)

    with serving(Scripted(close_after)) as server:
        run(server.address, home, max_new_tokens=4)
