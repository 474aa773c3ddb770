"""What choosing costs: Pareto sets of 10,000 runs at their worst, and a question over as many."""

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.rows import Row, within
from core.analysis.deciding.asking.sentence import read_ask
from core.analysis.deciding.objectives import objectives
from core.analysis.deciding.pareto import pareto_set
from core.analysis.deciding.recommend import recommend
from core.analysis.deciding.scope import candidates_of, choices, find_scope, scopes, table_prices
from core.results.candidate import Candidate
from core.results.history import History
from core.results.statistics import Interval
from core.results.types import Grade
from core.variants.environment import usable_cpus
from tests.sample_histories import fill

RUNS, REPEATS = 10_000, 9
FAILED_SHARE = 0.06  # of a synthetic history, with room
ASK = "at most 50 ms per token, 1 GB, perplexity ratio at most 1.02, cheapest"
KEYS = ("tpot_s", "peak_bytes", "usd_per_million_tokens")
PARETO_LIMIT_S, DECIDE_LIMIT_S = 0.050, 0.200


def measure(folder: Path) -> Iterator[Row]:
    """All on the frontier with intervals in three objectives; then both over a stored history."""
    worst, known = all_on_the_frontier(RUNS), objectives(lambda _: 1.0)
    chosen = [known[key] for key in ("tpot_s", "peak_bytes", "mean_kl_nats")]
    took = [_seconds(lambda: pareto_set(worst, chosen)) for _ in range(REPEATS)]
    yield within("Pareto set of 10,000 runs, all on the frontier", took, PARETO_LIMIT_S, "s")
    history = History(folder / "decide.sqlite3")
    fill(history, round(RUNS * (1 + FAILED_SHARE)), distinct=1500, questions=1)
    candidates = _read(history)[:RUNS]
    assert len(candidates) == RUNS
    took = [_seconds(lambda: _decide(candidates)) for _ in range(REPEATS)]
    yield within("Pareto and recommendation over 10,000 runs", took, DECIDE_LIMIT_S, "s")
    took = [_seconds(lambda: _decide(_read(history))) for _ in range(REPEATS)]
    yield within("the same with reading them from the history", took, DECIDE_LIMIT_S, "s")


def all_on_the_frontier(count: int) -> list[Candidate]:
    """Runs on an eighth of a sphere, bent towards the best corner, evenly by the golden angle; the
    interval of each overlaps those of many others.
    """
    keys = ("tpot_s", "peak_bytes", "mean_kl_nats")
    candidates = []
    for number in range(count):
        height = (number + 0.5) / count
        angle = number * math.pi * (3 - math.sqrt(5)) % (math.pi / 2)
        width = math.sqrt(1 - height**2)
        point = (2 - width * math.cos(angle), 2 - width * math.sin(angle), 2 - height)
        values = dict(zip(keys, point, strict=True))
        intervals = {key: Interval(value - 0.01, value + 0.01) for key, value in values.items()}
        name = f"run-{number}"
        levers: dict[str, str | int] = {}
        candidates.append(
            Candidate(name, name, "q", "e", "cpu", "CPU", Grade.A, levers, values, intervals)
        )
    return candidates


def _read(history: History) -> list[Candidate]:
    scope = find_scope(scopes(history), None)
    keys = [*read_ask(ASK).keys, *KEYS]
    return candidates_of(history, scope, keys, objectives(table_prices(usable_cpus())))


def _decide(candidates: list[Candidate]) -> None:
    """Both over all of the runs: without leaving out older ones of the same configuration."""
    among = choices(candidates, table_prices(usable_cpus()), Grade.C)
    pareto_set(candidates, [among.objectives[key] for key in KEYS])
    recommend(candidates, read_ask(ASK), among.objectives)


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
