"""B against A: ratios with intervals, what the texts have in common, a verdict in a sentence."""

from dataclasses import dataclass

from core.results.paired import Ratio
from core.results.types import RunResult, Stopped


@dataclass(frozen=True)
class Comparison:
    """What can be said of B against A.

    `ratio` is B / A by a metric's key, where both have it and A's is not 0. `pairs` is None where
    the two were measured apart, and with it `stopped` and `more_pairs`: how many pairs more would
    show the smallest effect that matters, None where it is decided. `unlike` names the work that
    differs, field by field. `agreement` is the share of positions of the first row's output with
    the same token, `differing` are the others; None and empty, with the reason in
    `no_agreement`, where the texts cannot be compared.
    """

    verdict: str
    ratio: dict[str, Ratio]
    pairs: int | None
    stopped: Stopped | None
    more_pairs: int | None
    unlike: tuple[str, ...]
    agreement: float | None
    no_agreement: str | None
    differing: tuple[int, ...]

    @property
    def first_difference(self) -> int | None:
        """The first position, from 0, where the outputs differ."""
        return self.differing[0] if self.differing else None


def judge(a: RunResult, b: RunResult) -> Comparison:
    """Compare two measured runs, pair by pair where they were measured in turns."""
    raise NotImplementedError
