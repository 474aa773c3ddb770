"""What a server streams back, event by event: pieces of text with their times, counts, the end.

Everything in here comes from a stranger: what does not hold together ends the run with a reason.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import RunError

LARGEST_TEXT = 1_000_000
TEXTS = ("content", "reasoning_content", "reasoning")
SHOWN = 200


class Garbage(RunError):
    """The server answered something that is no answer; the message says what."""


@dataclass(frozen=True)
class Piece:
    """A piece of text, and when it was there, in seconds on the answer's clock. `tokens` are those
    of the whole answer so far, where the server counts them in each piece.
    """

    at_s: float
    text: str
    tokens: int | None = None


@dataclass(frozen=True)
class Usage:
    """Tokens as the server counts them. `cached` of the prompt it had from an earlier one; None
    where it does not say.
    """

    prompt: int
    completion: int
    cached: int | None = None


@dataclass
class Answer:
    """One answer as it comes in. `most_tokens` is what was asked for."""

    most_tokens: int
    pieces: list[Piece] = field(default_factory=list)
    usage: Usage | None = None
    finish: str | None = None
    finish_s: float = 0.0
    done: bool = False
    _characters: int = 0

    @property
    def text(self) -> str:
        """All text so far."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def complete(self) -> bool:
        """Whether the server said that this is all."""
        return self.done or self.finish is not None

    def take(self, data: str, at_s: float) -> None:
        """Take in the data of one event. Raises Garbage."""
        if data.strip() == "[DONE]":
            self.done = True
            self.finish_s = self.finish_s or at_s
            return
        event = _event(data)
        usage = _usage(event.get("usage"))
        self.usage = usage or self.usage
        for choice in _choices(event):
            self._take_text(_text_of(choice), at_s, usage)
            finish = choice.get("finish_reason")
            if isinstance(finish, str):
                self.finish, self.finish_s = finish[:SHOWN], at_s

    def _take_text(self, text: str, at_s: float, usage: Usage | None) -> None:
        if not text:
            return
        self._characters += len(text)
        self.pieces.append(Piece(at_s, text, usage.completion if usage else None))
        if len(self.pieces) > 4 * self.most_tokens + 64 or self._characters > LARGEST_TEXT:
            raise Garbage(
                f"The server went on after {len(self.pieces)} pieces of text with "
                f"{self._characters} characters, where {self.most_tokens} tokens were asked for."
            )


def _event(data: str) -> Mapping[str, Any]:
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        raise Garbage(f"The server sent an event that is no JSON: {data[:SHOWN]!r}.") from None
    if not isinstance(event, dict):
        raise Garbage(f"The server sent an event that is no object: {data[:SHOWN]!r}.")
    if event.get("error"):
        raise Garbage(f"The server ended the answer: {error_text(event)}")
    return event


def error_text(answered: object) -> str:
    """What an error's JSON says, in at most a line: the several ways in which servers write it."""
    inner = answered
    while isinstance(inner, dict):
        named = (inner.get(name) for name in ("error", "message", "detail", "error_message"))
        inner = next((value for value in named if value), json.dumps(inner))
    return " ".join(str(inner)[: 5 * SHOWN].split())[:SHOWN]


def _usage(told: object) -> Usage | None:
    """The counts of an event; None where it has none, or only one of the two."""
    if not isinstance(told, dict):
        return None
    prompt, completion = told.get("prompt_tokens"), told.get("completion_tokens")
    if prompt is None or completion is None:
        return None
    details = told.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return Usage(
        _count(prompt, "prompt_tokens"),
        _count(completion, "completion_tokens"),
        None if cached is None else _count(cached, "cached_tokens"),
    )


def _count(value: object, name: str) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10**9:
        raise Garbage(f"The server counts {str(value)[:SHOWN]} {name}, which is no count.")
    return value


def _choices(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    choices = event.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(one, dict) for one in choices):
        raise Garbage("The server sent choices that are no list of objects.")
    if len(choices) > 1 or any(one.get("index") not in (0, None) for one in choices):
        raise Garbage("The server sent several answers where one was asked for.")
    return choices


def _text_of(choice: Mapping[str, Any]) -> str:
    """The text of a piece, of either interface; thinking aloud is text that was generated too."""
    delta = choice.get("delta")
    told = delta if isinstance(delta, dict) else {}
    parts = [choice.get("text"), *(told.get(name) for name in TEXTS)]
    texts = [part for part in parts if part is not None]
    if not all(isinstance(text, str) for text in texts):
        raise Garbage("The server sent a text that is no text.")
    return "".join(dict.fromkeys(texts))
