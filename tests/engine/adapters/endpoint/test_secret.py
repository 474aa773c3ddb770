"""A key goes to its server and nowhere else, even where the server sends it back."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from core.engine.adapters.endpoint.endpoint import EndpointAdapter
from core.engine.adapters.endpoint.runner import EndpointRunner
from core.engine.adapters.endpoint.secret import HIDDEN, Secret, secret_of
from core.engine.cancellation import Cancellation
from core.errors import LoadFailed, RunError
from core.variants.endpoints import Endpoint, KeySource
from core.variants.spec import VariantSpec, Workload
from tests.scripted_server import Reply, Scripted, end, error, piece, serving

KEY = "sk-planted-9f8e7d6c5b4a"


Start = Callable[[Scripted], EndpointRunner]


@pytest.fixture
def start(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a server whose key is planted in the environment, and make a workload ready on it."""
    with ExitStack() as stack:

        def begin(scripted: Scripted) -> EndpointRunner:
            server = stack.enter_context(serving(scripted))
            home.mkdir(parents=True)
            settings = f'[lab]\naddress = "{server.address}"\nkey = {{ env = "LAB_KEY" }}\n'
            (home / "endpoints.toml").write_text(settings)
            monkeypatch.setenv("LAB_KEY", f"{KEY}\n")
            variant = VariantSpec(engine="openai", endpoint=server.address, model="m")
            adapter = EndpointAdapter(variant)
            stack.callback(adapter.close)
            adapter.load(lambda _: None)
            return adapter.runner(Workload(prompt="a", max_new_tokens=2), Cancellation())

        yield begin


def test_the_key_is_sent(start: Start) -> None:
    server = Scripted()
    start(server).headline()
    assert {headers.get("Authorization") for headers in server.headers} == {f"Bearer {KEY}"}


@pytest.mark.parametrize(
    "said",
    [
        f"bad request with Bearer {KEY}",
        f"Incorrect API key provided: {KEY[:12]}***",
        f"a%20{KEY}%20b",
        f"Authorization:Bearer{KEY}",
    ],
)
@pytest.mark.parametrize("status", [400, 401, 429])
def test_an_error_that_repeats_the_key(said: str, status: int, start: Start) -> None:
    with pytest.raises(RunError) as raised:
        start(Scripted(lambda _: error(status, said)))
    told = [str(raised.value), repr(raised.value), repr(raised.value.__cause__)]
    assert not any(part in text for text in told for part in (KEY, KEY[3:12]))


def test_an_answer_that_repeats_the_key(start: Start) -> None:
    def answer(body: dict[str, Any]) -> Reply:
        if body["max_tokens"] == 1:
            return Reply([piece("a"), end(1, 1)])
        return Reply([piece(f"key {KEY[:9]}"), piece(KEY[9:]), end(1, 2, f"stopped by {KEY}")])

    runner = start(Scripted(answer))
    runner.step()
    parts = (runner.describe(), runner.effective(), runner.endpoint())
    stored = json.dumps([part.model_dump(mode="json") for part in parts])
    assert parts[0].text == f"key {HIDDEN}"
    assert not any(part in stored for part in (KEY, KEY[:9], KEY[9:]))


@pytest.mark.parametrize("stream", [f"nonsense {KEY}", json.dumps({"error": f"no {KEY}"})])
def test_garbage_that_repeats_the_key(stream: str, start: Start) -> None:
    with pytest.raises(RunError) as raised:
        start(Scripted(lambda _: Reply([stream])))
    assert KEY not in str(raised.value)


def test_a_key_that_cannot_be_sent_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_KEY", "two words")
    endpoint = Endpoint(address="http://127.0.0.1/v1", key=KeySource(env="LAB_KEY"))
    with pytest.raises(LoadFailed, match="LAB_KEY") as raised:
        secret_of(endpoint)
    assert "two words" not in str(raised.value)


def test_what_is_no_key_stays() -> None:
    assert Secret(KEY).hide("an ordinary answer, of planted trees") == (
        "an ordinary answer, of [key] trees"
    )
    assert Secret("").hide("text") == Secret("ab").hide("text") == "text"
    assert KEY not in repr(Secret(KEY))
