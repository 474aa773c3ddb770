"""The trust grade: how far a result can be relied on, each reason named."""

from collections.abc import Iterator

from core.results.statistics import median, spread
from core.results.types import DeviceState, Effective, Grade, Samples, Trust

FEWEST_REPEATS = 5
WIDE_SPREAD = 0.15
VERY_WIDE_SPREAD = 0.40
FOREIGN_SHARE = 0.10
HEAVY_FOREIGN_SHARE = 0.30
LARGE_OVERHEAD = 0.10


def trust_of(samples: Samples, effective: Effective, after: DeviceState) -> Trust:
    """Grade A without a reason against it; otherwise the worst grade that a reason gives."""
    found = [*_doubts_of_samples(samples), *_doubts_of_machine(effective, after)]
    worst = max((grade for grade, _ in found), default=Grade.A)
    return Trust(grade=worst, reasons=tuple(reason for _, reason in found))


def _doubts_of_samples(samples: Samples) -> Iterator[tuple[Grade, str]]:
    count = len(samples.e2e_s)
    if count < FEWEST_REPEATS:
        yield Grade.C, f"Only {count} repeats; an interval needs {FEWEST_REPEATS}."
    if not samples.warmup_settled:
        runs = len(samples.warmup_s)
        yield Grade.B, f"Warm-up did not settle: no three of {runs} runs in a row within 5 %."
    width = spread(samples.e2e_s) or 0.0
    if width > WIDE_SPREAD:
        grade = Grade.C if width > VERY_WIDE_SPREAD else Grade.B
        yield grade, f"Repeats lie {width:.0%} apart (longest less shortest, over the median)."
    overhead = _overhead(samples)
    if abs(overhead) > LARGE_OVERHEAD:
        yield Grade.B, f"The step pass took {overhead:+.0%} against the pass without instruments."


def _doubts_of_machine(effective: Effective, after: DeviceState) -> Iterator[tuple[Grade, str]]:
    if effective.recompiles_while_timed:
        yield Grade.C, f"{effective.recompiles_while_timed} recompiles in the timed part."
    share = after.other_cpu_share or 0.0
    if share > FOREIGN_SHARE:
        grade = Grade.C if share > HEAVY_FOREIGN_SHARE else Grade.B
        yield grade, f"Other processes used {share:.0%} of the processors meanwhile."
    if after.other_gpu_processes:
        yield Grade.B, f"{after.other_gpu_processes} other processes were on the GPU."


def _overhead(samples: Samples) -> float:
    plain = median(samples.e2e_s)
    stamped = median([times[-1] for times in samples.token_s if times])
    return stamped / plain - 1 if plain and stamped else 0.0
