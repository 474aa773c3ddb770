"""The roofline plot: the roof at its ridge, a point for each part, and the words above."""

import pytest

from core.plots import roofline
from core.plots.charts import charts
from core.results.measured import Samples
from tests.sample_rooflines import CPU_CEILINGS, H100_CEILINGS, a_bounded_result, at_utilisation
from tests.samples import a_result, a_spec


def test_the_roof_bends_where_reading_and_computing_take_alike() -> None:
    chart = roofline.figure(a_bounded_result(), None)
    (roof, points) = chart.data
    # 160 GFLOP/s over 20 GB/s: 8 FLOPs per byte; on the left of it 20 GFLOP/s for each of them.
    assert roof.x[1] == 8
    assert roof.y[1] == roof.y[2] == 160e9
    assert roof.y[0] == pytest.approx(20e9 * roof.x[0])
    assert (chart.layout.xaxis.type, chart.layout.yaxis.type) == ("log", "log")
    assert points.name == "this run"


def test_points_hang_below_the_roof_by_their_utilisation() -> None:
    result = at_utilisation(0.25, a_spec(), ceilings=CPU_CEILINGS)
    points = roofline.figure(result, None).data[-1]
    prefill, decode = zip(points.x, points.y, strict=True)
    intensity, speed = decode
    assert speed == pytest.approx(0.25 * 20e9 * intensity, rel=0.01)
    assert prefill[0] > intensity
    assert list(points.text) == ["prefill", "decode"]
    assert "25 % MBU" in points.hovertext[1]


def test_the_baseline_stands_beside_it_under_a_roof_of_its_own() -> None:
    fp16, fp32 = a_bounded_result(a_spec(precision="fp16")), a_bounded_result()
    names = [trace.name for trace in roofline.figure(fp16, fp32).data]
    assert names == ["measured, float16", "baseline's, float32", "baseline", "this run"]
    alike = [trace.name for trace in roofline.figure(fp32, fp32).data]
    assert alike == ["measured, float32", "baseline", "this run"]


def test_a_datasheet_is_a_thin_dashed_line() -> None:
    chart = roofline.figure(a_bounded_result(a_spec(device="cuda:0"), ceilings=H100_CEILINGS), None)
    stated = next(trace for trace in chart.data if trace.name == "datasheet")
    assert (stated.line.dash, stated.line.width) == ("dash", 1)
    assert max(stated.y) == 67e12


def test_a_part_without_a_time_has_no_point() -> None:
    chart = roofline.figure(a_bounded_result(samples=Samples(e2e_s=(2.0,))), None)
    assert len(chart.data[-1].x) == 0
    one = roofline.figure(a_bounded_result(a_spec(max_new_tokens=1)), None)
    assert len(one.data[-1].x) == 1


def test_the_words_compare_with_the_least_time() -> None:
    result = a_bounded_result(e2e_s=2.0)
    words = roofline.takeaway(result, a_bounded_result(e2e_s=4.0))
    assert words == (
        "This device allows the run in 862 ms; it took 2.3 times as long, "
        "the baseline 4.6 times its own."
    )
    unmeasured = roofline.takeaway(a_bounded_result(samples=Samples()), None)
    assert "was not measured" in unmeasured


def test_it_is_drawn_only_where_the_ceilings_are_known() -> None:
    assert "Roofline" in [chart.title for chart in charts(a_bounded_result(), None, ())]
    assert "Roofline" not in [chart.title for chart in charts(a_result(), None, ())]
    assert "not known" in roofline.takeaway(a_result(), None)
    assert len(roofline.figure(a_result(), None).data) == 0
