"""Figures as plain functions: what is drawn, what is left out, and what the words above say."""

import pytest

from core.plots import cost, latency_by_phase, memory_by_part, token_latency
from core.plots.charts import charts
from core.results.measured import Memory, Samples
from core.results.metrics import Metric
from tests.samples import a_result, a_spec, times_of

COSTS = (
    Metric("usd_per_run", "Cost per run", "USD", False, "", lambda r: r.samples.e2e_s[0] / 3600),
    Metric("usd_per_million", "Per million", "USD", False, "", lambda r: r.samples.e2e_s[0]),
)


def test_latency_splits_prefill_from_decode() -> None:
    result = a_result(e2e_s=2.0, ttft_s=0.5)
    chart = latency_by_phase.figure({"this run": result, "baseline": a_result(e2e_s=4.0)})
    prefill, decode = chart.data
    assert prefill.x[0] == pytest.approx(0.5, rel=0.02)
    assert prefill.x[0] + decode.x[0] == pytest.approx(2.04, rel=0.03)
    assert list(prefill.y) == ["this run", "baseline"]


def test_latency_in_words() -> None:
    result = a_result(e2e_s=2.0, ttft_s=0.51)
    words = latency_by_phase.takeaway(result, a_result(e2e_s=4.0))
    assert "25 % of a generation" in words
    assert "50 % less than the baseline" in words


def test_compile_is_drawn_only_where_it_was_measured() -> None:
    plain, compiled = a_result(), a_result(times=times_of(a_spec(compile="whole")))
    assert [bar.name for bar in latency_by_phase.once_figure({"a": plain}).data] == ["load"]
    names = [bar.name for bar in latency_by_phase.once_figure({"a": compiled}).data]
    assert names == ["load", "compile"]
    assert "compiles in 50.0 s" in latency_by_phase.once_takeaway(compiled)


def test_each_step_pass_is_faint_and_the_median_is_strong() -> None:
    result = a_result(spec=a_spec(max_new_tokens=8))
    chart = token_latency.figure(result, None)
    passes = [trace for trace in chart.data if trace.opacity]
    median = next(trace for trace in chart.data if trace.name == "median")
    assert len(passes) == len(result.samples.token_s)
    assert list(median.x) == [2, 3, 4, 5, 6, 7, 8]


def test_a_drift_over_the_position_is_said() -> None:
    slowing = Samples(token_s=(tuple(0.1 + i * 0.05 + i * i * 0.001 for i in range(32)),))
    assert "slower than early ones" in token_latency.takeaway(a_result(samples=slowing))
    assert "as fast as early ones" in token_latency.takeaway(a_result())


def test_tokens_that_were_guessed_come_several_at_once() -> None:
    words = token_latency.takeaway(a_result(spec=a_spec(decoding="prompt_lookup")))
    assert words.startswith("Guessed tokens come several at once, after pauses of up to ")


def test_memory_tells_all_its_parts_apart() -> None:
    memory = Memory(
        weights_bytes=500, draft_bytes=50, kv_cache_bytes=40, activation_bytes=30,
        graph_bytes=20, runtime_bytes=10, rest_bytes=5, peak_bytes=655,
    )  # fmt: skip
    chart = memory_by_part.figure({"this run": a_result(memory=memory)})
    assert {bar.name: bar.x[0] for bar in chart.data} == {
        "weights": 500, "draft": 50, "KV cache": 40, "activations": 30, "graphs": 20,
        "runtime": 10, "the rest": 5,
    }  # fmt: skip
    assert len({bar.marker.color for bar in chart.data}) == 7


def test_memory_leaves_out_what_is_unknown() -> None:
    memory = Memory(weights_bytes=500, peak_bytes=1000)
    result = a_result(memory=memory)
    chart = memory_by_part.figure({"this run": result})
    assert [bar.name for bar in chart.data] == ["weights"]
    assert "50 % of the peak of 1.00 kB" in memory_by_part.takeaway(result, None)


def test_memory_that_could_not_be_read_is_said() -> None:
    assert "could not be read" in memory_by_part.takeaway(a_result(memory=Memory()), None)


def test_cost_has_a_panel_per_metric() -> None:
    result, baseline = a_result(e2e_s=2.0), a_result(e2e_s=1.0)
    chart = cost.figure({"this run": result, "baseline": baseline}, COSTS)
    assert [title.text for title in chart.layout.annotations] == ["Cost per run", "Per million"]
    assert list(chart.data[1].x) == [2.0, 1.0]
    assert "100 % more than the baseline" in cost.takeaway(result, baseline, COSTS)
    assert "baseline" not in cost.takeaway(result, None, COSTS)


def test_only_plots_that_show_something_are_drawn() -> None:
    costs = COSTS[:1]
    empty = a_result(samples=Samples(), memory=Memory())
    assert charts(empty, None, ()) == ()
    alone = [chart.title for chart in charts(a_result(), None, costs)]
    assert alone == ["Latency by phase", "Latency per token", "Memory by part", "Cost"]
    against = [chart.title for chart in charts(a_result(), a_result("run-0"), costs)]
    assert against == [*alone, "Paid once"]
