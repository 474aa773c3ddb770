"""Synthetic results of trials: arms in turns whose ratio is known, and machines to plan for."""

from collections.abc import Iterable, Sequence
from typing import Any

from core.analysis.claims.claim import Claim, Measured, Setting
from core.results.types import RunResult
from core.variants.spec import RunSpec
from tests.sample_pairs import QUIET, a_pair
from tests.sample_rooflines import CPU_CEILINGS, facts_of
from tests.samples import a_cpu, a_gpu, an_environment

ON_CPU = Setting(an_environment(a_cpu()), a_cpu())
ON_GPU = Setting(an_environment(a_cpu(), a_gpu()), a_gpu())
CALM = (1.0, 0.999, 1.001)
WILD = (0.5, 0.6, 2.0, 1.9, 0.9, 1.4)


def specs_of(claim: Claim, setting: Setting = ON_CPU) -> dict[str, RunSpec]:
    """Each arm's spec by its label."""
    return {arm.label: arm.spec for step in claim.trial(setting) for arm in step.arms}


def in_turns(
    claim: Claim,
    labels: tuple[str, str],
    b_over_a: float,
    noise: Sequence[float] = QUIET,
    **changes: Any,
) -> dict[str, RunResult]:
    """Two arms of a claim measured in turns, the second taking so many times as long."""
    specs = specs_of(claim)
    pair = specs[labels[0]], specs[labels[1]]
    results = a_pair(labels, pair, b_over_a=b_over_a, noise=noise, **changes)
    return {
        label: result.model_copy(update={"model": facts_of(spec), "environment": _here(result)})
        for label, spec, result in zip(labels, pair, results, strict=True)
    }


def measured(*arms: dict[str, RunResult]) -> Measured:
    """All these arms."""
    return Measured({label: result for some in arms for label, result in some.items()})


def with_memory(result: RunResult, **parts: int) -> RunResult:
    """The result with these parts of its memory."""
    return result.model_copy(update={"memory": result.memory.model_copy(update=parts)})


def with_passes(
    result: RunResult, count: int, tokens: Iterable[int], stopped_by: str, prompt_tokens: int = 16
) -> RunResult:
    """The result with so many counted passes and tokens of each row, and what ended the rows."""
    rows = tuple(tokens)
    passes = result.passes
    assert passes is not None
    output = {"new_tokens": rows, "prompt_tokens": prompt_tokens}
    return result.model_copy(
        update={
            "passes": passes.model_copy(update={"count": count}),
            "output": result.output.model_copy(update=output),
            "effective": result.effective.model_copy(
                update={"stopped_by": {stopped_by: len(rows)}}
            ),
        }
    )


def with_steps(result: RunResult, token_s: Sequence[Sequence[float]]) -> RunResult:
    """The result with these stamps of its tokens."""
    samples = {"token_s": tuple(map(tuple, token_s))}
    return result.model_copy(update={"samples": result.samples.model_copy(update=samples)})


def _here(result: RunResult) -> Any:
    return result.environment.model_copy(update={"ceilings": CPU_CEILINGS})
