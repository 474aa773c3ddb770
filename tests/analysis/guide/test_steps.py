"""The steps of the guide: each differs from the baseline in its lever alone."""

import pytest

from core.analysis.guide.steps import BASELINE, LEVERS, STEPS, Step
from core.results.metrics import BY_KEY
from core.variants.request import flat_values
from tests.samples import a_cpu, an_environment


@pytest.mark.parametrize("step", LEVERS, ids=lambda step: step.key)
def test_a_lever_changes_nothing_else(step: Step) -> None:
    before, after = (flat_values(one.spec("cpu")) for one in (BASELINE, step))
    differing = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert differing - {"compute_dtype"} == set(step.changes)


def test_there_is_an_interval_for_each_and_the_numbers_are_known() -> None:
    assert len({step.spec("cpu").id for step in STEPS}) == len(STEPS) == 6
    assert all(step.spec("cpu").workload.repeats >= 5 for step in STEPS)
    assert all(look.key in BY_KEY for step in STEPS for look in step.looks)


def test_what_cannot_run_here_has_its_reason() -> None:
    here = an_environment(a_cpu())
    assert BASELINE.problem("cpu", here) is None
    problem = BASELINE.problem("cuda:0", here)
    assert problem is not None
    assert problem.field == "device"
