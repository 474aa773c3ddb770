"""A plan of pairs from typed values, and what stops two specs from being measured in turns."""

import pytest

from core.errors import RequestError
from core.variants.pairing import PairPlan, build_plan, pair_problems
from tests.samples import a_gpu, a_spec, an_environment


def test_a_plan_has_defaults_and_takes_text() -> None:
    assert build_plan({}) == PairPlan(most_pairs=100, smallest_effect=0.03)
    assert build_plan({"most_pairs": "24", "smallest_effect": "0.1"}).most_pairs == 24


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"most_pairs": "5"}, "most_pairs", "from 6 to 1000"),
        ({"most_pairs": "many"}, "most_pairs", "whole number"),
        ({"smallest_effect": 0}, "smallest_effect", "from 0.001 to 1"),
        ({"smallest_effect": "nan"}, "smallest_effect", "a number"),
        ({"pairs": 9}, "pairs", "no such field"),
    ],
)
def test_what_no_plan_can_be_is_refused(values: dict[str, object], field: str, words: str) -> None:
    with pytest.raises(RequestError) as caught:
        build_plan(values)
    assert caught.value.field == field
    assert words in str(caught.value)


def test_two_specs_that_can_run_make_a_pair_also_the_same_twice() -> None:
    assert pair_problems(a_spec(), a_spec(precision="nf4"), an_environment()) == ()
    assert pair_problems(a_spec(), a_spec(), an_environment()) == ()


def test_what_stops_one_side_names_it() -> None:
    (problem,) = pair_problems(a_spec(), a_spec(attention="flash_attention_2"), an_environment())
    assert problem.field == "b.attention"
    assert "NVIDIA GPU" in problem.reason


def test_two_devices_are_refused() -> None:
    environment = an_environment(a_gpu())
    (problem,) = pair_problems(a_spec(device="cuda:0"), a_spec(), environment)
    assert (problem.field, problem.valid) == ("b.device", ("cuda:0",))
