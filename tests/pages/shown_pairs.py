"""Two results as they come of measuring in turns: honest samples, decided as the engine decides."""

from collections.abc import Sequence
from typing import Any

from core.results.paired import decide, looks
from core.results.types import Pairing, RunResult
from core.variants.pairing import PairPlan, Side
from core.variants.spec import RunSpec
from tests.samples import a_result, a_spec, samples_of

QUIET = (1.0, 0.99, 1.01, 1.0, 1.02, 0.98)
STEP_PAIRS = 12


def a_pair(
    run_ids: tuple[str, str] = ("run-a", "run-b"),
    specs: tuple[RunSpec, RunSpec] | None = None,
    plan: PairPlan | None = None,
    *,
    b_over_a: float = 1.0,
    noise: Sequence[float] = QUIET,
    **changes: Any,
) -> tuple[RunResult, RunResult]:
    """Two runs of which B takes `b_over_a` times as long; B scatters as the noise does, over
    and over. `changes` replace parts of both.
    """
    specs, plan = specs or (a_spec(), a_spec()), plan or PairPlan()
    times = 2.0, 2.0 * b_over_a
    scatter = [noise[i % len(noise)] for i in range(plan.most_pairs)]
    e2e_a = [times[0]] * plan.most_pairs
    e2e_b = [times[1] * factor for factor in scatter]
    for look in looks(plan):
        stopped = decide(e2e_a, e2e_b, look, plan)
        if stopped:
            break
    assert stopped
    results = []
    for side, run_id, partner, spec, e2e_s in zip(
        Side, run_ids, run_ids[::-1], specs, (e2e_a, e2e_b), strict=True
    ):
        pairing = Pairing(
            partner_id=partner,
            side=side,
            pairs=look.pairs,
            stopped=stopped,
            error_rate=look.error_rate,
            most_pairs=plan.most_pairs,
            smallest_effect=plan.smallest_effect,
        )
        parts = {"samples": _samples(spec, e2e_s[: look.pairs]), "pairing": pairing, **changes}
        results.append(a_result(run_id, spec, **parts))
    return results[0], results[1]


def _samples(spec: RunSpec, e2e_s: list[float]) -> Any:
    usual = samples_of(spec)
    once = usual.token_s[0]
    steps = [tuple(time * s / 2.0 for time in once) for s in e2e_s[:STEP_PAIRS]]
    return usual.model_copy(update={"e2e_s": tuple(e2e_s), "token_s": tuple(steps)})
