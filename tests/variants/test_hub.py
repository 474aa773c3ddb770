"""Whether the hub is in reach is told within a second, and its cache is found where it is."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.variants import hub


@pytest.fixture(autouse=True)
def _online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    for name in ("TRANSFORMERS_OFFLINE", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(hub, "_probes", {})


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this machine where somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_host_that_takes_a_connection_is_in_reach(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    assert hub.hub_in_reach()
    assert hub.hub_host() == "127.0.0.1"


def test_a_closed_port_is_not_and_the_answer_holds(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = port + 1 if port < 65_000 else port - 1
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{closed}")
    assert not hub.hub_in_reach()
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("asked again"))
    assert not hub.hub_in_reach()


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_offline_is_out_of_reach_without_asking(
    port: int, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setenv(variable, "1")
    assert not hub.hub_in_reach()


def test_nobody_waits_longer_than_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: Any, **__: Any) -> Any:
        time.sleep(3)
        raise OSError

    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    monkeypatch.setattr(socket, "create_connection", hang)
    start = time.monotonic()
    assert not hub.hub_in_reach()
    assert not hub.hub_in_reach()
    assert time.monotonic() - start < 1.5


def test_a_proxy_is_what_must_be_in_reach(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    assert hub.hub_in_reach()


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"HF_HUB_CACHE": "/a"}, "/a"),
        ({"HF_HOME": "/b"}, "/b/hub"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/huggingface/hub"),
    ],
)
def test_the_cache_is_where_the_hubs_client_has_it(
    variables: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert hub.cache_folder() == Path(folder)


@pytest.mark.parametrize(
    ("name", "loaded"),
    [
        ("model.safetensors", True),
        ("tokenizer.json", True),
        ("merges.txt", True),
        ("pytorch_model.bin", False),
        ("modeling_x.py", False),
        ("consolidated.safetensors", False),
        ("onnx/config.json", False),
        ("README.md", False),
    ],
)
def test_weights_and_plain_text_are_loaded_and_nothing_else(name: str, loaded: bool) -> None:
    assert hub.is_loaded(name) is loaded
