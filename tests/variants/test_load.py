"""Loads from typed values: defaults, what does not go together, the requests that come of it."""

import pytest

from core.errors import RequestError
from core.variants.arrivals import requests_of
from core.variants.drawn_lengths import WRITTEN, LengthKind, parse_lengths
from core.variants.load import Arrivals, Load, build_load

TRACE = "arrival_s,prompt_tokens,output_tokens\n0,10,5\n1,20,6\n4,30,7\n"


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
        ({"prompt_lengths": "trace"}, "prompt_lengths", "no trace is given"),
        ({"output_lengths": "uniform:9"}, "output_lengths", "need low and high"),
        ({"output_lengths": "0"}, "output_lengths", "greater than or equal to 1"),
        ({"output_lengths": "normal:3"}, "output_lengths", "lognormal:64:0.5"),
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


@pytest.mark.parametrize("text", [*WRITTEN, "geometric:64:1-512", "lognormal:8:2:4-16"])
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


def test_a_duration_without_requests_is_refused() -> None:
    with pytest.raises(RequestError, match="no request comes"):
        requests_of(build_load({"duration_s": 0.001, "rate_per_s": 0.001}))


def test_a_load_survives_being_stored() -> None:
    for load in (build_load({}), build_load({"trace": TRACE, "ttft_s": None})):
        assert Load.model_validate_json(load.model_dump_json()) == load
        assert Load.model_validate_json(load.model_dump_json()).id == load.id
