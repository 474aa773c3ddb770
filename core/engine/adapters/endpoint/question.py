"""What is sent to a server: which of its two interfaces, and in which dialect.

Servers differ in how they are told to generate an exact number of tokens and to keep nothing from
earlier prompts. A dialect is a row here; which one a server takes is tried, not guessed.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Prompt = str | tuple[int, ...]


class Route(StrEnum):
    """The interface that is asked, as the path below the address. `completions` continues a prompt
    as it is, like the other engines; `chat` puts it into the model's chat template first.
    """

    COMPLETIONS = "completions"
    CHAT = "chat/completions"


@dataclass(frozen=True)
class Question:
    """One request: continue the prompt by at most `new_tokens`, exactly so many where `exact`.
    `salt` is of this request alone.
    """

    model: str
    prompt: Prompt
    new_tokens: int
    exact: bool
    stop: tuple[str, ...] = ()
    salt: str = ""


@dataclass(frozen=True)
class Dialect:
    """What is added to the plain request. `forces_length` tells whether it asks for an exact number
    of tokens, which a server may still overlook; `reads_anew` names the servers that are known to
    read each prompt anew when they are asked so.
    """

    name: str
    forces_length: bool
    added: Callable[[Question], dict[str, Any]]
    routes: tuple[Route, ...] = tuple(Route)
    reads_anew: tuple[str, ...] = ()


def _inference_server(question: Question) -> dict[str, Any]:
    """vLLM, SGLang and llama-server: no early end, no reuse of prompts, a count in each piece."""
    length = {"min_tokens": question.new_tokens, "ignore_eos": True} if question.exact else {}
    counts = {"include_usage": True, "continuous_usage_stats": True}
    fresh = {"cache_salt": question.salt, "cache_prompt": False}
    return {**length, **fresh, "stream_options": counts}


def _transformers(question: Question) -> dict[str, Any]:
    """`transformers serve`: its own settings as JSON in a string."""
    settings: dict[str, Any] = {"max_new_tokens": question.new_tokens, "do_sample": False}
    if question.exact:
        settings["min_new_tokens"] = question.new_tokens
    return {"generation_config": json.dumps(settings)}


def _renamed_limit(question: Question) -> dict[str, Any]:
    """Newer hosted models refuse max_tokens under its old name."""
    return {"max_tokens": None, "max_completion_tokens": question.new_tokens}


DIALECTS = (
    Dialect(
        "min_tokens and ignore_eos",
        True,
        _inference_server,
        reads_anew=("vllm", "sglang", "llamacpp"),
    ),
    Dialect("generation_config", True, _transformers, reads_anew=("uvicorn",)),
    Dialect("plain", False, lambda _: {}),
    Dialect("max_completion_tokens", False, _renamed_limit, routes=(Route.CHAT,)),
)


def dialects(route: Route, exact: bool) -> tuple[Dialect, ...]:
    """The dialects to try in turn. Where no exact length is asked for, transformers' own settings
    would only take the place of the model's.
    """
    return tuple(
        dialect
        for dialect in DIALECTS
        if route in dialect.routes and (exact or dialect.added is not _transformers)
    )


def body(question: Question, route: Route, dialect: Dialect) -> dict[str, Any]:
    """The JSON of a request: streamed, greedy, and counted by the server."""
    plain: dict[str, Any] = {
        "model": question.model,
        "max_tokens": question.new_tokens,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
        **_prompt(question.prompt, route),
    }
    if question.stop:
        plain["stop"] = list(question.stop)
    whole = {**plain, **dialect.added(question)}
    return {name: value for name, value in whole.items() if value is not None}


def _prompt(prompt: Prompt, route: Route) -> dict[str, Any]:
    if route is Route.COMPLETIONS:
        return {"prompt": prompt if isinstance(prompt, str) else list(prompt)}
    return {"messages": [{"role": "user", "content": prompt}]}
