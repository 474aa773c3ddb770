"""A short trial: a few tiny real runs after which a sweep's time can be told."""

from collections.abc import Sequence

from core.results.types import RunResult
from core.variants.spec import RunSpec


def trial_specs(cells: Sequence[RunSpec], evidence: Sequence[RunResult]) -> tuple[RunSpec, ...]:
    """The runs of the trial, in order, each variant's together; empty where nothing is missing."""
    raise NotImplementedError
