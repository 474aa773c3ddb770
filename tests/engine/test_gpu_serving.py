"""Loads on a CUDA device: steps are measured, and every policy serves everybody."""

from collections.abc import Iterator

import pytest

from core.analysis.batching.step_time import fit_calibration
from core.jobs.local_executor import LocalExecutor
from core.jobs.protocol import LoadCommand, Progress
from core.results.load_outcome import CalibrationEnd, LoadOutcome, ServingEnd
from core.variants.load import Load
from core.variants.load_order import CalibrationOrder, LoadOrder, ServingOrder, range_of
from core.variants.policy import Policy, PolicyKind
from core.variants.spec import VariantSpec

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(600), pytest.mark.usefixtures("bundled_model")]
LOAD = Load.model_validate(
    {
        "requests": 20,
        "rate_per_s": 10.0,
        "prompt_lengths": "uniform:8-200",
        "output_lengths": "uniform:4-32",
    }
)
POLICIES = [Policy(kind=kind, batch_size=4, timeout_s=0.1) for kind in PolicyKind]
VARIANTS = [
    VariantSpec(device="cuda:0", precision="fp32"),
    VariantSpec(device="cuda:0", precision="bf16"),
    VariantSpec(device="cuda:0", precision="bf16", attention="eager"),
    VariantSpec(device="cuda:0", precision="bf16", attention="sdpa_efficient"),
    VariantSpec(device="cuda:0", precision="int8"),
]


def ignore(_: Progress) -> None:
    """For orders whose progress is of no interest."""


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    made = LocalExecutor("cuda:0")
    yield made
    made.close()


def carried_out(executor: LocalExecutor, order: LoadOrder) -> LoadOutcome:
    (outcome,) = executor.carry_out(LoadCommand(run_id="load-1", order=order), ignore)
    assert isinstance(outcome, CalibrationEnd | ServingEnd), outcome
    return outcome


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: f"{v.precision}-{v.attention}")
def test_steps_are_measured_and_every_policy_serves_everybody(
    executor: LocalExecutor, variant: VariantSpec
) -> None:
    order = CalibrationOrder(variant=variant, range=range_of(LOAD, POLICIES), seconds=5)
    steps = carried_out(executor, order)
    assert isinstance(steps, CalibrationEnd)
    times = fit_calibration(steps.calibration)
    assert all(times.serves(kind) for kind in PolicyKind)
    assert 0 < times.decode_s(1, 50) < 1
    for policy in POLICIES:
        served = carried_out(executor, ServingOrder(variant=variant, load=LOAD, policy=policy))
        assert isinstance(served, ServingEnd)
        assert [one.number for one in served.served.served] == list(range(20))
        for one in served.served.served:
            assert one.arrival_s <= one.started_s < one.first_token_s <= one.ended_s
