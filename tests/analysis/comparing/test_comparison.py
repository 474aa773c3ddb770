"""Stored runs beside each other: what is told of a difference, and what is left untold."""

import csv
import io

import pytest

from core.analysis.comparing.comparison import (
    MOST_RUNS,
    Told,
    checked_runs,
    compare,
    interval_of,
    reference_choices,
)
from core.analysis.comparing.comparison_csv import comparison_csv
from core.analysis.comparing.differing import differing_settings
from core.errors import RequestError
from core.results.latency import latency_of
from core.results.measured import Memory, Samples
from core.results.metrics import BY_KEY, Metric
from core.results.types import RunResult
from tests.samples import a_result, a_spec, samples_of

TIME = Metric(
    "e2e_s", "End-to-end", "s", False, "",
    read=lambda result: latency_of(result).e2e_s,
    interval=lambda result: latency_of(result).e2e_interval,
)  # fmt: skip


def told(metric: Metric, result: RunResult, reference: RunResult) -> Told:
    """What is told of a run against the reference."""
    (row,) = compare([reference, result], reference, [metric])
    assert row.cells[0].told is Told.REFERENCE
    return row.cells[1].told


def test_intervals_that_lie_apart_tell_better_from_worse() -> None:
    slow, fast = a_result("slow", e2e_s=2.0), a_result("fast", e2e_s=1.0)
    assert told(TIME, fast, slow) is Told.BETTER
    assert told(TIME, slow, fast) is Told.WORSE


def test_intervals_that_overlap_tell_nothing_however_large_the_change() -> None:
    noisy = Samples(e2e_s=(1.0, 1.1, 2.0, 2.9, 3.0))
    one, other = a_result("one", e2e_s=1.4), a_result("other", samples=noisy)
    (row,) = compare([one, other], one, [TIME])
    assert row.cells[1].told is Told.OVERLAP
    assert row.cells[1].relative == pytest.approx(2.0 / 1.4 - 1)


def test_a_time_without_an_interval_is_not_judged() -> None:
    few = a_spec(repeats=3)
    slow, fast = a_result("slow", few, e2e_s=9.0), a_result("fast", few, e2e_s=1.0)
    assert interval_of(TIME, fast) is None
    assert told(TIME, fast, slow) is Told.NO_INTERVAL


def test_bytes_are_exact_but_for_the_peak_which_is_never_twice_the_same() -> None:
    weights, peak = BY_KEY["weights_bytes"], BY_KEY["peak_bytes"]
    one = a_result("one", memory=Memory(weights_bytes=100, peak_bytes=1000))
    near = a_result("near", memory=Memory(weights_bytes=99, peak_bytes=990))
    far = a_result("far", memory=Memory(weights_bytes=100, peak_bytes=900))
    assert told(weights, near, one) is Told.BETTER
    assert told(weights, far, one) is Told.ALIKE
    assert told(peak, near, one) is Told.ALIKE
    assert told(peak, far, one) is Told.BETTER


def test_what_was_not_measured_is_unknown_and_never_a_change() -> None:
    one, other = a_result("one"), a_result("other", a_spec(quality=False))
    (row,) = compare([one, other], one, [BY_KEY["perplexity"]])
    assert (row.cells[1].value, row.cells[1].relative) == (None, None)
    assert row.cells[1].told is Told.UNKNOWN


def test_a_divergence_from_nothing_has_no_relative_change_and_is_worse() -> None:
    exact, lossy = a_result("exact"), a_result("lossy", a_spec(precision="nf4"))
    (row,) = compare([exact, lossy], exact, [BY_KEY["mean_kl_nats"]])
    assert (row.cells[1].relative, row.cells[1].told) == (None, Told.WORSE)


def test_a_metric_that_no_run_knows_is_left_out() -> None:
    runs = [a_result("one"), a_result("two")]
    assert compare(runs, runs[0], [BY_KEY["compile_s"]]) == ()


@pytest.mark.parametrize("count", [0, 1, MOST_RUNS + 1])
def test_too_few_and_too_many_runs_are_refused(count: int) -> None:
    runs = [a_result(f"run-{number}") for number in range(count)]
    with pytest.raises(RequestError, match="2 to 8 runs"):
        checked_runs(runs)


def test_the_same_run_twice_is_one_run() -> None:
    with pytest.raises(RequestError, match="1 cannot be compared"):
        checked_runs([a_result("one"), a_result("one")])


def test_the_baseline_is_offered_unless_it_is_there_already() -> None:
    runs = [a_result("one"), a_result("two")]
    assert [*reference_choices(runs, ["1 a", "2 b"], runs[1])] == ["one", "two"]
    choices = reference_choices(runs, ["1 a", "2 b"], a_result("base"))
    assert [*choices] == ["one", "two", "base"]
    assert choices["base"][0].startswith("the baseline, smollm2-135m")


def test_the_csv_has_what_the_table_has_and_no_formulas() -> None:
    one = a_result("one", a_spec(prompt="=1+1"), e2e_s=2.0)
    two = a_result("two", a_spec(prompt="plain"), samples=samples_of(a_spec(), 1.0))
    rows = compare([one, two], one, [TIME, BY_KEY["weights_bytes"]])
    text = comparison_csv([one, two], differing_settings([one, two]), rows)
    lines = {line["name"]: line for line in csv.DictReader(io.StringIO(text))}
    assert lines["prompt"]["one"] == "'=1+1"
    assert (lines["e2e_s"]["unit"], lines["e2e_s"]["two told"]) == ("s", "better")
    assert float(lines["e2e_s"]["two change"]) == pytest.approx(-0.5)
    assert float(lines["e2e_s"]["two low"]) < float(lines["e2e_s"]["two"])
    assert lines["weights_bytes"]["two low"] == ""
    assert lines["trust"]["two"] == "A"
