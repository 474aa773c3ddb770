"""What a simulation asked of step times beyond the steps that were measured.

Each input counts by itself: rows, prompt tokens, cached tokens. A larger batch is told whatever its
size; lengths where they are more than a quarter beyond either end, since times are linear in length
or nearly so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from core.analysis.batching.formula import Ranges, Shape, ranges_of
from core.analysis.batching.step_time import StepTimes
from core.results.serving import BatchStep, Served, StepKind
from core.variants.load_order import FAR

Step = tuple[StepKind, Shape]


def extrapolations(
    served: Sequence[Served], steps: Sequence[BatchStep], times: StepTimes, since_s: float = 0.0
) -> tuple[str, ...]:
    """What of a simulation, from that moment on, lies beyond what was measured, in sentences."""
    asked: defaultdict[StepKind, list[Shape]] = defaultdict(list)
    for kind, shape in asked_steps(served, steps, since_s):
        asked[kind].append(shape)
    return tuple(
        sentence
        for kind, shapes in asked.items()
        if kind in times.measured
        for sentence in _beyond(kind, ranges_of(shapes), times.measured[kind])
    )


def asked_steps(
    served: Sequence[Served], steps: Sequence[BatchStep], since_s: float = 0.0
) -> Iterator[Step]:
    """The steps that a simulation asked for; of a run of decode steps the first and the last."""
    batches: defaultdict[int, list[Served]] = defaultdict(list)
    alone: list[Served] = []
    for one in served:
        (alone if one.batch is None else batches[one.batch]).append(one)
    yield from _of_batches(rows for rows in batches.values() if rows[0].started_s >= since_s)
    for moment_s, shape in _of_continuous(alone, steps):
        if moment_s >= since_s:
            yield StepKind.MIXED, shape


def _of_batches(batches: Iterable[Sequence[Served]]) -> Iterator[Step]:
    for batch in batches:
        prompt = max(one.prompt_tokens for one in batch)
        decodes = max(one.output_tokens for one in batch) - 1
        yield StepKind.PREFILL, Shape(len(batch), prompt, 0)
        if decodes:
            yield StepKind.DECODE, Shape(len(batch), 0, prompt)
            yield StepKind.DECODE, Shape(len(batch), 0, prompt + decodes - 1)


def _of_continuous(
    served: Sequence[Served], steps: Sequence[BatchStep]
) -> Iterator[tuple[float, Shape]]:
    """Each with its moment. The cache holds all tokens that were fed, less those of ended rows."""
    joining: defaultdict[float, list[Served]] = defaultdict(list)
    leaving: defaultdict[float, int] = defaultdict(int)
    for one in served:
        joining[one.started_s].append(one)
        leaving[one.ended_s] += one.prompt_tokens + one.output_tokens - 1
    cached = 0
    for step in steps if served else ():
        joined = joining.get(step.started_s, [])
        rows, prompts = step.rows - len(joined), sum(one.prompt_tokens for one in joined)
        yield step.started_s, Shape(rows, prompts, cached)
        cached += step.computed_tokens
        if not joined:
            yield step.started_s, Shape(rows, 0, cached - rows)
        cached -= leaving.get(step.ended_s, 0)


def _beyond(kind: StepKind, asked: Ranges, measured: Ranges) -> Iterator[str]:
    """Rows, then each length."""
    prompts, cached = "at {:,.0f} tokens", "at {:,.0f} tokens"
    if kind is StepKind.MIXED:
        prompts, cached = "with {:,.0f} prompt tokens", "with {:,.0f} cached tokens"
    for words, mine, theirs, far in (
        ("of {:,.0f} rows", asked.batch, measured.batch, 1.0),
        (prompts, asked.prompt, measured.prompt, FAR),
        (cached, asked.context, measured.context, FAR),
    ):
        if mine[1] > far * theirs[1]:
            yield f"{kind} steps {words.format(mine[1])}: measured up to {theirs[1]:,.0f}."
        if mine[0] * far < theirs[0]:
            yield f"{kind} steps {words.format(mine[0])}: measured from {theirs[0]:,.0f}."
