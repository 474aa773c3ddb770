"""Loads from typed values: defaults, what does not go together, the requests that come of it."""

import pytest

from core.errors import RequestError
from core.variants.arrivals import arriving_rate_per_s, requests_of
from core.variants.drawn_lengths import WRITTEN, LengthKind, parse_lengths
from core.variants.load import Arrivals, Load, build_load

TRACE = "arrival_s,prompt_tokens,output_tokens\n0,10,5\n1,20,6\n4,30,7\n"
DENSE_THEN_SPARSE = "arrival_s,prompt_tokens,output_tokens\n" + "".join(
    f"{moment},10,5\n" for moment in (*(n / 100 for n in range(100)), *range(101, 10_101, 100))
)
PERIODS = {"arrivals": "bursts", "on_s": 10, "off_s": 20, "rate_per_s": 10}


def test_what_is_left_out_has_defaults() -> None:
    load = build_load({})
    assert (load.arrivals, load.rate_per_s, load.requests) == (Arrivals.POISSON, 1.0, 100)
    assert build_load({"arrivals": "bursts"}).burst_size == 4
    assert build_load({"arrivals": "bursts", "on_s": 1, "off_s": 2}).burst_size is None
    assert build_load({"duration_s": "60"}).requests is None
    recorded = build_load({"trace": TRACE})
    assert recorded.arrivals is Arrivals.TRACE
    assert recorded.prompt_lengths.kind is LengthKind.TRACE
    assert recorded.mean_rate_per_s == 0.5


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"rate_per_s": "0"}, "rate_per_s", "above 0"),
        ({"rate_per_s": "nan"}, "rate_per_s", "a number"),
        ({"arrivals": "uniform"}, "arrivals", "poisson, bursts, trace"),
        ({"rate": 1}, "rate", "rate_per_s"),
        ({"requests": 0}, "requests", "from 1 to 100000"),
        ({"requests": 5, "duration_s": 5}, "duration_s", "not both"),
        ({"duration_s": 86_400, "rate_per_s": 9}, "duration_s", "more than 100,000"),
        ({"burst_size": 4}, "burst_size", "bursts"),
        ({"arrivals": "bursts", "on_s": 4}, "off_s", "give both"),
        ({"arrivals": "trace"}, "trace", "which one"),
        ({"arrivals": "poisson", "trace": TRACE}, "arrivals", "a trace is given"),
        ({"trace": "arrival_s\nx\n"}, "trace", "line 2"),
        ({"trace": "arrival_s\n1\n"}, "prompt_lengths", "no column prompt_tokens"),
        ({"trace": TRACE, "requests": 4}, "requests", "no more rows"),
        ({"trace": TRACE.replace("1,", "0,").replace("4,", "0,"), "rate_per_s": 2}, "rate_per_s",
         "at once"),
        ({"trace": TRACE, "requests": 1, "rate_per_s": 2}, "rate_per_s", "nothing to stretch"),
        ({"arrivals": "bursts", "on_s": 1, "off_s": 3600, "rate_per_s": 100, "duration_s": 1},
         "duration_s", "more than 100,000"),
        ({"arrivals": "bursts", "on_s": 1, "off_s": 86_400, "rate_per_s": 1e5, "duration_s": 60},
         "duration_s", "more than 100,000"),
        ({"prompt_lengths": "trace"}, "prompt_lengths", "no trace is given"),
        ({"output_lengths": "uniform"}, "output_lengths", "need low and high"),
        ({"output_lengths": "uniform:9"}, "output_lengths", "'9' is no range of whole numbers"),
        ({"output_lengths": "uniform:-16-128"}, "output_lengths", "'-16-128' is no range"),
        ({"output_lengths": f"uniform:1-{'9' * 5000}"}, "output_lengths", "9…' is no range"),
        ({"output_lengths": "0"}, "output_lengths", "mean is '0': it must be a number from 1 to"),
        ({"output_lengths": "9" * 5000}, "output_lengths", "9…': it must be a number from 1 to"),
        ({"output_lengths": "geometric:-5"}, "output_lengths", "mean is '-5': it must be"),
        ({"output_lengths": "lognormal:9:x"}, "output_lengths", "spread is 'x': it must be"),
        ({"output_lengths": "normal:3"}, "output_lengths", "no lengths of the kind 'normal'. Valid:"
         " 64, uniform:16-128, geometric:64, lognormal:64:0.5, trace."),
        ({"prompt_lengths": "1.5"}, "prompt_lengths", "whole number"),
        ({"prompt_lengths": "uniform:9-3"}, "prompt_lengths", "shortest is longer"),
        ({"ttft_s": -1}, "ttft_s", "above 0"),
        ({"seed": -1}, "seed", "from 0"),
    ],
)  # fmt: skip
def test_what_no_load_can_be_is_refused(values: dict[str, object], field: str, words: str) -> None:
    with pytest.raises(RequestError) as caught:
        build_load(values)
    assert caught.value.field == field
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        *WRITTEN,
        "geometric:64:1-512",
        "lognormal:8:2:4-16",
        "lognormal:12345.678:0.3333333333",
        "lognormal:8:1e-05:4-16",
        "geometric:1000000",
    ],
)
def test_lengths_are_read_as_they_are_written(text: str) -> None:
    assert str(parse_lengths("prompt_lengths", text)) == text


