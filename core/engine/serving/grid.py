"""Which sizes are measured of a range of batches and lengths, and in which order.

A fit needs the ends of the range and something between; every round measures all sizes in another
order, so that a machine that drifts slows none of them alone.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.variants.load_order import StepRange

MOST_SIZES, MOST_LENGTHS = 4, 3
LEAST_ROUNDS, MOST_ROUNDS = 3, 9
LEAST_SHAPES = 3  # of which a step time can be fitted
MUCH_LONGER = 1.25
STEPS = 6
"""Tokens of each measured generation: a prefill and five decode steps."""


@dataclass(frozen=True)
class BatchShape:
    """So many rows, the longest with so many prompt tokens."""

    rows: int
    prompt_tokens: int

    @property
    def lengths(self) -> tuple[int, ...]:
        """Tokens of each row. The second is shorter, since a batch of a load is padded, and a
        mask is work.
        """
        shorter = max(1, self.prompt_tokens // 2)
        return tuple(shorter if row == 1 else self.prompt_tokens for row in range(self.rows))


def spread(low: int, high: int, most: int) -> tuple[int, ...]:
    """Up to so many whole numbers from low to high, in about equal ratios."""
    if low >= high or most < 2:
        return (high,)
    ratio = (high / low) ** (1 / (most - 1))
    return tuple(sorted({low, high, *(round(low * ratio**step) for step in range(1, most - 1))}))


def shapes_of(sizes: StepRange, context: int | None) -> tuple[BatchShape, ...]:
    """Rows by prompt lengths; and, where answers make rows much longer than prompts are, the
    smallest and the largest batch at that length.
    """
    rows = spread(1, sizes.most_rows, MOST_SIZES)
    prompts = _prompts(sizes, len(rows))
    shapes = [BatchShape(row, prompt) for row in rows for prompt in prompts]
    whole = sizes.longest_prompt + sizes.longest_answer - STEPS
    if whole > MUCH_LONGER * sizes.longest_prompt:
        shapes += [BatchShape(row, whole) for row in dict.fromkeys((rows[0], rows[-1]))]
    if context is not None:
        room = max(1, context - STEPS)
        shapes = [BatchShape(one.rows, min(one.prompt_tokens, room)) for one in shapes]
    return tuple(dict.fromkeys(shapes))


def _prompts(sizes: StepRange, rows: int) -> tuple[int, ...]:
    """Prompt lengths over the range; shorter ones too where all shapes together were too few to
    fit anything, as of one row at a time whose prompts are all alike.
    """
    longest = sizes.longest_prompt
    prompts = spread(sizes.shortest_prompt, longest, MOST_LENGTHS)
    if rows * len(prompts) >= LEAST_SHAPES:
        return prompts
    return spread(max(1, longest // 4), max(longest, LEAST_SHAPES), MOST_LENGTHS)


def rounds(shapes: Sequence[BatchShape], seconds: float) -> Iterator[tuple[BatchShape, ...]]:
    """Rounds over all shapes, each in an order of its own, until the time is used up; at least
    three, since a median of two is none.
    """
    order, start = random.Random(0), time.perf_counter()
    for number in range(MOST_ROUNDS):
        if number >= LEAST_ROUNDS and time.perf_counter() - start > seconds:
            return
        yield tuple(order.sample(shapes, len(shapes)))
