"""Recommendations against brute force, and each thing that one says."""

import random

import pytest

from core.analysis.deciding.answer import headline, sentences
from core.analysis.deciding.asking.sentence import read_ask
from core.analysis.deciding.fitness import Satisfaction
from core.analysis.deciding.missing import spec_to_measure
from core.analysis.deciding.objectives import objectives
from core.analysis.deciding.recommend import Recommendation, recommend
from core.results.candidate import Candidate
from tests.analysis.candidates import a_candidate
from tests.samples import a_spec

OBJECTIVES = objectives(lambda _: 3.6)


def a_run(
    run_id: str,
    tpot_s: float = 0.04,
    peak_bytes: float = 5e8,
    rate: float = 20.0,
    ratio: float | None = 1.0,
    spread: float = 0.0,
    **levers: str | int,
) -> Candidate:
    """A run whose times and rate have intervals of that relative half width."""
    values = {
        "tpot_s": tpot_s,
        "peak_bytes": peak_bytes,
        "output_tokens_per_s": rate,
        "perplexity_ratio": ratio,
        "e2e_s": tpot_s * 32,
    }
    sampled = ("tpot_s", "output_tokens_per_s", "e2e_s") if spread else ()
    ends = {key: (values[key] or 0.0) for key in sampled}
    intervals = {key: (v * (1 - spread), v * (1 + spread)) for key, v in ends.items()}
    return a_candidate(run_id, values, intervals, levers=levers)


def answer(text: str, *candidates: Candidate) -> Recommendation:
    return recommend(candidates, read_ask(text), OBJECTIVES)


def test_random_cases_have_the_winner_and_runner_up_of_brute_force() -> None:
    draw = random.Random(3)
    ask = read_ask("at most 50 ms per token, 1 GB, perplexity ratio at most 1.02, cheapest")
    for _ in range(300):
        runs = [
            a_run(
                f"run-{i}",
                draw.uniform(0.03, 0.06),
                draw.uniform(5e8, 1.3e9),
                draw.choice((10.0, 20.0, 30.0)),
                draw.choice((None, 1.0, 1.02, 1.03)),
            )
            for i in range(draw.randint(0, 12))
        ]
        good = [
            r
            for r in runs
            if r.values["tpot_s"] <= 0.05
            and r.values["peak_bytes"] <= 1e9
            and (r.values["perplexity_ratio"] or 9.0) <= 1.02
        ]
        good.sort(key=lambda r: (-(r.values["output_tokens_per_s"] or 0), r.values["e2e_s"]))
        found = recommend(runs, ask, OBJECTIVES)
        told = [option and option.candidate for option in (found.winner, found.runner_up)]
        assert told == [*good[:2], None, None][:2]
        assert found.qualified == len(good)


def test_the_limit_that_binds_is_named_with_what_relaxing_it_buys() -> None:
    kept = a_run("kept", rate=20.0)
    near = a_run("near", peak_bytes=1.03e9, rate=20 / 0.6, precision="nf4", batch_size=4)
    far = a_run("far", peak_bytes=2e9, rate=80.0, precision="fp16")
    slow = a_run("slow", tpot_s=0.1, peak_bytes=2e9, rate=500.0)
    found = answer("1 GB, 50 ms per token, cheapest", kept, near, far, slow)
    assert [r.option.candidate.run_id for r in found.relaxations] == ["near", "far"]
    first = found.relaxations[0]
    assert (first.excess, first.gain) == (pytest.approx(0.03), pytest.approx(0.4))
    said = " ".join(sentences(found))
    assert "The limit that binds is Peak memory at most 1 GB." in said
    assert "3.0 % more peak memory (1.03 GB) would allow nf4 · sdpa · batch 4: 40 % cheaper" in said


def test_what_is_needed_is_rounded_so_that_the_run_is_within_it() -> None:
    kept, out = a_run("kept"), a_run("out", peak_bytes=1.0301e9, rate=99.0)
    assert "(1.04 GB)" in " ".join(sentences(answer("1 GB, cheapest", kept, out)))


def test_no_limit_binds_where_the_best_run_is_within_all() -> None:
    found = answer("1 GB, cheapest", a_run("best", rate=50.0), a_run("other", peak_bytes=3e9))
    assert found.relaxations == ()
    assert "No limit binds" in " ".join(sentences(found))


