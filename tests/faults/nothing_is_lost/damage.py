"""Ways to damage a history, and what can be read of it then."""

import random
from collections.abc import Callable

from core.results.history import History

PAGE = 4096
Damage = Callable[[bytes, random.Random], bytes]


def torn_page(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) // PAGE) * PAGE
    return data[:at] + chance.randbytes(PAGE) + data[at + PAGE :]


def zeroed_page(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) // PAGE) * PAGE
    return data[:at] + bytes(PAGE) + data[at + PAGE :]


def torn_somewhere(data: bytes, chance: random.Random) -> bytes:
    """Some bytes in the middle of whatever stood there."""
    at = chance.randrange(PAGE, len(data) - 300)
    return data[:at] + chance.randbytes(300) + data[at + 300 :]


def cut_off(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) // 2, len(data))]


def cut_anywhere(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(1, len(data))]


def readable(history: History) -> int:
    """How many runs can be read in full; each is as it was stored."""
    full = history.in_full([row.run_id for row in history.rows()])
    for run in full.runs:
        assert run.outcome is not None
        assert run.outcome.run_id == run.run_id
    return len(full.runs)
