"""Step times by plain formulas, measured steps that follow them, and calibrations of such steps."""

from collections.abc import Callable
from dataclasses import dataclass

from core.analysis.batching.fitting import fit_steps  # noqa: F401
from core.results.serving import Calibration, StepKind, StepSample
from core.variants.spec import VariantSpec

BATCHES, LENGTHS = (1, 2, 4, 8), (16, 64, 256)
