"""Does measuring in turns find differences that are not there, and miss those that are?

The bundled model against itself, again and again: no difference may be told in 19 of 20 trials.
Between them, one token more than 20 is planted on B, real work of about 5 %: each must be found.
"""

import sys
import time
from collections.abc import Iterator
from itertools import count

from benchmarks.rows import Ratio, Row
from benchmarks.runs import bundled_spec
from core.analysis.comparing.ab import Comparison, judge
from core.jobs.manager import JobManager
from core.results.paired import Ratio as PairedRatio
from core.results.statistics import median
from core.results.types import RunResult, Stopped
from core.variants.pairing import PairPlan

TRIALS, PLANTED_EVERY = 20, 4
TOKENS, PLANTED_TOKENS = 20, 21


def measure(minutes: float) -> Iterator[Row]:
    """Twenty trials of the same against itself and five planted ones, or as many as there is time
    for.
    """
    same: list[Comparison] = []
    planted: list[Comparison] = []
    deadline = time.monotonic() + 60 * minutes
    with JobManager() as manager:
        for trial in count():
            if len(same) == TRIALS or (same and time.monotonic() > deadline):
                break
            if trial % PLANTED_EVERY == 0:
                planted.append(_trial(manager, PLANTED_TOKENS, "planted"))
            same.append(_trial(manager, TOKENS, "same"))
    yield _row_of_same(same)
    yield _row_of_planted(planted)


def _trial(manager: JobManager, tokens_of_b: int, name: str) -> Comparison:
    a, b = (bundled_spec(max_new_tokens=tokens) for tokens in (TOKENS, tokens_of_b))
    ids = manager.submit_pair(a, b, PairPlan())
    first, second = (manager.wait(run_id) for run_id in ids)
    if not isinstance(first, RunResult) or not isinstance(second, RunResult):
        raise RuntimeError(f"the pair ended without results: {first}")
    found = judge(first, second)
    print(f"  {name}: {found.pairs} pairs, {found.stopped}: {found.verdict}", file=sys.stderr)
    return found


def _row_of_same(found: list[Comparison]) -> Row:
    told = [trial.told is Stopped.DECIDED for trial in found]
    enough = len(found) == TRIALS
    return Row(
        "the same against itself: share of trials with a difference",
        Ratio(sum(told) / len(told), pairs=len(told)),
        f"at most 1 in {TRIALS}",
        sum(told) <= 1 if enough else None,
        _detail(found),
    )


def _row_of_planted(found: list[Comparison]) -> Row:
    shown = [trial.told is Stopped.DECIDED and _e2e(trial).value > 1 for trial in found]
    enough = len(found) == TRIALS // PLANTED_EVERY
    return Row(
        f"{PLANTED_TOKENS} tokens against {TOKENS}: share of trials that find it",
        Ratio(sum(shown) / len(shown), pairs=len(shown)),
        "all",
        all(shown) if enough else None,
        _detail(found),
    )


def _e2e(found: Comparison) -> PairedRatio:
    return found.ratio["e2e_s"]


def _detail(found: list[Comparison]) -> dict[str, object]:
    return {
        "ratios": [_e2e(trial).value for trial in found],
        "median_ratio": median([_e2e(trial).value for trial in found]),
        "pairs": [trial.pairs for trial in found],
        "stopped": [str(trial.stopped) for trial in found],
    }
