"""The arithmetic of the benchmarks' table."""

import json
from pathlib import Path

import pytest

from benchmarks.rows import Ratio, Row, ratio_of_pairs, table, within, write


def test_a_ratio_is_taken_pair_by_pair() -> None:
    drifting = [(2.0 * scale, 1.0 * scale) for scale in (1, 2, 4, 8, 16)]
    ratio = ratio_of_pairs(drifting)
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((2.0, 2.0, 2.0))
    assert ratio.half_width == pytest.approx(0.0)
    assert ratio.contains(1.0) is False


def test_few_pairs_have_no_interval_and_are_never_narrow() -> None:
    ratio = ratio_of_pairs([(1.0, 1.0), (1.1, 1.0)])
    assert ratio.low is None
    assert ratio.half_width == float("inf")
    assert not ratio.contains(1.0)


def test_more_scatter_widens_the_interval() -> None:
    calm = ratio_of_pairs([(1.0 + 0.01 * (i % 3), 1.0) for i in range(12)])
    wild = ratio_of_pairs([(1.0 + 0.30 * (i % 3), 1.0) for i in range(12)])
    assert wild.half_width > calm.half_width > 0


@pytest.mark.parametrize(("samples", "met"), [([0.1, 0.2, 0.9], True), ([0.1, 0.6, 0.7], False)])
def test_a_limit_holds_for_the_median(samples: list[float], met: bool) -> None:
    row = within("start", samples, limit=0.5, unit="s")
    assert row.met is met
    assert row.detail["max"] == max(samples)


def test_the_table_and_the_file_say_the_same(tmp_path: Path) -> None:
    rows = [
        Row("a / b", Ratio(1.25, 1.2, 1.3, 9), "at most 1.5", True),
        Row("c / d", Ratio(2.0), "at most 1.5", False),
    ]
    lines = table(rows).splitlines()
    assert "1.250" in lines[1]
    assert lines[1].endswith("met")
    assert "–" in lines[2]
    assert lines[2].endswith("MISSED")
    write(rows, tmp_path / "latest.json")
    stored = json.loads((tmp_path / "latest.json").read_text())["rows"]
    assert [row["ratio"]["value"] for row in stored] == [1.25, 2.0]
