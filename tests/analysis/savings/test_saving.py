"""What is saved: by hand, whatever the runs are, and where no saving may be told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.savings.saving import Savings, Told, savings_of
from core.analysis.savings.terms import Payment, Terms
from core.results.types import Grade, RunResult, Trust
from core.variants.pairing import PairPlan
from tests.sample_machines import a_run_environment
from tests.sample_pairs import a_pair
from tests.samples import a_result, a_spec

TODAY, FAST = (
    a_result("run-a", a_spec(), e2e_s=2.0),
    a_result("run-b", a_spec(precision="nf4"), e2e_s=1.0),
)
DOLLAR = Terms(requests=1_000_000, usd_per_hour=1.0)
MONTHS = Terms(requests=1_000_000, usd_per_hour=1.0, paid=Payment.ALL_MONTH)
SCATTER = (0.98, 0.99, 1.0, 1.01, 1.03)


def usd(savings: Savings) -> float:
    assert savings.chosen is not None
    return savings.chosen.usd


def test_a_saving_by_hand() -> None:
    """2 s and 1 s for a million requests at a dollar: 555.56 and 277.78."""
    found = savings_of(TODAY, FAST, DOLLAR)
    assert found.told is Told.SAVES
    assert usd(found) == pytest.approx(1_000_000 * (2.0 - 1.0) / 3600)
    assert found.chosen is not None
    assert found.chosen.interval is not None
    low, high = found.chosen.interval.low, found.chosen.interval.high
    assert low == pytest.approx(1_000_000 * (0.98 * 2 - 1.03) / 3600)
    assert high == pytest.approx(1_000_000 * (1.03 * 2 - 0.98) / 3600)


def test_the_other_way_round_it_costs_more() -> None:
    found = savings_of(FAST, TODAY, DOLLAR)
    assert found.told is Told.COSTS_MORE
    assert usd(found) == pytest.approx(-1_000_000 / 3600)


def test_a_batch_serves_its_rows_in_one_time() -> None:
    batch = a_result("run-b", a_spec(batch_size=16), e2e_s=4.0)
    found = savings_of(TODAY, batch, DOLLAR)
    assert found.then is not None
    assert found.then.bill is not None
    assert found.then.bill.hours == pytest.approx(62_500 * 4.0 / 3600)
    assert found.speed is not None
    assert found.speed.value == pytest.approx(8.0)
    assert any("Each answer takes 4.00 s then" in text for text in found.cautions)


def test_whole_machines_save_nothing_until_one_less_is_needed() -> None:
    found = savings_of(TODAY, FAST, MONTHS)
    assert found.told is Told.NO_MACHINE_LESS
    assert usd(found) == 0
    assert found.first_machine_less == 1_314_001
    more = savings_of(TODAY, FAST, Terms(10_000_000, Payment.ALL_MONTH, 1.0, 1.0))
    assert more.told is Told.SAVES
    assert usd(more) == pytest.approx((8 - 4) * 730)


def test_whether_a_machine_less_is_enough_may_be_open() -> None:
    """1.99 s fill a machine but for an hour, and the interval ends beyond it."""
    requests = 1_310_000
    slower = a_result("run-c", a_spec(), e2e_s=2.02)
    found = savings_of(slower, a_result("run-d", a_spec(precision="fp16"), e2e_s=1.99),
                       Terms(requests, Payment.ALL_MONTH, 1.0, 1.0))  # fmt: skip
    assert found.told is Told.UNDECIDED


def test_runs_that_overlap_tell_no_saving() -> None:
    close = a_result("run-b", a_spec(precision="fp16"), e2e_s=1.97)
    assert savings_of(TODAY, close, DOLLAR).told is Told.UNDECIDED


def test_pairs_tell_what_runs_apart_cannot() -> None:
    apart = savings_of(TODAY, a_result("run-b", a_spec(), e2e_s=1.93), DOLLAR)
    assert apart.told is Told.UNDECIDED
    a, b = a_pair(b_over_a=0.965, plan=PairPlan(most_pairs=40))
    found = savings_of(a, b, DOLLAR)
    assert found.in_turns
    assert found.told is Told.SAVES


def test_pairs_tell_it_of_many_whole_machines_too() -> None:
    a, b = a_pair(b_over_a=0.9, plan=PairPlan(most_pairs=40))
    found = savings_of(a, b, Terms(10**9, Payment.ALL_MONTH, 1.0, 1.0))
    assert found.told is Told.SAVES
    assert found.chosen is not None
    assert found.chosen.interval is not None
    assert found.chosen.interval.low <= usd(found) <= found.chosen.interval.high


def test_too_few_repeats_tell_no_saving() -> None:
    few = a_result("run-b", a_spec(precision="nf4", repeats=3), e2e_s=1.0)
    assert savings_of(TODAY, few, DOLLAR).told is Told.NO_INTERVAL


def test_the_same_run_saves_nothing() -> None:
    found = savings_of(TODAY, TODAY, DOLLAR)
    assert found.told is Told.SAME_RUN
    assert usd(found) == 0


def test_a_single_run_has_a_cost_and_no_saving() -> None:
    found = savings_of(TODAY, None, DOLLAR)
    assert found.told is Told.SINGLE
    assert found.saving is None
    assert found.today.bill is not None


def test_a_server_has_no_price_unless_one_is_given() -> None:
    served = a_run_environment().model_copy(update={"device_name": "endpoint example.org"})
    runs = [run.model_copy(update={"environment": served}) for run in (TODAY, FAST)]
    assert savings_of(runs[0], runs[1], Terms()).told is Told.NO_PRICE
    assert savings_of(runs[0], runs[1], DOLLAR).told is Told.SAVES


OTHER_MACHINE = a_run_environment().model_copy(update={"device_name": "Another CPU"})
UNLIKE: dict[str, tuple[RunResult, str]] = {
    "prompt": (a_result("run-b", a_spec(prompt="Once")), "asked different things"),
    "length": (a_result("run-b", a_spec(max_new_tokens=8)), "asked different things"),
    "model": (a_result("run-b", a_spec(model="gpt2", weights="random")), "not of the same model"),
    "machine": (a_result("run-b", a_spec(), environment=OTHER_MACHINE), "different machines"),
}


@pytest.mark.parametrize("name", UNLIKE)
def test_unlike_runs_are_refused_with_the_reason(name: str) -> None:
    other, reason = UNLIKE[name]
    found = savings_of(TODAY, other, DOLLAR)
    assert found.told is Told.REFUSED
    assert reason in " ".join(found.refused)
    assert found.saving is None


def test_a_low_grade_stands_beside_it() -> None:
    low = Trust(grade=Grade.C, reasons=("Other processes used 40 % of the processors.",))
    found = savings_of(TODAY, a_result("run-b", a_spec(precision="nf4"), trust=low), DOLLAR)
    assert any("grade C" in text and "40 %" in text for text in found.cautions)


def test_worse_quality_and_unknown_quality_stand_beside_it() -> None:
    worse = savings_of(TODAY, FAST, DOLLAR)
    assert worse.quality is not None
    assert worse.quality.ratio == pytest.approx(1.02)
    assert any("2.0 % worse" in text for text in worse.cautions)
    unknown = a_result("run-b", a_spec(precision="nf4", quality=False), e2e_s=1.0)
    found = savings_of(TODAY, unknown, DOLLAR)
    assert found.quality is not None
    assert found.quality.ratio is None
    assert any("not known" in text for text in found.cautions)


def test_random_weights_have_no_quality() -> None:
    random = {"model": "gpt2", "weights": "random"}
    runs = [a_result(f"run-{i}", a_spec(**random, batch_size=i), e2e_s=2.0) for i in (1, 8)]
    found = savings_of(runs[0], runs[1], DOLLAR)
    assert found.quality is not None
    assert found.quality.words == "–"
    assert any("Random weights" in text for text in found.cautions)


SECONDS = st.floats(min_value=0.01, max_value=100)


def timed(run_id: str, seconds: float, batch: int) -> RunResult:
    run = a_result(run_id, a_spec(batch_size=batch))
    times = tuple(seconds * factor for factor in SCATTER)
    return run.model_copy(update={"samples": run.samples.model_copy(update={"e2e_s": times})})


@given(
    mine=SECONDS,
    other=SECONDS,
    batch=st.integers(min_value=1, max_value=64),
    requests=st.integers(min_value=1, max_value=10**9),
    paid=st.sampled_from(Payment),
)
def test_a_saving_is_the_others_extra_cost(
    mine: float, other: float, batch: int, requests: int, paid: Payment
) -> None:
    terms = Terms(requests, paid, 1.0, 2.0)
    runs = timed("run-a", mine, 1), timed("run-b", other, batch)
    there, back = savings_of(*runs, terms), savings_of(*runs[::-1], terms)
    assert usd(there) == pytest.approx(-usd(back))
    assert there.chosen is not None
    assert back.chosen is not None
    assert there.chosen.interval is not None
    assert back.chosen.interval is not None
    assert there.chosen.interval.low == pytest.approx(-back.chosen.interval.high)
    assert there.chosen.interval.low <= usd(there) <= there.chosen.interval.high
    assert (there.told is Told.SAVES) == (back.told is Told.COSTS_MORE)


@pytest.mark.parametrize("paid", Payment)
def test_of_pairs_too_a_saving_is_the_others_extra_cost(paid: Payment) -> None:
    a, b = a_pair(b_over_a=0.8)
    terms = Terms(10**8, paid, 1.0, 2.0)
    there, back = savings_of(a, b, terms).chosen, savings_of(b, a, terms).chosen
    assert there is not None
    assert back is not None
    assert there.interval is not None
    assert back.interval is not None
    assert there.interval.low == pytest.approx(-back.interval.high)
    assert there.interval.high == pytest.approx(-back.interval.low)
