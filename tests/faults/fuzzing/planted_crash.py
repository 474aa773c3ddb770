"""A parser with a crash in it, so that it can be seen that the fuzzer finds one."""

from tests.faults.fuzzing.target import Target


class PlantedCrash(Exception):
    """What the fuzzer is to find."""


def feed(data: bytes) -> None:
    """Fails on a word, letter by letter, so that coverage leads to it."""
    if data[:1] == b"b" and data[1:2] == b"u" and data[2:3] == b"g":
        raise PlantedCrash


TARGET = Target("planted_crash", feed, (b"aaa",), longest=8, soak_runs=1)
