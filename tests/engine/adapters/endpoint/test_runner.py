"""A server is asked over real HTTP: what is timed, what is counted, and how it is asked."""

import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from core.engine.adapters.endpoint.prompts import Prompts
from core.engine.cancellation import Cancellation
from core.errors import RequestError, RunCancelled, RunError, UnsupportedRun
from core.variants.spec import Workload
from tests.engine.adapters.endpoint.starting import Start, adapter_of
from tests.scripted_server import Event, Reply, Scripted, end, piece, prompt_tokens, serving


def test_times_are_those_of_the_tokens(start: Start) -> None:
    runner = start(Scripted(first_s=0.2, token_s=0.05), prompt="a b c", max_new_tokens=5)
    times, tokens = runner.step()
    assert tokens == len(times) == 5
    assert 0.2 <= times[0] < 0.3
    assert all(0.04 < later - earlier < 0.1 for earlier, later in pairwise(times))
    seconds, tokens = runner.headline()
    assert (tokens, seconds >= 0.4) == (5, True)


def test_requests_in_flight_have_a_first_token_each(start: Start) -> None:
    server = Scripted(one_by_one=True, first_s=0.1, token_s=0.05)
    runner = start(server, prompt="a b c", max_new_tokens=3, batch_size=3)
    together, tokens = runner.step()
    (requests,) = runner.request_s()
    firsts = sorted(times[0] for times in requests)
    assert tokens == 9
    assert firsts[0] < 0.2 < firsts[1] < 0.4 < firsts[2] < 0.6
    assert together[0] == pytest.approx(firsts[2], abs=0.05)
    assert together[-1] == pytest.approx(max(times[-1] for times in requests), abs=0.05)


def test_requests_are_in_flight_at_once(start: Start) -> None:
    runner = start(Scripted(first_s=0.3), prompt="a", max_new_tokens=2, batch_size=8)
    seconds, tokens = runner.headline()
    assert tokens == 16
    assert seconds < 0.9


def test_synthetic_prompts_are_ids_of_exactly_that_many_tokens_and_never_alike(
    start: Start,
) -> None:
    server = Scripted()
    runner = start(server, prompt_tokens=20, max_new_tokens=2, batch_size=2)
    runner.step()
    prompts = [tuple(body["prompt"]) for body in server.asked if isinstance(body["prompt"], list)]
    assert {len(prompt) for prompt in prompts} == {20}
    assert len(set(prompts)) == len(prompts) == 3
    assert runner.endpoint().prompt_form == "token ids"
    assert runner.describe().prompt_lengths == (20, 20)


@pytest.mark.parametrize("ids", [True, False])
def test_no_prompt_begins_like_one_of_another_run(ids: bool) -> None:
    drawn = []
    for tokens in (64, 64, 128):
        prompts = Prompts(Workload(prompt_tokens=tokens, seed=7))
        prompts.ids = ids
        drawn += [prompts.next(), prompts.next()]
    begins = {
        tuple(prompt.split()[:8] if isinstance(prompt, str) else prompt[:8]) for prompt, _ in drawn
    }
    assert len(begins) == len({salt for _, salt in drawn}) == 6


def test_a_server_of_texts_gets_as_many_words_as_make_up_the_tokens(start: Start) -> None:
    server = Scripted(takes_ids=False, routes=("/v1/chat/completions",))
    runner = start(server, prompt_tokens=20, max_new_tokens=2)
    runner.step()
    assert prompt_tokens(server.asked[-1]) == 20
    facts = runner.endpoint()
    assert (facts.route, facts.prompt_form) == ("chat/completions", "words")
    assert runner.describe().prompt_tokens == 20


def test_the_way_of_asking_is_the_first_that_the_server_takes(start: Start) -> None:
    strict = Scripted(refuses=("ignore_eos", "min_tokens"))
    runner = start(strict, prompt="a", max_new_tokens=4)
    runner.step()
    assert runner.endpoint().dialect == "generation_config"
    assert '"min_new_tokens": 4' in strict.asked[-1]["generation_config"]
    assert (strict.asked[-1]["temperature"], strict.asked[-1]["stream"]) == (0, True)


def test_a_server_that_takes_them_is_told_to_reuse_nothing(start: Start) -> None:
    server = Scripted()
    runner = start(server, prompt="a", max_new_tokens=4, batch_size=2)
    runner.step()
    last = server.asked[-2:]
    assert all(body["ignore_eos"] and body["min_tokens"] == 4 for body in last)
    assert len({body["cache_salt"] for body in last}) == 2


def test_events_of_one_read_have_one_time(start: Start) -> None:
    def answer(body: dict[str, Any]) -> Reply:
        tokens = body["max_tokens"]
        one = b'data: {"choices": [{"index": 0, "text": "x"}]}\n\n'
        return Reply([one * tokens, end(1, tokens)])

    times, _ = start(Scripted(answer), prompt="a", max_new_tokens=50).step()
    assert len(set(times)) == 1


