"""The search on made-up landscapes shaped like real measurements: is a fifth of the runs enough?"""

import math
from collections.abc import Mapping

import pytest

from core.experiments.searching.goal import Score
from core.experiments.searching.search import GridSearch
from core.variants.spec import RunSpec
from tests.sample_landscapes import Values, best, landscape

Limits = Mapping[str, float]
GOALS: tuple[tuple[str, bool, dict[str, float]], ...] = (
    ("tpot_s", False, {}),
    ("output_tokens_per_s", True, {}),
    ("peak_bytes", False, {}),
    ("usd_per_million_tokens", False, {"perplexity_ratio": 1.02}),
    ("output_tokens_per_s", True, {"peak_bytes": 6.5e8}),
    ("tpot_s", False, {"peak_bytes": 6.3e8, "perplexity_ratio": 1.3}),
)


def score(values: Values, key: str, limits: Limits) -> Score:
    beyond = tuple(math.log(values[name] / limit) for name, limit in limits.items())
    return Score(values[key], beyond, all(over <= 0 for over in beyond))


def searched(
    cells: Mapping[RunSpec, Values], key: str, higher: bool, limits: Limits, seed: int, trials: int
) -> list[RunSpec]:
    """The cells that a search asks for, in order."""
    search, asked = GridSearch(list(cells), higher, seed), []
    for _ in range(trials):
        spec = search.ask()
        assert spec is not None
        search.tell(spec, score(cells[spec], key, limits))
        asked.append(spec)
    return asked


@pytest.mark.parametrize(("key", "higher", "limits"), GOALS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_fifth_of_the_runs_comes_within_ten_per_cent_of_the_best(
    key: str, higher: bool, limits: dict[str, float], seed: int
) -> None:
    cells = landscape(seed)
    assert len(cells) >= 100
    asked = searched(cells, key, higher, limits, seed, trials=len(cells) // 5)
    kept = [cells[spec] for spec in asked if score(cells[spec], key, limits).feasible]
    found = (max if higher else min)(values[key] for values in kept)
    top = best(cells, key, higher, **limits)
    assert max(found / top, top / found) <= 1.10


def test_no_cell_is_asked_twice_and_in_the_end_all_were() -> None:
    cells = dict(list(landscape(0).items())[:30])
    asked = searched(cells, "tpot_s", False, {}, seed=0, trials=30)
    assert len(set(asked)) == 30
    search = GridSearch(list(cells), False)
    for spec in cells:
        search.drop(spec)
    assert search.ask() is None


def test_a_seed_asks_the_same_again_and_another_one_otherwise() -> None:
    cells = landscape(0)
    first, again, other = (
        searched(cells, "tpot_s", False, {}, seed, trials=12) for seed in (3, 3, 4)
    )
    assert first == again != other


def test_the_first_trials_show_every_value_of_every_lever() -> None:
    cells = landscape(0)
    first = searched(cells, "tpot_s", False, {}, seed=0, trials=7)
    for read in (
        lambda spec: spec.variant.precision,
        lambda spec: spec.variant.attention,
        lambda spec: spec.workload.kv_cache,
        lambda spec: spec.workload.batch_size,
    ):
        assert {read(spec) for spec in first} == {read(spec) for spec in cells}


def test_what_is_told_for_free_is_not_asked_and_helps() -> None:
    cells = landscape(5)
    search = GridSearch(list(cells), higher_is_better=False, seed=0)
    known = [spec for spec in cells if spec.variant.precision != "bf16"]
    for spec in known:
        search.tell(spec, score(cells[spec], "tpot_s", {}))
    asked = []
    for _ in range(8):
        spec = search.ask()
        assert spec is not None
        asked.append(spec)
        search.tell(spec, score(cells[spec], "tpot_s", {}))
    assert not set(asked) & set(known)
    only = {spec: values for spec, values in cells.items() if spec not in known}
    found = min(cells[spec]["tpot_s"] for spec in asked)
    assert found <= 1.10 * best(only, "tpot_s", False)


def test_cells_that_fail_are_passed_over() -> None:
    cells = landscape(6)
    search = GridSearch(list(cells), higher_is_better=False, seed=0)
    found = math.inf
    for _ in range(36):
        spec = search.ask()
        assert spec is not None
        if spec.variant.precision == "fp16":
            search.drop(spec)
            continue
        search.tell(spec, score(cells[spec], "tpot_s", {}))
        found = min(found, cells[spec]["tpot_s"])
    able = {spec: v for spec, v in cells.items() if spec.variant.precision != "fp16"}
    assert found <= 1.10 * best(able, "tpot_s", False)


def test_a_goal_that_nothing_meets_is_searched_to_the_end() -> None:
    cells = dict(list(landscape(0).items())[:12])
    asked = searched(cells, "tpot_s", False, {"peak_bytes": 1.0}, seed=0, trials=12)
    assert len(set(asked)) == 12


def test_a_metric_with_zeros_has_no_logarithm() -> None:
    cells = list(landscape(0))[:20]
    search = GridSearch(cells, higher_is_better=False, seed=0)
    for number in range(20):
        spec = search.ask()
        assert spec is not None
        search.tell(spec, Score(0.0 if number % 2 else 0.3))


def test_one_cell_is_a_grid_too() -> None:
    (only,) = list(landscape(0))[:1]
    search = GridSearch([only], higher_is_better=True)
    assert search.ask() == only
    search.tell(only, Score(1.0))
    assert search.ask() is None
