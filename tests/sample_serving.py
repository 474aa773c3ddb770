"""A calibration of plain step times, and loads served by it, for tests of the batching lab."""

from core.analysis.batching.simulator import simulate
from core.analysis.batching.step_time import FittedSteps, fit_calibration
from core.results.serving import Calibration, ServedLoad, StepKind, StepSample
from core.variants.load import build_load
from core.variants.policy import build_policy
from core.variants.spec import VariantSpec
from tests.sample_machines import a_run_environment
from tests.samples import DAWN

ROWS, LENGTHS = (1, 2, 4, 8), (16, 64, 160)


def step_s(kind: StepKind, rows: int, prompt: int, context: int) -> float:
    """What a step takes on the machine of these tests."""
    if kind is StepKind.PREFILL:
        return 0.02 + 0.0005 * rows * prompt
    if kind is StepKind.DECODE:
        return 0.05 + 0.004 * rows + 1e-5 * rows * context
    return 0.05 + 0.004 * rows + 0.0005 * prompt + 1e-5 * context


def a_calibration() -> Calibration:
    """Steps of all kinds, exactly as `step_s` has them."""
    samples = []
    for rows in ROWS:
        for tokens in LENGTHS:
            for kind, prompt, context in (
                (StepKind.PREFILL, tokens, 0),
                (StepKind.DECODE, 0, tokens),
                (StepKind.MIXED, 0, rows * tokens),
                (StepKind.MIXED, tokens, rows * 64),
            ):
                samples.append(
                    StepSample(
                        kind=kind,
                        batch=rows,
                        prompt_tokens=prompt,
                        context_tokens=context,
                        new_tokens=rows,
                        seconds=step_s(kind, rows, prompt, context),
                    )
                )
    return Calibration(
        variant=VariantSpec(),
        samples=tuple(samples),
        batch_overhead_s=(0.002,),
        context=2048,
        measured_at=DAWN,
        environment=a_run_environment(),
    )


def a_fit() -> FittedSteps:
    """Its fits."""
    return fit_calibration(a_calibration())


def a_served_load(kind: str = "window", **load: object) -> ServedLoad:
    """A simulated load under the usual policy of that kind; 30 requests unless said otherwise."""
    asked = build_load({"requests": 30, **load})
    return simulate(asked, build_policy({"kind": kind}), a_fit())
