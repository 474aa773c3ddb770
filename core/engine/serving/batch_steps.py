"""Measures the steps of `generate`: prefills and decode steps over batch sizes and lengths."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from core.engine.serving.batches import BatchRunner, BatchTimes
from core.engine.serving.grid import STEPS, BatchShape, rounds, shapes_of
from core.engine.serving.prompts import Prompts
from core.results.serving import StepKind, StepSample
from core.variants.load_order import StepRange

Tell = Callable[[int, int | None, str], None]


@dataclass
class Measured:
    """Steps, and seconds of batches outside of their steps."""

    samples: list[StepSample] = field(default_factory=list)
    overhead_s: list[float] = field(default_factory=list)


def measure_batch_steps(
    runner: BatchRunner,
    prompts: Prompts,
    sizes: StepRange,
    context: int | None,
    seconds: float,
    tell: Tell,
) -> Measured:
    """Round after round over all shapes, for about so many seconds."""
    shapes, measured = shapes_of(sizes, context), Measured()
    for shape in (shapes[0], shapes[-1]):
        runner.run(prompts.batch(shape.lengths), STEPS)
    for number, order in enumerate(rounds(shapes, seconds), start=1):
        for done, shape in enumerate(order):
            tell(done, len(order), f"steps of {shape.rows} rows, round {number}")
            times = runner.run(prompts.batch(shape.lengths), STEPS)
            measured.samples += _samples(shape, times)
            measured.overhead_s.append(times.overhead_s)
    return measured


def _samples(shape: BatchShape, times: BatchTimes) -> Iterator[StepSample]:
    """The prefill and each decode step of one generation."""
    yield StepSample(
        kind=StepKind.PREFILL,
        batch=shape.rows,
        prompt_tokens=shape.prompt_tokens,
        context_tokens=0,
        new_tokens=shape.rows,
        seconds=times.token_s[0] - times.called_s,
    )
    pairs = zip(times.token_s, times.token_s[1:], strict=False)
    for step, (before, after) in enumerate(pairs):
        yield StepSample(
            kind=StepKind.DECODE,
            batch=shape.rows,
            prompt_tokens=0,
            context_tokens=shape.prompt_tokens + step,
            new_tokens=shape.rows,
            seconds=after - before,
        )