def test_a_fixed_length_that_is_missed_fails_with_the_reason(start: Start) -> None:
    def early(body: dict[str, Any]) -> Reply:
        tokens = min(2, body["max_tokens"])
        return Reply([*[piece("x")] * tokens, end(1, tokens, "stop")])

    runner = start(Scripted(early), prompt="a", max_new_tokens=8)
    with pytest.raises(UnsupportedRun, match="after 2 of 8 tokens") as raised:
        runner.headline()
    assert raised.value.field == "stop"


def test_a_natural_end_counts_what_came_and_the_end_itself(start: Start) -> None:
    def early(_: dict[str, Any]) -> Reply:
        return Reply([piece("x"), end(1, 1 if _["max_tokens"] == 1 else 2, "stop")])

    runner = start(Scripted(early), prompt="a", max_new_tokens=8, stop="natural")
    assert runner.headline()[1] == 2
    assert runner.effective().stopped_by == {"end of sequence": 1}


def test_a_stopped_run_ends_within_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    cancellation = Cancellation()
    cancellation.begin("run")

    def stall(body: dict[str, Any]) -> Reply:
        if body["max_tokens"] > 1:
            cancellation.cancel("run")
            return Reply([piece("x"), 20.0])
        return Reply([piece("a"), end(1, 1)])

    with serving(Scripted(stall)) as server:
        monkeypatch.setenv("TRADEOFFS_ENDPOINTS", server.address)
        adapter = adapter_of(server.address)
        adapter.load(lambda _: None)
        runner = adapter.runner(Workload(prompt="a", batch_size=2), cancellation)
        began = time.monotonic()
        with pytest.raises(RunCancelled):
            runner.headline()
        adapter.close()
    assert time.monotonic() - began < 3


def test_the_server_is_named_and_the_network_has_a_number_of_its_own(start: Start) -> None:
    runner = start(Scripted(first_s=0.3), prompt="a", max_new_tokens=2)
    runner.step()
    facts = runner.endpoint()
    assert (facts.server, facts.served_models, facts.is_this_machine) == ("vllm 0.1", ("m",), True)
    assert len(facts.round_trip_s) == 5
    assert all(0 < seconds < 0.2 for seconds in facts.round_trip_s)


def test_connections_are_open_before_what_is_timed(start: Start) -> None:
    runner = start(Scripted(), prompt="a", max_new_tokens=2, batch_size=4)
    for _ in range(3):
        runner.headline()
    assert runner.endpoint().opened_while_timed == 0


def test_the_end_of_an_answer_is_where_the_server_says_so(start: Start) -> None:
    def open_ended(body: dict[str, Any]) -> Reply:
        tokens = body["max_tokens"]
        late = [] if tokens == 1 else ["[DONE]", 0.4]
        return Reply([*[piece("a")] * tokens, end(1, tokens), *late], done=tokens == 1)

    runner = start(Scripted(open_ended), prompt="a", max_new_tokens=4)
    assert [runner.headline()[0] < 0.2 for _ in range(2)] == [True, True]
    assert runner.endpoint().opened_while_timed == 0


def test_a_stream_that_never_closes_holds_nobody_up(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(body: dict[str, Any]) -> Reply:
        tokens = body["max_tokens"]
        return Reply([*[piece("a")] * tokens, end(1, tokens), "[DONE]", 1.0])

    monkeypatch.setattr("core.engine.adapters.endpoint.asking.READ_OUT_S", 0.05)
    runner = start(Scripted(endless), prompt="a", max_new_tokens=4)
    assert [runner.headline()[0] < 0.2 for _ in range(3)] == [True] * 3
    assert runner.endpoint().opened_while_timed == 2


def test_what_goes_wrong_after_the_end_is_no_failure(start: Start) -> None:
    def breaking(body: dict[str, Any]) -> Iterator[Event]:
        yield from [piece("a")] * body["max_tokens"]
        yield from (end(1, body["max_tokens"]), "[DONE]", b"data: " + b"x" * 300_000)
        raise OSError

    runner = start(Scripted(lambda body: Reply(breaking(body))), prompt="a", max_new_tokens=4)
    assert runner.headline()[1] == 4


def test_a_model_that_is_not_served_is_named_with_those_that_are(start: Start) -> None:
    def refuse(_: dict[str, Any]) -> Reply:
        return Reply([b'{"error": {"message": "no such model"}}'], 404)

    with pytest.raises(UnsupportedRun, match=r"'other'.*It serves m") as raised:
        start(Scripted(refuse), model="other")
    assert raised.value.field == "model"


def test_an_address_that_is_not_allowed_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEOFFS_ENDPOINTS", "http://127.0.0.1:1/v1")
    with serving(Scripted()) as server:
        adapter = adapter_of(server.address)
        with pytest.raises(RequestError, match="not allowed"):
            adapter.load(lambda _: None)
        assert server.headers == []


def test_what_was_not_foreseen_is_still_a_run_that_failed(start: Start) -> None:
    def nonsense(_: dict[str, Any]) -> Reply:
        return Reply([{"choices": [{"index": 0, "text": ["a"]}]}])

    with pytest.raises(RunError, match="no text"):
        start(Scripted(nonsense), prompt="a")
