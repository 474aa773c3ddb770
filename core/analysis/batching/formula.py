"""How a step's time hangs on batch and length: two forms for each kind of step.

One formula: a constant, a share per row and per token, and for prefills, whose attention grows with
the square of the prompt, one for that. In pieces: at each batch size that was measured a line in
length, and between them in proportion, since a processor's times do not grow evenly with the batch;
a step of continuous batching, whose prompts and rows go through the model as one long row, has
pieces over its tokens. No number is negative: more work never takes less time.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import mul

from core.results.serving import StepKind


class Form(StrEnum):
    """One formula for all batch sizes, or a line in length at each of some, interpolated."""

    ONE_FORMULA = "one formula"
    PIECES = "in pieces"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a step computed, as in StepSample; lengths may be means."""

    batch: float
    prompt_tokens: float
    context_tokens: float


@dataclass(frozen=True)
class Ranges:
    """The (least, most) of each input of some steps."""

    batch: tuple[float, float]
    prompt: tuple[float, float]
    context: tuple[float, float]


def ranges_of(shapes: Sequence[Shape]) -> Ranges:
    """Over how far they reach, of one at least."""
    return Ranges(
        batch=_ends([one.batch for one in shapes]),
        prompt=_ends([one.prompt_tokens for one in shapes]),
        context=_ends([one.context_tokens for one in shapes]),
    )


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


@dataclass(frozen=True)
class Coefficient:
    """One number of a formula; `at` is the batch size (or, for mixed steps, the tokens of a step)
    that it holds for, None where for all.
    """

    name: str
    value: float
    unit: str
    at: int | None = None


NAMES: dict[tuple[StepKind, Form], tuple[tuple[str, str], ...]] = {
    (StepKind.PREFILL, Form.ONE_FORMULA): (
        ("per prefill", "s"),
        ("per row", "s"),
        ("per token", "s/token"),
        ("per row and token²", "s/token²"),
    ),
    (StepKind.PREFILL, Form.PIECES): (("per row and token²", "s/token²"),),
    (StepKind.DECODE, Form.ONE_FORMULA): (
        ("per step", "s"),
        ("per row", "s"),
        ("per cached token", "s/token"),
    ),
    (StepKind.DECODE, Form.PIECES): (),
    (StepKind.MIXED, Form.ONE_FORMULA): (
        ("per step", "s"),
        ("per token", "s/token"),
        ("per row that decodes", "s"),
        ("per cached token", "s/token"),
    ),
    (StepKind.MIXED, Form.PIECES): (
        ("per row that decodes", "s"),
        ("per cached token", "s/token"),
    ),
}


def size_of(kind: StepKind, shape: Shape) -> float:
    """What pieces are over: rows, or the tokens of a mixed step."""
    return shape.batch + shape.prompt_tokens if kind is StepKind.MIXED else shape.batch


def length_of(kind: StepKind, shape: Shape) -> float:
    """What the line of a piece is in: prompt or cached tokens; a mixed step's has no slope."""
    if kind is StepKind.MIXED:
        return 0.0
    return shape.prompt_tokens if kind is StepKind.PREFILL else shape.context_tokens


SHARED_TERMS: dict[tuple[StepKind, Form], Callable[[float, float, float], tuple[float, ...]]] = {
    (StepKind.PREFILL, Form.ONE_FORMULA): lambda b, p, _: (1.0, b, b * p, b * p**2),
    (StepKind.PREFILL, Form.PIECES): lambda b, p, _: (b * p**2,),
    (StepKind.DECODE, Form.ONE_FORMULA): lambda b, _, c: (1.0, b, b * c),
    (StepKind.DECODE, Form.PIECES): lambda _b, _p, _c: (),
    (StepKind.MIXED, Form.ONE_FORMULA): lambda b, p, c: (1.0, b + p, b, c),
    (StepKind.MIXED, Form.PIECES): lambda b, _, c: (b, c),
}
"""Of rows, prompt and cached tokens."""


def shared_terms(kind: StepKind, form: Form, shape: Shape) -> tuple[float, ...]:
    """What the coefficients of NAMES are multiplied with."""
    return SHARED_TERMS[kind, form](shape.batch, shape.prompt_tokens, shape.context_tokens)


def shares(knots: Sequence[float], size: float) -> tuple[tuple[int, float], ...]:
    """The knots beside that size and the share of each; below the first it counts alone, beyond
    the last the line through the last two goes on.
    """
    if size <= knots[0] or len(knots) == 1:
        return ((0, 1.0),)
    right = min(bisect_right(knots, size), len(knots) - 1)
    share = (size - knots[right - 1]) / (knots[right] - knots[right - 1])
    return ((right - 1, 1 - share), (right, share))


def terms(kind: StepKind, form: Form, knots: Sequence[float], shape: Shape) -> list[float]:
    """What all coefficients of a formula are multiplied with: shared ones, then constants of the
    knots, then slopes of the knots.
    """
    shared = list(shared_terms(kind, form, shape))
    constants, slopes = [0.0] * len(knots), [0.0] * len(knots)
    if knots:
        for index, share in shares(knots, size_of(kind, shape)):
            constants[index] += share
            slopes[index] += share * length_of(kind, shape)
    return shared + constants + (slopes if kind is not StepKind.MIXED else [])


@dataclass(frozen=True)
class Formula:
    """A form with its coefficients, in the order of `terms`."""

    kind: StepKind
    form: Form
    knots: tuple[float, ...]
    values: tuple[float, ...]

    def seconds(self, shape: Shape) -> float:
        """The time of a step; linear in its cached tokens. Beyond the largest measured batch never
        less than at that one.
        """
        shared = shared_terms(self.kind, self.form, shape)
        total: float = sum(map(mul, self.values, shared))
        if not self.knots:
            return total
        size, length = size_of(self.kind, shape), length_of(self.kind, shape)
        last = self.knots[-1]
        piece = self._piece(size, length)
        return total + (max(piece, self._piece(last, length)) if size > last else piece)

    def _piece(self, size: float, length: float) -> float:
        start = len(self.values) - len(self.knots) * (1 if self.kind is StepKind.MIXED else 2)
        total = 0.0
        for index, share in shares(self.knots, size):
            total += share * self.values[start + index]
            if length:
                total += share * self.values[start + len(self.knots) + index] * length
        return total

    @property
    def coefficients(self) -> tuple[Coefficient, ...]:
        """All numbers of the formula, named."""
        names: list[tuple[str, str, int | None]]
        names = [(*name, None) for name in NAMES[self.kind, self.form]]
        names += [("per step", "s", round(knot)) for knot in self.knots]
        if self.kind is not StepKind.MIXED:
            names += [("per token of length", "s/token", round(knot)) for knot in self.knots]
        return tuple(
            Coefficient(name, value, unit, at)
            for (name, unit, at), value in zip(names, self.values, strict=True)
        )
