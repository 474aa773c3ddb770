"""Verdicts on pairs and on runs that were measured apart."""

from typing import Any

import pytest

from core.analysis.comparing.ab import Comparison, judge
from core.results.measured import Memory
from core.results.paired import Ratio
from core.results.types import RunResult, Stopped
from core.variants.spec import RunSpec
from tests.sample_pairs import a_pair
from tests.samples import a_result, a_run_environment, a_spec, output_of

WILD = (1.0, 1.2, 0.8, 1.1, 0.9, 1.0, 1.3, 0.7, 1.05, 0.8)


def judged(b_over_a: float = 1.0, **pair: Any) -> Comparison:
    return judge(*a_pair(b_over_a=b_over_a, **pair))


def with_memory(run: RunResult, peak_bytes: int) -> RunResult:
    return run.model_copy(update={"memory": Memory(peak_bytes=peak_bytes)})


def with_tokens(run: RunResult, wrong: int) -> RunResult:
    """The run with another token at the last so many positions."""
    ids = run.output.token_ids
    keep = len(ids) - wrong
    changed = (*ids[:keep], *(token + 1000 for token in ids[keep:]))
    return run.model_copy(update={"output": run.output.model_copy(update={"token_ids": changed})})


def specs(a: dict[str, object], b: dict[str, object]) -> tuple[RunSpec, RunSpec]:
    return a_spec(**a), a_spec(**b)


def test_the_verdict_says_speed_memory_and_agreement_in_one_sentence() -> None:
    a, b = a_pair(b_over_a=1 / 1.31)
    a = with_memory(a, 1000)
    b = with_tokens(with_memory(b, 310), wrong=3)
    found = judge(a, b)
    assert found.verdict.startswith("B is 1.31 times as fast (1.")
    assert found.verdict.endswith("), uses 69 % less memory, and agrees with A on 90 % of tokens.")
    assert found.agreement == pytest.approx(29 / 32)
    assert (found.differing, found.first_difference) == ((29, 30, 31), 29)
    assert (found.told, found.stopped, found.more_pairs) == (Stopped.DECIDED,) * 2 + (None,)
    e2e = found.ratio["e2e_s"]
    assert e2e.low is not None
    assert e2e.high is not None
    assert e2e.low < 1 / 1.31 < e2e.high


def test_a_slower_one_and_one_that_takes_more_memory_are_worded_well() -> None:
    a, b = a_pair(b_over_a=1.05)
    found = judge(with_memory(a, 1000), with_memory(b, 1120))
    assert found.verdict.startswith("B takes 1.05 times as long (1.0")
    assert "uses 12 % more memory" in found.verdict
    twice = judge(with_memory(a, 1000), with_memory(b, 2500))
    assert "uses 2.50 times the memory" in twice.verdict


def test_a_against_a_shows_no_difference() -> None:
    found = judged()
    assert found.verdict.startswith("No difference of 3 % or more: B takes 1.00 times as long (")
    assert "uses as much memory as A and agrees with A on 100 % of tokens." in found.verdict
    assert found.told is Stopped.EQUIVALENT


def test_where_nothing_can_be_told_the_pairs_that_would_are() -> None:
    found = judged(noise=WILD)
    assert found.more_pairs is not None
    expected = f"No difference can be told; {found.more_pairs} more pairs would show 3 %."
    assert found.verdict.startswith(expected)
    assert (found.pairs, found.stopped, found.told) == (60, Stopped.MOST_PAIRS, None)


def test_where_only_time_shows_no_difference_it_says_so() -> None:
    found = judged(noise=WILD, specs=specs({}, {"precision": "nf4"}))
    assert found.verdict.startswith("No difference in time can be told; ")
    assert "% less memory" in found.verdict


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ({"max_new_tokens": 20}, {"max_new_tokens": 21}, "max_new_tokens 21 against 20"),
        ({}, {"batch_size": 4}, "batch_size 4 against 1"),
        ({"prompt": "One"}, {"prompt": "Two"}, "another prompt"),
        ({"prompt_tokens": 9}, {"prompt_tokens": 9, "seed": 1}, "seed 1 against 0"),
        ({}, {"stop": "natural", "stop_strings": ["x"]}, "stop natural against fixed"),
    ],
)
def test_unlike_work_is_said_and_compared_by_throughput_as_well(
    a: dict[str, object], b: dict[str, object], words: str
) -> None:
    found = judged(1.05, specs=specs(a, b))
    assert words in found.unlike
    assert found.verdict.startswith("The work differs: ")
    assert "for its own work" in found.verdict
    assert "tokens per second" in found.verdict


def test_rows_that_ended_elsewhere_are_unlike_work() -> None:
    a, b = a_pair(specs=specs({"stop": "natural"}, {"stop": "natural", "precision": "nf4"}))
    shorter = output_of(b.spec).model_copy(update={"new_tokens": (20,)})
    found = judge(a, b.model_copy(update={"output": shorter}))
    assert found.unlike == ("20 generated tokens against 32",)


def test_levers_and_ways_of_measuring_are_no_unlike_work() -> None:
    other = {"precision": "nf4", "warmup": 9, "repeats": 9, "quality": False, "kv_cache": "static"}
    assert judged(specs=specs({}, other)).unlike == ()


def test_random_weights_have_no_text_to_agree_on() -> None:
    found = judged(specs=specs({"weights": "random"}, {"weights": "random"}))
    assert found.verdict.endswith("Random weights have no text to agree on.")
    assert found.agreement is None
    assert "agrees" not in found.verdict


def test_stored_runs_that_were_measured_apart_say_so() -> None:
    found = judge(a_result("one"), a_result("two", e2e_s=4.0))
    assert (found.pairs, found.stopped, found.more_pairs) == (None, None, None)
    assert found.verdict.startswith("B takes 2.00 times as long (")
    assert "measured apart" in found.verdict
    same = judge(a_result("one"), a_result("two"))
    assert same.verdict.startswith("No difference can be told. ")


def test_runs_of_other_machines_say_that() -> None:
    elsewhere = a_run_environment().model_copy(update={"device_name": "Another CPU"})
    found = judge(a_result("one"), a_result("two", environment=elsewhere))
    assert "machines that differ" in found.verdict


def test_halves_of_two_pairs_are_no_pair() -> None:
    a, _ = a_pair(("a", "b"))
    _, d = a_pair(("c", "d"))
    assert judge(a, d).pairs is None


def test_exact_counts_have_their_ratio_as_bounds_and_single_measurements_have_none() -> None:
    ratio = judged(specs=specs({}, {"precision": "nf4"})).ratio
    weights = ratio["weights_bytes"]
    assert weights.low == weights.high == weights.value < 0.5
    assert (ratio["peak_bytes"].low, ratio["load_s"].high) == (None, None)
    assert "e2e_low_s" not in ratio
    assert "mean_kl_nats" not in ratio  # that of A is 0


def test_times_and_rates_of_pairs_are_paired() -> None:
    found = judged(1.25)
    for key, expected in (
        ("e2e_s", 1.25), ("ttft_s", 1.25), ("tpot_s", 1.25),
        ("output_tokens_per_s", 0.8), ("total_tokens_per_s", 0.8), ("decode_tokens_per_s", 0.8),
    ):  # fmt: skip
        ratio: Ratio = found.ratio[key]
        assert ratio.low is not None, key
        assert ratio.high is not None, key
        assert ratio.low < expected < ratio.high, key