def test_a_value_whose_interval_holds_the_limit_cannot_be_told() -> None:
    edge = a_run("edge", tpot_s=0.049, rate=40.0, spread=0.05)
    sure = a_run("sure", tpot_s=0.03, rate=20.0, spread=0.05)
    found = answer("50 ms per token, cheapest", edge, sure)
    assert found.winner is not None
    assert found.winner.checks[0].satisfaction is Satisfaction.MET_UNSURE
    assert found.surest is not None
    assert found.surest.candidate is sure
    said = " ".join(sentences(found))
    assert "Whether it keeps TPOT at most 50 ms cannot be told" in said
    assert "The best run that keeps every limit beyond doubt: fp32" in said


def test_a_doubtful_limit_says_how_many_more_repeats_would_tell() -> None:
    edge = a_run("edge", tpot_s=0.049, spread=0.05)
    (wanted,) = answer("50 ms per token, cheapest", edge).measurements
    assert wanted.times_repeats == pytest.approx((0.049 * 0.05 / 0.001) ** 2)
    spec = spec_to_measure(a_spec(repeats=5), wanted)
    assert spec.workload.repeats == 31


def test_winner_and_runner_up_whose_intervals_overlap_are_not_told_apart() -> None:
    one, two = a_run("one", rate=20.0, spread=0.05), a_run("two", rate=19.5, spread=0.05)
    found = answer("cheapest", one, two)
    assert found.told_apart is False
    assert "cannot be told apart" in " ".join(sentences(found))
    far = a_run("far", rate=10.0, spread=0.05)
    assert answer("cheapest", one, far).told_apart is True


def test_equal_runs_are_said_to_be_equal() -> None:
    said = " ".join(sentences(answer("smallest", a_run("one"), a_run("two"))))
    assert "The two are equal in it." in said


def test_two_runs_without_quality_would_decide() -> None:
    kept = a_run("kept", rate=20.0)
    lacking = [a_run(f"lacking-{i}", rate=30.0 + i, ratio=None) for i in range(2)]
    worse = a_run("worse", rate=10.0, ratio=None)
    random_weights = a_run("random", rate=50.0, ratio=None, weights="random")
    found = answer("perplexity ratio 1.02, cheapest", kept, *lacking, worse, random_weights)
    wanted = [measurement.candidate.run_id for measurement in found.measurements]
    assert wanted == ["lacking-1", "lacking-0"]
    assert "2 runs would decide this." in sentences(found)
    spec = spec_to_measure(a_spec(quality=False), found.measurements[0])
    assert spec.workload.quality


def test_a_run_that_breaks_another_limit_for_sure_is_not_to_be_measured() -> None:
    big = a_run("big", peak_bytes=3e9, rate=90.0, ratio=None)
    found = answer("1 GB, perplexity ratio 1.02, cheapest", a_run("kept"), big)
    assert found.measurements == ()


def test_the_nearest_is_named_with_what_it_is_beyond() -> None:
    near, far = a_run("near", tpot_s=0.06), a_run("far", tpot_s=0.03, peak_bytes=9e9)
    found = answer("50 ms per token, 1 GB, cheapest", far, near)
    assert found.winner is None
    assert found.nearest is not None
    assert found.nearest.candidate is near
    assert "TPOT 60.0 ms is 20 % above the limit" in headline(found)


def test_whole_numbers_of_bytes_have_a_nearest_too() -> None:
    found = answer("100 MB, cheapest", a_run("only", peak_bytes=500_000_001))
    assert "500 MB is 400 % above the limit" in headline(found)


def test_a_limit_of_zero_has_a_nearest_too() -> None:
    found = answer("0 GB, cheapest", a_run("only"))
    assert "500 MB is above the limit" in headline(found)


def test_conditions_on_levers_hold() -> None:
    one, four = a_run("one", rate=50.0), a_run("four", batch_size=4)
    found = answer("batch size 4, cheapest", one, four)
    assert found.winner is not None
    assert found.winner.candidate is four
    assert found.fitting == 1
    assert headline(answer("nf4, cheapest", one)) == "No run has levers like these."


def test_nothing_to_choose_among_is_said() -> None:
    assert "No run" in headline(answer("cheapest"))


def test_a_goal_that_is_better_higher_is_turned() -> None:
    slow, fast = a_run("slow", rate=10.0, spread=0.1), a_run("fast", rate=30.0, spread=0.1)
    found = answer("highest throughput", slow, fast)
    assert found.winner is not None
    assert found.winner.candidate is fast
    assert found.told_apart is True


def test_a_difference_is_not_told_where_only_one_has_an_interval() -> None:
    found = answer("cheapest", a_run("few-repeats", rate=40.0), a_run("told", spread=0.01))
    assert found.told_apart is None
    assert any("Not both have an interval" in sentence for sentence in sentences(found))
