"""Ratios with what is told of them: better, worse, the same, undecided."""

import pytest

from core.analysis.comparing.ratio_rows import in_words, pair_ratios, ratio_rows
from core.results.measured import Samples
from core.results.metrics import METRICS
from core.results.paired import Ratio
from tests.samples import a_result


@pytest.mark.parametrize(
    ("key", "ratio", "better"),
    [
        ("e2e_s", Ratio(0.8, 0.7, 0.9), True),
        ("e2e_s", Ratio(1.2, 1.1, 1.3), False),
        ("e2e_s", Ratio(0.8, 0.6, 1.0), None),
        ("output_tokens_per_s", Ratio(1.2, 1.1, 1.3), True),
        ("weights_bytes", Ratio(0.3, 0.3, 0.3), True),
        ("weights_bytes", Ratio(1.0, 1.0, 1.0), None),
        ("e2e_s", Ratio(0.1), None),
        ("peak_bytes", Ratio(0.7), True),
        ("peak_bytes", Ratio(0.99), None),
        ("perplexity", Ratio(1.02), False),
    ],
)
def test_better_is_told_only_where_the_interval_leaves_one_out(
    key: str, ratio: Ratio, better: bool | None
) -> None:
    (row,) = ratio_rows({key: ratio}, METRICS)
    assert row.better is better


def test_only_metrics_with_a_direction_and_a_ratio_are_rows() -> None:
    ratios = {key: Ratio(1.1, 1.0, 1.2) for key in ("tpot_s", "mean_power_w", "e2e_low_s")}
    assert [row.metric.key for row in ratio_rows(ratios, METRICS)] == ["tpot_s"]


def test_a_ratio_in_words_has_its_interval_where_it_needs_one() -> None:
    ratios = {
        "e2e_s": Ratio(0.763, 0.741, 0.787),
        "weights_bytes": Ratio(0.5, 0.5, 0.5),
        "load_s": Ratio(2.0),
    }
    said = {row.metric.key: in_words(row) for row in ratio_rows(ratios, METRICS)}
    assert said["e2e_s"] == "0.763 (0.741 to 0.787)"
    assert said["weights_bytes"] == "0.500"
    assert said["load_s"] == "2.00, no interval"


def test_each_pair_has_its_ratio_and_an_odd_one_is_left_out() -> None:
    a = a_result(samples=Samples(e2e_s=(1.0, 2.0, 4.0)))
    b = a_result(samples=Samples(e2e_s=(2.0, 1.0)))
    assert pair_ratios(a, b) == [2.0, 0.5]


def test_alike_is_told_of_what_is_exact_or_read_once_and_never_of_times() -> None:
    ratios = {
        "weights_bytes": Ratio(1.0, 1.0, 1.0),
        "peak_bytes": Ratio(1.01),
        "load_s": Ratio(1.0),
        "e2e_s": Ratio(1.0, 0.99, 1.01),
    }
    alike = {row.metric.key: row.alike for row in ratio_rows(ratios, METRICS)}
    assert alike == {"weights_bytes": True, "peak_bytes": True, "load_s": False, "e2e_s": False}
