"""Two results as they come of measuring in turns: honest samples, decided as the engine decides."""

from collections.abc import Sequence
from typing import Any

from core.results.measured import Samples
from core.results.paired import Look, decide, looks
from core.results.types import Pairing, RunResult, Stopped
from core.variants.pairing import PairPlan, Side
from core.variants.spec import RunSpec
from tests.samples import a_result, a_spec, samples_of

QUIET = (1.0, 0.99, 1.01, 1.0, 1.02, 0.98)
STEP_PAIRS = 12
A_S = 2.0


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
    scatter = [noise[i % len(noise)] for i in range(plan.most_pairs)]
    seconds = [A_S] * plan.most_pairs, [A_S * b_over_a * factor for factor in scatter]
    stopped, look = _decided(*seconds, plan)
    a, b = (
        a_result(
            run_ids[i],
            specs[i],
            samples=_samples(specs[i], seconds[i][: look.pairs]),
            pairing=_pairing(side, run_ids[1 - i], stopped, look, plan),
            **changes,
        )
        for i, side in enumerate(Side)
    )
    return a, b


def _decided(a: list[float], b: list[float], plan: PairPlan) -> tuple[Stopped, Look]:
    for look in looks(plan):
        stopped = decide(a, b, look, plan)
        if stopped:
            return stopped, look
    raise AssertionError("the last look decides")


def _pairing(side: Side, partner_id: str, stopped: Stopped, look: Look, plan: PairPlan) -> Pairing:
    return Pairing(
        partner_id=partner_id,
        side=side,
        pairs=look.pairs,
        stopped=stopped,
        error_rate=look.error_rate,
        most_pairs=plan.most_pairs,
        smallest_effect=plan.smallest_effect,
    )


def _samples(spec: RunSpec, e2e_s: list[float]) -> Samples:
    usual = samples_of(spec, A_S)
    once = usual.token_s[0]
    steps = tuple(tuple(time * s / A_S for time in once) for s in e2e_s[:STEP_PAIRS])
    return usual.model_copy(update={"e2e_s": tuple(e2e_s), "token_s": steps})
