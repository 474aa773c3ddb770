"""Reaching a server: which of its addresses, how far it is, and for how long that may take."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from core.engine.adapters.endpoint.connection import Connection
from core.engine.adapters.endpoint.network import ROUND_TRIPS, round_trips
from core.engine.adapters.endpoint.secret import Secret
from core.engine.cancellation import Cancellation
from core.errors import LoadFailed, RunCancelled
from core.variants.endpoints import Endpoint
from core.variants.spec import Workload
from tests.engine.adapters.endpoint.starting import adapter_of
from tests.scripted_server import Scripted, serving

NAME = "http://server.test/v1"


@pytest.fixture
def unending_look_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Looking up any name takes until the test is over."""
    over = threading.Event()

    def look_up(*_: Any, **__: Any) -> list[Any]:
        over.wait()
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setenv("TRADEOFFS_ENDPOINTS", NAME)
    yield
    over.set()


def connection_to(address: str) -> Connection:
    """To a server without a key."""
    return Connection(Endpoint(address=address), Secret())


def two_addresses(_: Any, port: int, **__: Any) -> list[Any]:
    """What a name stands for that is an IPv6 address first, where nothing listens."""
    v6 = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0))
    return [v6, (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


def test_the_first_address_that_answers_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Scripted()) as server:
        address = server.address.replace("127.0.0.1", "server.test")
        monkeypatch.setenv("TRADEOFFS_ENDPOINTS", address)
        monkeypatch.setattr(socket, "getaddrinfo", two_addresses)
        with closing(adapter_of(address)) as adapter:
            adapter.load(lambda _: None)
            runner = adapter.runner(Workload(prompt="a", max_new_tokens=2), Cancellation())
            runner.step()
    assert len(runner.endpoint().round_trip_s) == ROUND_TRIPS


def test_where_no_address_answers_the_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setattr(socket, "getaddrinfo", two_addresses)
    refused = pytest.raises(LoadFailed, match=rf"Nothing listens at server\.test:{port}")
    with closing(connection_to(f"http://server.test:{port}/v1")) as one, refused:
        one.run(round_trips(one.endpoint))


def test_the_network_is_measured_for_each_workload(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Scripted()) as server:
        monkeypatch.setenv("TRADEOFFS_ENDPOINTS", server.address)
        with closing(adapter_of(server.address)) as adapter:
            adapter.load(lambda _: None)
            runners = [adapter.runner(Workload(prompt="a"), Cancellation()) for _ in range(2)]
            first, second = (runner.endpoint().round_trip_s for runner in runners)
    assert len(first) == len(second) == ROUND_TRIPS
    assert first != second


@pytest.mark.usefixtures("unending_look_up")
def test_a_name_that_is_looked_up_for_ever_does_not_hold_up_a_stop() -> None:
    cancellation = Cancellation()
    cancellation.begin("run")
    began = time.monotonic()
    with closing(adapter_of(NAME)) as adapter:
        adapter.load(lambda _: None)
        threading.Timer(0.1, cancellation.cancel, ["run"]).start()
        with pytest.raises(RunCancelled):
            adapter.runner(Workload(prompt="a"), cancellation)
    assert time.monotonic() - began < 2


@pytest.mark.usefixtures("unending_look_up")
def test_a_name_is_looked_up_for_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engine.adapters.endpoint.network.RESOLVE_S", 0.05)
    late = pytest.raises(LoadFailed, match=r"name of server\.test could not be resolved within")
    with closing(connection_to(NAME)) as one, late:
        one.run(round_trips(one.endpoint))