@pytest.mark.parametrize(
    ("text", "mean"),
    [("64", 64), ("uniform:16-128", 72), ("geometric:64", 64), ("lognormal:64:0.5", 64)],
)
def test_drawn_lengths_have_their_mean(text: str, mean: float) -> None:
    requests = requests_of(build_load({"requests": 20_000, "output_lengths": text}))
    drawn = sum(request.output_tokens for request in requests) / len(requests)
    assert drawn == pytest.approx(mean, rel=0.02)


def test_cut_lengths_stay_within_their_range() -> None:
    requests = requests_of(build_load({"prompt_lengths": "lognormal:64:2:32-128"}))
    assert {request.prompt_tokens for request in requests} >= {32, 128}
    assert all(32 <= request.prompt_tokens <= 128 for request in requests)


@pytest.mark.parametrize(
    "values",
    [{}, {"arrivals": "bursts"}, {"arrivals": "bursts", "burst_size": 3, "on_s": 2, "off_s": 8}],
)
def test_the_rate_holds_in_the_long_run(values: dict[str, object]) -> None:
    requests = requests_of(build_load({**values, "rate_per_s": 5, "requests": 30_000}))
    assert [request.number for request in requests] == list(range(30_000))
    assert len(requests) / requests[-1].arrival_s == pytest.approx(5, rel=0.03)


def test_a_load_that_ends_before_its_first_pause_has_the_rate_at_which_it_comes() -> None:
    short, long = build_load({**PERIODS, "requests": 100}), build_load({**PERIODS, "requests": 600})
    assert requests_of(short)[-1].arrival_s < 5
    assert short.mean_rate_per_s == 10
    assert arriving_rate_per_s(short) == 30
    assert arriving_rate_per_s(long) == 10
    assert arriving_rate_per_s(build_load({**PERIODS, "duration_s": 29})) == 30
    assert arriving_rate_per_s(build_load({"arrivals": "bursts", "burst_size": 100})) is None


def test_drawing_stops_where_more_come_than_a_load_may_have() -> None:
    with pytest.raises(RequestError, match="more than 100,000 requests come within it") as caught:
        requests_of(build_load({"rate_per_s": 100_000, "duration_s": 1, "seed": 1}))
    assert caught.value.field == "duration_s"


def test_bursts_come_at_once_and_only_in_their_periods() -> None:
    requests = requests_of(
        build_load({"arrivals": "bursts", "burst_size": 5, "on_s": 2, "off_s": 8})
    )
    moments = [request.arrival_s for request in requests]
    assert moments[0] == moments[4] < moments[5] == moments[9]
    assert all(moment % 10 <= 2 for moment in moments)


def test_the_seed_decides_and_a_rate_only_stretches() -> None:
    load = build_load({"seed": 7})
    assert requests_of(load) == requests_of(build_load({"seed": 7}))
    assert requests_of(load) != requests_of(build_load({"seed": 8}))
    for slow, fast in zip(requests_of(load), requests_of(load.at_rate(4)), strict=True):
        assert fast.arrival_s == pytest.approx(slow.arrival_s / 4)
        assert (fast.prompt_tokens, fast.output_tokens) == (slow.prompt_tokens, slow.output_tokens)


def test_a_trace_comes_as_recorded_or_stretched() -> None:
    requests = requests_of(build_load({"trace": TRACE}))
    assert [(r.arrival_s, r.prompt_tokens, r.output_tokens) for r in requests] == [
        (0, 10, 5), (1, 20, 6), (4, 30, 7)
    ]  # fmt: skip
    twice = build_load({"trace": TRACE, "rate_per_s": 1, "output_lengths": "9"})
    assert [(r.arrival_s, r.output_tokens) for r in requests_of(twice)] == [
        (0, 9),
        (0.5, 9),
        (2, 9),
    ]
    assert len(requests_of(build_load({"trace": TRACE, "duration_s": 1.5}))) == 2


def test_a_part_of_a_trace_has_the_rate_of_that_part() -> None:
    load = build_load({"trace": DENSE_THEN_SPARSE, "requests": 100})
    assert load.mean_rate_per_s == pytest.approx(100)
    assert requests_of(load.at_rate(2))[-1].arrival_s == pytest.approx(99 / 2)
    assert build_load({"trace": DENSE_THEN_SPARSE}).mean_rate_per_s == pytest.approx(199 / 10_001)


def test_the_same_part_of_a_trace_comes_at_every_rate() -> None:
    load = build_load({"trace": DENSE_THEN_SPARSE, "duration_s": 300})
    assert len(requests_of(load)) == 102
    for rate in (0.01, 1, 100):
        requests = requests_of(load.at_rate(rate))
        assert len(requests) == 102
        assert requests[-1].arrival_s == pytest.approx(101 / rate)


def test_a_duration_without_requests_is_refused() -> None:
    with pytest.raises(RequestError, match="no request comes"):
        requests_of(build_load({"duration_s": 0.001, "rate_per_s": 0.001}))


def test_a_load_survives_being_stored() -> None:
    for load in (build_load({}), build_load({"trace": TRACE, "ttft_s": None})):
        assert Load.model_validate_json(load.model_dump_json()) == load
        assert Load.model_validate_json(load.model_dump_json()).id == load.id
