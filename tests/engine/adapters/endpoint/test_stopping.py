"""Stop strings: sent on, and believed to have been heeded only where the text says so."""

from typing import Any

import pytest

from core.errors import UnsupportedRun
from tests.engine.adapters.endpoint.starting import Start
from tests.scripted_server import Reply, Scripted, end, piece


def saying(*texts: str, finish: str = "stop") -> Scripted:
    """A server that answers in these pieces of text."""

    def answer(body: dict[str, Any]) -> Reply:
        said = texts if body["max_tokens"] > 1 else ("a",)
        return Reply([*map(piece, said), end(1, len(said), finish)])

    return Scripted(answer)


ASKED = {"prompt": "a", "stop": "natural", "max_new_tokens": 8, "stop_strings": ("stop", "END")}


def test_stop_strings_are_sent_on(start: Start) -> None:
    server = saying("a", "b")
    start(server, **ASKED).headline()
    assert server.asked[-1]["stop"] == ["stop", "END"]


@pytest.mark.parametrize(
    "texts",
    [
        ("one", " two"),
        ("one", " END"),
        ("one", " E", "ND"),
        ("one", " END, and"),
        ("one", " two", " E"),
    ],
)
def test_an_answer_that_ends_with_the_token_of_a_stop_string(
    texts: tuple[str, ...], start: Start
) -> None:
    assert start(saying(*texts), **ASKED).headline()[1] == len(texts)


@pytest.mark.parametrize(
    "texts",
    [
        ("one", " END", " two"),
        ("one E", "ND", " two", " three"),
        ("END", " stop"),
        ("one END" + " and on" * 20,),
    ],
)
def test_a_server_that_goes_on_behind_a_stop_string(texts: tuple[str, ...], start: Start) -> None:
    runner = start(saying(*texts, finish="length"), **ASKED)
    with pytest.raises(UnsupportedRun, match="behind the stop string 'END'") as raised:
        runner.headline()
    assert raised.value.field == "stop_strings"
