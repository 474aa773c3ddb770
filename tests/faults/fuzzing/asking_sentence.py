"""A question in constraints: understood and shown back, or refused by its words."""

from contextlib import suppress

from core.analysis.deciding.asking.sentence import read_ask
from core.analysis.deciding.asking.words import BEST, EXAMPLES, KNOWN, LEAST, MOST
from core.errors import RequestError
from tests.faults.fuzzing.target import Target

WORDS = (*KNOWN, *LEAST, *MOST, *BEST, "at most", "between", " and ", "ms", "GB", "$", "not",
         " or ", "on the gpu", "batch 8", "int8", "per million tokens", "<=", "1,000",
         "1,5")  # fmt: skip


def feed(data: bytes) -> None:
    """Read the sentence, and what was understood once more in its own words."""
    with suppress(RequestError):
        ask = read_ask(data.decode(errors="surrogateescape"))
        _ = [str(part) for part in (*ask.constraints, *ask.conditions)]
        assert ask.goal in KNOWN


SEEDS = tuple(example.encode() for example in EXAMPLES)
TARGET = Target("asking_sentence", feed, SEEDS, WORDS, longest=1200, soak_runs=60_000)
