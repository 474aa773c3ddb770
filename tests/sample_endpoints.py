"""What a result tells of a server that generated."""

from typing import Any

from core.results.observed import EndpointFacts


def endpoint_facts(**changes: Any) -> EndpointFacts:
    """A server on another machine that behaves well; `changes` replace single facts."""
    facts: dict[str, Any] = {
        "address": "http://lab.example:8000/v1",
        "host": "lab.example:8000",
        "is_this_machine": False,
        "server": "vllm 0.11.0",
        "served_models": ("gpt2",),
        "round_trip_s": (0.004, 0.002, 0.002, 0.003, 0.002),
        "route": "completions",
        "dialect": "min_tokens and ignore_eos",
        "prompt_form": "token ids",
        "pieces": 160,
        "tokens": 160,
        "is_spread": False,
        "prompt_tokens": 40,
    }
    return EndpointFacts(**{**facts, **changes})
