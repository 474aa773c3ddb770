"""The month's plots: what they hold, and that names are no tags."""

import pytest

from core.analysis.savings.saving import savings_of
from core.analysis.savings.terms import Payment, Terms
from core.plots import month
from tests.samples import a_result, a_spec

TODAY = a_result("run-a", a_spec(), e2e_s=2.0)
FAST = a_result("run-b", a_spec(precision="nf4"), e2e_s=1.0)


def test_a_bar_for_each_with_its_amount_and_interval() -> None:
    savings = savings_of(TODAY, FAST, Terms(usd_per_hour=1.0))
    (bar,) = month.bars(savings).data
    assert list(bar.x) == pytest.approx([555.56, 277.78], abs=0.01)
    assert list(bar.text) == ["$556", "$278"]
    assert min(bar.error_x.array) > 0
    assert "$556 today and $278 then" in month.bars_takeaway(savings)


def test_a_single_run_is_one_bar() -> None:
    (bar,) = month.bars(savings_of(TODAY, None, Terms())).data
    assert len(bar.x) == 1


def test_the_curve_rises_and_whole_machines_make_steps() -> None:
    savings = savings_of(TODAY, FAST, Terms(10**6, Payment.ALL_MONTH, 1.0, 1.0))
    for line in month.curve(savings).data:
        amounts = list(line.y)
        assert amounts == sorted(amounts)
        assert {usd / 730 for usd in amounts} <= {float(n) for n in range(1, 200)}
    assert "from 1,314,001 requests" in month.curve_takeaway(savings)


@pytest.mark.parametrize("requests", [1, 10**12])
def test_the_ends_of_the_volume_are_drawn(requests: int) -> None:
    assert month.curve(savings_of(TODAY, FAST, Terms(requests))).data
