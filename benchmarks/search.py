"""Does a search find a configuration within 10 % of the grid's best in a fifth of the runs?

A grid of 120 short cells of the bundled model is measured in full, once: it is kept in
`benchmarks/search_home`, and goes on where it was if it is interrupted. Then the search is replayed
against those recorded numbers, for each goal with many seeds. Nothing is made up: what the search
is told is what was measured, noise included.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks.rows import Ratio, Row
from core.analysis.deciding.objectives import Objective
from core.experiments.conductor import Conductor
from core.experiments.searching.goal import Score, read_goal, score
from core.experiments.searching.search import GridSearch
from core.experiments.sweeps.judging import known_objectives
from core.experiments.sweeps.sweep_picture import SweepPicture
from core.experiments.sweeps.sweep_request import SweepRequest
from core.experiments.sweeps.sweeps import Sweeps
from core.home import models_folder
from core.jobs.manager import JobManager
from core.results.candidate import Candidate
from core.results.history import History
from core.results.statistics import median
from core.variants.environment import read_environment
from core.variants.models import BUNDLED_KEY
from core.variants.spec import RunSpec

HOME = Path(__file__).parent / "search_home"
REQUEST = SweepRequest(
    axes={
        "precision": ("fp32", "bf16", "fp16", "nf4"),
        "attention": ("eager", "sdpa", "sdpa_math"),
        "kv_cache": ("dynamic", "off"),
        "batch_size": (1, 2, 4, 8, 16),
    },
    base={"max_new_tokens": 8, "repeats": 3, "warmup": 2},
)
GOALS = (
    "fastest",
    "lowest tpot_s",
    "highest throughput",
    "smallest",
    "perplexity ratio at most 1.02, cheapest",
    "at most 1 GB, highest throughput",
)
SEEDS, SHARE_OF_RUNS, NEAR, MOST_SEEDS = 20, 5, 1.10, 0.95


def measure() -> Iterator[Row]:
    """A row for each goal: in which share of the seeds the search came near enough."""
    picture, history = measured_grid()
    specs = {cell.run_id: cell.spec for cell in picture.cells if cell.run_id in picture.run_ids}
    known = known_objectives(REQUEST)
    sources = sorted({known[key].source for goal in GOALS for key in read_goal(goal).keys})
    found = history.candidates(sources, run_ids=set(picture.run_ids))
    cells = {specs[candidate.run_id]: candidate for candidate in found}
    for goal in GOALS:
        yield row_of(goal, cells, known)


def measured_grid() -> tuple[SweepPicture, History]:
    """The whole grid, measured now or before; raises RuntimeError where it ends early."""
    prepared = models_folder() / BUNDLED_KEY
    (HOME / "models").mkdir(parents=True, exist_ok=True)
    link = HOME / "models" / BUNDLED_KEY
    if not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(prepared.resolve(), target_is_directory=True)
    before, os.environ["TRADEOFFS_HOME"] = os.environ["TRADEOFFS_HOME"], str(HOME)
    try:
        with JobManager() as jobs:
            return _swept(Sweeps(Conductor(jobs))), jobs.history
    finally:
        os.environ["TRADEOFFS_HOME"] = before


def _swept(sweeps: Sweeps) -> SweepPicture:
    environment = read_environment()
    asked = REQUEST.model_dump(mode="json")
    known = [row.experiment_id for row in sweeps.listed() if row.request == asked]
    if known:
        key = known[0]
        sweeps.resume(key, environment)
    else:
        key = sweeps.start(REQUEST, environment)
    while not sweeps.wait(key, 30):
        picture = sweeps.picture(key, environment)
        left = picture.left.likely if picture and picture.left else 0.0
        measured = len(picture.run_ids) if picture else 0
        print(f"  {measured} cells, {left / 60:.0f} min left", file=sys.stderr)
    picture = sweeps.picture(key, environment)
    if picture is None or picture.reason:
        raise RuntimeError(f"the grid ended early: {picture.reason if picture else key}")
    return picture


def row_of(goal: str, cells: Mapping[RunSpec, Candidate], known: Mapping[str, Objective]) -> Row:
    """The search for one goal, with many seeds."""
    ask = read_goal(goal)
    scores = {spec: score(ask, candidate, known) for spec, candidate in cells.items()}
    higher = known[ask.goal].higher_is_better
    found = [ratio_of(scores, higher, seed) for seed in range(SEEDS)]
    share = sum(ratio <= NEAR for ratio in found) / SEEDS
    detail: dict[str, object] = {"cells": len(cells), "trials": len(cells) // SHARE_OF_RUNS}
    detail |= {"median_ratio": median(found), "worst_ratio": max(found)}
    wanted = f"within 10 % of the best in {MOST_SEEDS:.0%} of {SEEDS} seeds"
    return Row(f"search: {goal}", Ratio(share, pairs=SEEDS), wanted, share >= MOST_SEEDS, detail)


def ratio_of(scores: Mapping[RunSpec, Score], higher: bool, seed: int) -> float:
    """How far from the grid's best a search ends after a fifth of the runs: 1 is the best."""
    search, told = GridSearch(list(scores), higher, seed), []
    for _ in range(len(scores) // SHARE_OF_RUNS):
        spec = search.ask()
        assert spec is not None
        search.tell(spec, scores[spec])
        told.append(scores[spec])
    top, found = _best(scores.values(), higher), _best(told, higher)
    if found is None or not top:
        return float("inf")
    return top / found if higher else found / top


def _best(scores: Iterable[Score], higher: bool) -> float | None:
    """The best value within the limits; None where nothing is."""
    values = [one.value for one in scores if one.feasible and one.value is not None]
    return (max if higher else min)(values, default=None)
