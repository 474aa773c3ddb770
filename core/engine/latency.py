"""Measures latency: warm-up on the very same shape, then headline and step repeats in turns.

The same for every engine: it times a `Runner` and knows nothing of what runs.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from core.engine.adapters.adapter import Runner
from core.results.measured import Samples

SETTLED_RUNS = 3
SETTLED_WITHIN = 0.05
WARMUP_CAP_S = 60.0
STEP_REPEATS = 5

Tell = Callable[[int, int | None], None]
ReadClock = Callable[[], float | None]


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


def warm_up(runner: Runner, most_runs: int, tell: Tell) -> WarmUp:
    """Run until three in a row lie within 5 %, at most `most_runs` times or about 60 s."""
    seconds: list[float] = []
    start = time.perf_counter()
    while len(seconds) < most_runs and time.perf_counter() - start < WARMUP_CAP_S:
        tell(len(seconds), None)
        seconds.append(runner.headline()[0])
        if settled(seconds):
            break
    return WarmUp(tuple(seconds), settled(seconds))


def settled(seconds: Sequence[float]) -> bool:
    """Whether the last three lie within 5 % of the fastest of them."""
    last = seconds[-SETTLED_RUNS:]
    return len(last) == SETTLED_RUNS and max(last) <= min(last) * (1 + SETTLED_WITHIN)


def both_passes(runner: Runner, repeats: int, tell: Tell, read_clock: ReadClock) -> Passes:
    """Headline and step repeats in turns: H S S H H S S H …, and then the rest of the headline's.

    A machine that drifts then slows both alike, and the gap between them is the instruments'.
    """
    passes = Passes()
    for repeat in range(repeats):
        tell(repeat, repeats)
        stamped = repeat < STEP_REPEATS
        if stamped and repeat % 2:
            passes.step(*runner.step())
        passes.headline(*runner.headline())
        if repeat in (0, repeats - 1):
            passes.clock_mhz.append(read_clock())
        if stamped and not repeat % 2:
            passes.step(*runner.step())
    return passes


def samples_of(warm: WarmUp, passes: Passes) -> Samples:
    """Both as a result keeps them."""
    return Samples(
        warmup_s=warm.seconds,
        warmup_settled=warm.settled,
        e2e_s=tuple(passes.e2e_s),
        token_s=tuple(passes.token_s),
        e2e_tokens=tuple(passes.e2e_tokens),
        step_tokens=tuple(passes.step_tokens),
        clock_mhz=tuple(clock for clock in passes.clock_mhz if clock),
    )
