"""Figures of a served load, against sums made by hand."""

import pytest

from core.analysis.batching.figures import FIGURES
from core.analysis.batching.serving_metrics import (
    ServingMetrics,
    counted_of,
    serving_metrics,
)
from core.analysis.batching.simulator import simulate
from core.results.serving import BatchStep, Served, ServedLoad
from core.variants.load import build_load
from core.variants.objective import Objective
from core.variants.policy import Policy
from tests.sample_steps import SampleTimes

LOAD = build_load({"requests": 2})


def served(number: int, arrival_s: float, started_s: float, output_tokens: int) -> Served:
    """First token a second after the start, all in a batch that ends at 8 s."""
    return Served(number=number, arrival_s=arrival_s, started_s=started_s,
                  first_token_s=started_s + 1, ended_s=8, prompt_tokens=10 * (number + 1),
                  output_tokens=output_tokens, batch=0)  # fmt: skip


def two_requests(objective: Objective | None = None) -> ServedLoad:
    """A batch of two that pads one prompt by 10 tokens and one answer by 4."""
    load = LOAD.model_copy(update={"objective": objective or LOAD.objective})
    step = BatchStep(started_s=3, ended_s=8, rows=2, wanted_tokens=10 + 20 + 4, computed_tokens=48)
    rows = (served(0, 0, 3, 1), served(1, 2, 3, 5))
    return ServedLoad(load=load, policy=Policy(), simulated=True, served=rows, steps=(step,))


def test_a_batch_of_two() -> None:
    found = serving_metrics(two_requests(Objective(ttft_s=3, tpot_s=1.0)), 3.6)
    assert str(found.counted) == "all 2 requests"
    assert found.requests_per_s == 2 / 8
    assert found.output_tokens_per_s == 6 / 8
    assert found.usd_per_million_tokens == pytest.approx(3.6 / 3600 / (6 / 8) * 1e6)
    assert (found.ttft_p50_s, found.e2e_p50_s) == (3.0, 7.0)
    assert (found.queue_mean_s, found.queue_p50_s) == (2.0, 2.0)
    assert (found.ttft_p95_s, found.e2e_p95_s, found.queue_p95_s) == (None, None, None)
    assert found.tpot_p50_s == (8 - 4) / 4
    assert found.padding_share == pytest.approx(14 / 48)
    assert found.mean_batch == 2
    assert found.utilisation == 5 / 8
    assert found.goodput_share == 0.5
    assert found.goodput_per_s == 0.125


@pytest.mark.parametrize(
    ("ttft_s", "tpot_s", "share"),
    [(3, 1.0, 0.5), (4, 1.0, 1.0), (None, 1.0, 1.0), (4, 0.9, 0.5), (3, None, 0.5),
     (None, None, None)],
)  # fmt: skip
def test_goodput_needs_both_limits_kept(
    ttft_s: float | None, tpot_s: float | None, share: float | None
) -> None:
    found = serving_metrics(two_requests(Objective(ttft_s=ttft_s, tpot_s=tpot_s)), None)
    assert found.goodput_share == share
    assert found.usd_per_million_tokens is None


def test_nothing_served_is_unknown_not_zero() -> None:
    nothing = two_requests().model_copy(update={"served": (), "steps": ()})
    found = serving_metrics(nothing, 1.0)
    assert {figure.read(found) for figure in FIGURES.values()} == {None}


def test_a_tenth_is_left_out_at_either_end() -> None:
    assert str(counted_of(49)) == "all 49 requests"
    assert str(counted_of(50)) == "requests 6 to 45 of 50"
    load = build_load({"requests": 100, "rate_per_s": 50})
    done = simulate(load, Policy(kind="none"), SampleTimes())
    middle = sorted(one.e2e_s for one in done.served[10:90])
    assert serving_metrics(done, None).e2e_p50_s == pytest.approx((middle[39] + middle[40]) / 2)


def test_every_figure_has_its_row() -> None:
    fields = set(ServingMetrics.__dataclass_fields__) - {"counted"}
    assert set(FIGURES) == fields
