"""Measures latency: warm-up on the very same shape, a pass without instruments, a step pass."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.engine.compiling import compile_counts
from core.engine.device import timed
from core.engine.generate import Generation, StampTokens

SETTLED_RUNS = 3
SETTLED_WITHIN = 0.05
WARMUP_CAP_S = 60.0
STEP_REPEATS = 3

Tell = Callable[[int, int | None], None]


@dataclass(frozen=True)
class WarmUp:
    """Seconds of each warm-up run, and whether the last three lay within 5 %."""

    seconds: tuple[float, ...]
    settled: bool


def first_run(generation: Generation) -> tuple[float, bool]:
    """Seconds of the first run of a shape, and whether it compiled anything."""
    before = compile_counts()
    seconds, _ = timed(generation.device, generation.run)
    return seconds, compile_counts().since(before).graphs > 0


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


def headline_pass(generation: Generation, repeats: int, tell: Tell) -> tuple[float, ...]:
    """Seconds of each repeat of a generation without instruments; checks each token count."""
    seconds = []
    for repeat in range(repeats):
        tell(repeat, repeats)
        elapsed, sequences = timed(generation.device, generation.run)
        generation.count_new(sequences)
        seconds.append(elapsed)
    return tuple(seconds)


def step_pass(generation: Generation, repeats: int) -> tuple[tuple[float, ...], ...]:
    """Seconds from the start to each token, for up to three repeats."""
    return tuple(_stamped(generation) for _ in range(min(repeats, STEP_REPEATS)))


def _stamped(generation: Generation) -> tuple[float, ...]:
    device = generation.device
    instrument = StampTokens(generation.workload.batch_size, device)
    device.synchronise()
    start = device.stamp()
    generation.run(instrument)
    return device.seconds_since(start, instrument.stamps)
