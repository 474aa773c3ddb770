"""Latency figures from raw samples, by hand."""

import pytest

from core.results.latency import latency_of
from core.results.measured import Output, Samples
from core.results.metrics import METRICS
from core.results.network import NETWORK_METRICS
from tests.sample_endpoints import endpoint_facts
from tests.samples import a_result, a_spec

SAMPLES = Samples(
    e2e_s=(1.0, 1.2, 1.1, 1.3, 1.15),
    token_s=((0.2, 0.4, 0.6, 1.2), (0.3, 0.5, 0.7, 1.2)),
)


def test_figures_of_two_rows_of_four_tokens() -> None:
    result = a_result(
        samples=SAMPLES,
        output=Output(text="", token_ids=(), prompt_tokens=10, new_tokens=(4, 4)),
    )
    found = latency_of(result)
    assert found.ttft_s == pytest.approx(0.25)
    assert found.tpot_s == pytest.approx((1.0 / 3 + 0.9 / 3) / 2)
    assert found.itl_s == pytest.approx((0.2, 0.2, 0.6, 0.2, 0.2, 0.5))
    assert found.e2e_s == 1.15
    assert found.e2e_min_s == 1.0
    assert found.decode_tokens_per_s == pytest.approx(6 / 0.95)
    assert found.output_tokens_per_s == pytest.approx(8 / 1.15)
    assert found.total_tokens_per_s == pytest.approx(28 / 1.15)
    assert found.instrument_overhead == pytest.approx(1.2 / 1.0 - 1)


def test_total_throughput_counts_no_padding() -> None:
    output = Output(
        text="", token_ids=(), prompt_tokens=10, prompt_lengths=(2, 6, 10), new_tokens=(4, 4, 4)
    )
    found = latency_of(a_result(samples=SAMPLES, output=output))
    assert found.total_tokens_per_s == pytest.approx((18 + 12) / 1.15)


def test_tokens_that_came_with_the_first_are_not_decoded_for_nothing() -> None:
    output = Output(text="", token_ids=(), prompt_tokens=10, new_tokens=(8,))
    guessed = Samples(e2e_s=(0.6,), token_s=((0.2,) * 6 + (0.6,) * 2,))
    found = latency_of(a_result(samples=guessed, output=output))
    assert found.first_tokens == 6
    assert found.tpot_s == pytest.approx(0.4 / 2)
    assert found.decode_tokens_per_s == pytest.approx(2 / 0.4)
    assert found.itl_s == pytest.approx((0.4,))


def test_one_pass_for_all_tokens_has_no_time_per_later_token() -> None:
    output = Output(text="", token_ids=(), prompt_tokens=10, new_tokens=(3,))
    at_once = Samples(e2e_s=(0.2,), token_s=((0.2, 0.2, 0.2),))
    found = latency_of(a_result(samples=at_once, output=output))
    assert (found.tpot_s, found.decode_s, found.decode_tokens_per_s) == (None, None, None)
    assert found.itl_s == ()


def test_repeats_of_different_length_are_counted_one_by_one() -> None:
    """As under a time limit: the generation whose text was kept is none of those timed."""
    output = Output(text="", token_ids=(), prompt_tokens=10, new_tokens=(2, 2))
    limited = Samples(
        e2e_s=(1.0, 1.0, 1.0),
        e2e_tokens=(10, 20, 12),
        token_s=((0.2, 0.4, 0.6), (0.2, 0.6)),
        step_tokens=(6, 3),
    )
    found = latency_of(a_result(samples=limited, output=output))
    assert found.output_tokens_per_s == pytest.approx(12.0)
    assert found.decode_tokens_per_s == pytest.approx((4 / 0.4 + 1 / 0.4) / 2)


def test_one_token_has_no_time_per_later_token() -> None:
    result = a_result(
        samples=Samples(e2e_s=(0.2,), token_s=((0.2,),)),
        output=Output(text="", token_ids=(1,), prompt_tokens=3, new_tokens=(1,)),
    )
    found = latency_of(result)
    assert (found.tpot_s, found.itl_p95_s, found.decode_tokens_per_s) == (None, None, None)
    assert found.e2e_interval is None


def test_no_samples_make_no_figures_and_no_errors() -> None:
    result = a_result(samples=Samples(), quality=None)
    by_key = {metric.key: metric.read(result) for metric in METRICS}
    assert by_key["ttft_s"] is by_key["e2e_s"] is by_key["perplexity"] is None


def test_every_metric_reads_a_whole_result() -> None:
    spec = a_spec(compile="whole", decoding="prompt_lookup", task="Some text.")
    unread = {metric.key for metric in METRICS if metric.read(a_result(spec=spec)) is None}
    served = a_result(endpoint=endpoint_facts())
    assert unread == {metric.key for metric in NETWORK_METRICS}
    assert all(metric.read(served) is not None for metric in NETWORK_METRICS)
    assert len({metric.key for metric in METRICS}) == len(METRICS)


def test_requests_that_do_not_go_in_step_have_a_first_token_each() -> None:
    one_after_the_other = ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6), (0.7, 0.8, 0.9))
    samples = Samples(
        e2e_s=(0.9,), token_s=((0.7, 0.8, 0.9),), step_tokens=(9,), request_s=(one_after_the_other,)
    )
    output = Output(text="", token_ids=(), prompt_tokens=3, new_tokens=(3, 3, 3))
    found = latency_of(a_result(samples=samples, output=output))
    assert found.ttft_s == pytest.approx(0.4)
    assert found.tpot_s == pytest.approx(0.1)
    assert found.decode_s == pytest.approx(0.2)
    # Two later tokens of each in the 0.8 s from the first one's first token: waiting counts.
    assert found.decode_tokens_per_s == pytest.approx(6 / 0.8)
    assert found.output_tokens_per_s == pytest.approx(9 / 0.9)
    assert len(found.itl_s) == 6
