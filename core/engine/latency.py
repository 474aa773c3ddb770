"""Measures latency: warm-up on the very same shape, then headline and step repeats in turns."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from core.engine.compiling import compile_counts
from core.engine.device import timed
from core.engine.generate import Generation
from core.engine.host import clock_mhz
from core.engine.instruments import ForwardCounter, StampTokens

SETTLED_RUNS = 3
SETTLED_WITHIN = 0.05
WARMUP_CAP_S = 60.0
STEP_REPEATS = 5

Tell = Callable[[int, int | None], None]


@dataclass(frozen=True)
class WarmUp:
    """Seconds of each warm-up run, and whether the last three lay within 5 %."""

    seconds: tuple[float, ...]
    settled: bool


@dataclass(frozen=True)
class Passes:
    """Seconds of each headline repeat, the times of each token in each step repeat, the real tokens
    of all rows in each, and the clock just after the first and the last headline repeat; None
    where it cannot be read.
    """

    e2e_s: list[float] = field(default_factory=list)
    e2e_tokens: list[int] = field(default_factory=list)
    token_s: list[tuple[float, ...]] = field(default_factory=list)
    step_tokens: list[int] = field(default_factory=list)
    clock_mhz: list[float | None] = field(default_factory=list)

    def headline(self, seconds: float, tokens: int) -> None:
        """Keep a headline repeat."""
        self.e2e_s.append(seconds)
        self.e2e_tokens.append(tokens)

    def step(self, seconds: tuple[float, ...], tokens: int) -> None:
        """Keep a step repeat."""
        self.token_s.append(seconds)
        self.step_tokens.append(tokens)


@dataclass(frozen=True)
class FirstRun:
    """Seconds of the first run of a shape, and whether it compiled anything."""

    seconds: float
    compiled: bool


def first_run(generation: Generation) -> FirstRun:
    """Run a shape that has not run before."""
    before = compile_counts()
    seconds, _ = timed(generation.device, generation.run)
    return FirstRun(seconds, compiled=compile_counts().since(before).graphs > 0)


def warm_up(generation: Generation, most_runs: int, tell: Tell) -> WarmUp:
    """Run until three in a row lie within 5 %, at most `most_runs` times or about 60 s."""
    seconds: list[float] = []
    start = time.perf_counter()
    while len(seconds) < most_runs and time.perf_counter() - start < WARMUP_CAP_S:
        tell(len(seconds), None)
        seconds.append(timed(generation.device, generation.run)[0])
        if settled(seconds):
            break
    return WarmUp(tuple(seconds), settled(seconds))


def settled(seconds: Sequence[float]) -> bool:
    """Whether the last three lie within 5 % of the fastest of them."""
    last = seconds[-SETTLED_RUNS:]
    return len(last) == SETTLED_RUNS and max(last) <= min(last) * (1 + SETTLED_WITHIN)


def both_passes(generation: Generation, repeats: int, tell: Tell) -> Passes:
    """Headline and step repeats in turns: H S S H H S S H …, and then the rest of the headline's.

    A machine that drifts then slows both alike, and the gap between them is the instruments'.
    """
    passes = Passes()
    for repeat in range(repeats):
        tell(repeat, repeats)
        stamped = repeat < STEP_REPEATS
        if stamped and repeat % 2:
            passes.step(*step_repeat(generation))
        passes.headline(*headline_repeat(generation))
        if repeat in (0, repeats - 1):
            passes.clock_mhz.append(clock_mhz(generation.device))
        if stamped and not repeat % 2:
            passes.step(*step_repeat(generation))
    return passes


def headline_repeat(generation: Generation) -> tuple[float, int]:
    """Seconds of a generation without instruments, and the real tokens of all its rows."""
    elapsed, sequences = timed(generation.device, generation.run)
    return elapsed, sum(generation.count_new(sequences))


def step_repeat(generation: Generation) -> tuple[tuple[float, ...], int]:
    """Seconds from the start of a generation to each of its tokens, and the real tokens of all
    its rows.
    """
    device, guesses = generation.device, generation.guesses
    with ForwardCounter(generation.loaded if guesses else None) as counter:
        passes = counter.passes if guesses else None
        instrument = StampTokens(generation.workload.batch_size, device, passes)
        device.synchronise()
        start = device.stamp()
        sequences = generation.run(instrument)
    seconds = instrument.seconds(start, generation.inputs.prompt_tokens)
    return seconds, sum(generation.count_new(sequences))
