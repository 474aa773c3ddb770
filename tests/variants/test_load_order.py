"""Which sizes a load takes, and what can be measured of them."""

from core.variants.load import Load
from core.variants.load_order import StepRange, range_of, spec_of
from core.variants.policy import Policy, PolicyKind
from core.variants.spec import VariantSpec

LOAD = Load.model_validate({"requests": 200, "prompt_lengths": "uniform:5-50"})


def test_a_range_is_that_of_the_requests_and_the_policies() -> None:
    policies = [Policy(kind=PolicyKind.NONE), Policy(kind=PolicyKind.CONTINUOUS, batch_size=6)]
    sizes = range_of(LOAD, policies)
    assert (sizes.most_rows, sizes.shortest_prompt, sizes.longest_prompt) == (6, 5, 50)
    assert (sizes.batched, sizes.continuous) == (True, True)
    alone = range_of(LOAD, policies[:1])
    assert (alone.most_rows, alone.batched, alone.continuous) == (1, True, False)
    assert not range_of(LOAD, policies[1:]).batched


def test_steps_cover_a_smaller_range_and_no_larger_one() -> None:
    usual = {"shortest_prompt": 8, "longest_answer": 20}
    wide = StepRange(most_rows=8, longest_prompt=100, **usual)
    assert wide.covers(StepRange(most_rows=4, longest_prompt=100, **usual))
    assert not wide.covers(StepRange(most_rows=9, longest_prompt=10, **usual))
    assert not wide.covers(StepRange(most_rows=8, longest_prompt=101, **usual))
    assert not wide.covers(wide.model_copy(update={"longest_answer": 21}))
    assert not wide.covers(wide.model_copy(update={"continuous": True}))
    assert wide.covers(wide.model_copy(update={"shortest_prompt": 7}))
    assert not wide.covers(wide.model_copy(update={"shortest_prompt": 6, "longest_prompt": 8}))


def test_the_largest_batch_is_what_must_fit() -> None:
    spec = spec_of(VariantSpec(), range_of(LOAD, [Policy(batch_size=7)]))
    workload = spec.workload
    assert (workload.batch_size, workload.prompt_tokens) == (7, 50)
    assert workload.shortest_prompt_tokens == 5
    assert workload.max_new_tokens == 32
