"""A parser under fire: it takes any bytes, and whatever it raises but its own error is a crash."""

import atexit
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.fuzzing.mutation import mutated_bytes

LONGEST_S = 1.0
"""Of processor time: an input that takes a parser longer is a hang."""
ENDED_AFTER_S = 5.0
"""What would run for ever is ended then, so that the fuzzer can write the input down."""


class Hang(AssertionError):
    """An input took a parser more than a second of processor time."""


@dataclass(frozen=True)
class Target:
    """`feed` hands bytes to the parser and swallows only the errors that it documents. Inputs grow
    from the `seeds`, in all ways that `mutate` and the fuzzer know; `words` are what the parser
    has an eye for. `soak_runs` inputs are tried by `make soak`.
    """

    name: str
    feed: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    words: tuple[str, ...] = ()
    mutate: Callable[[bytes, random.Random], bytes] = mutated_bytes
    longest: int = 4096
    soak_runs: int = 100_000

    def fire(self, data: bytes) -> None:
        """One input; raises what is a crash, and Hang."""
        began_s = time.process_time()
        with _ended_after(ENDED_AFTER_S):
            self.feed(data)
        took_s = time.process_time() - began_s
        if took_s > LONGEST_S:
            raise Hang(f"{took_s:.1f} s of processor time for {len(data)} bytes")


@contextmanager
def _ended_after(seconds: float) -> Iterator[None]:
    """Raise Hang in what runs longer, in seconds of processor time; in the main thread only."""
    before = signal.signal(signal.SIGVTALRM, _end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _end(*_: object) -> None:
    raise Hang(f"it was still not done after {ENDED_AFTER_S:.0f} s of processor time")


def scratch_folder() -> Path:
    """A folder for files that a parser reads, which goes with the process."""
    folder = Path(tempfile.mkdtemp(prefix="fuzzing-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
