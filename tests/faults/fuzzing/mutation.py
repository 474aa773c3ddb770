"""Inputs that are nearly right: bytes changed anywhere, and JSON changed where a value stands.

A fuzzer that flips bytes seldom gets past a JSON reader; these get as far as the fields behind it.
"""

import copy
import json
import random
from typing import Any

ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, -1e308, 10**30, -(10**30), float("nan"),
    float("inf"), "", "\0", "\ud800", "é", "x" * 300, "nan", "1e999", "9" * 400, "=1+1", "\n",
    [], {}, [[]], [None], {"": None}, {"type": "run"}, "2026-03-01T09:00:00Z",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
)  # fmt: skip
ODD_BYTES = (
    b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b'"', b"'", b"\\", b"\r\n", b"\n\n", b",", b";",
    b"\t", b"=", b"-", b"9" * 30, b"1e999", b"nan", b"inf", b"[" * 50, b"[" * 2000, b"{" * 50,
    b"(" * 50, b"a" * 300, "\u2028\ufeff\u200b\u0661".encode(), b"\xed\xa0\x80", b":", b"%00", b"+",
    b" " * 99,
)  # fmt: skip
MOST_STEPS = 4


def mutated_bytes(data: bytes, draw: random.Random) -> bytes:
    """The data with some bytes or words put in, left out, repeated or moved."""
    for _ in range(draw.randint(1, MOST_STEPS)):
        at, end = sorted(draw.randint(0, len(data)) for _ in range(2))
        piece = data[at : min(end, at + 64)]
        data = draw.choice((
            data[:at] + draw.choice(ODD_BYTES) + data[at:],
            data[:at] + data[at + len(piece) :],
            data[:at] + piece * draw.randint(2, 5) + data[at:],
            data[:at] + bytes([draw.randrange(256)]) + data[at + 1 :],
            data[end:] + data[:at],
        ))  # fmt: skip
    return data


def mutated_json(data: bytes, draw: random.Random) -> bytes:
    """The same JSON with a value changed, left out, doubled or put elsewhere; bytes where it is
    none, and now and then where it is.
    """
    if draw.random() < 0.2:
        return mutated_bytes(data, draw)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return mutated_bytes(data, draw)
    return json.dumps(mutated_value(value, draw)).encode()


def mutated_value(value: Any, draw: random.Random) -> Any:
    """A JSON value with some of its parts changed, in place."""
    for _ in range(draw.randint(1, MOST_STEPS)):
        places = [(None, None), *_places(value)]
        inside, key = draw.choice(places) if draw.random() < 0.97 else places[0]
        if inside is None:
            value = draw.choice((value, value, value, _odd(draw)))
            continue
        _change(inside, key, draw)
    return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Where a value stands: what it is in, and under which key."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one)) if _is_list(one) else ()
        found += [(one, key) for key in keys]
        waiting += [one[key] for key in keys if isinstance(one[key], dict | list)]
    return found


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _change(inside: Any, key: Any, draw: random.Random) -> None:
    step = draw.randrange(5)
    if step == 0:
        del inside[key]
    elif step == 1 and isinstance(inside, dict):
        inside[draw.choice(("type", "", "x", "\ud800", str(key).upper()))] = inside.pop(key)
    elif step == 2 and _is_list(inside):
        inside.insert(key, inside[key])
    elif step == 3 and isinstance(inside[key], int | float):
        inside[key] = inside[key] * draw.choice((-1, 2, 0.5, 10**6)) + draw.choice((0, 1, -1))
    else:
        inside[key] = _odd(draw)


def _odd(draw: random.Random) -> Any:
    return copy.deepcopy(draw.choice(ODD_VALUES))
