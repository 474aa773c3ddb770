"""Loads served in real time by a tiny real model: open, complete, and decided by the batcher."""

import threading
import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from core.engine.cancellation import Cancellation
from core.engine.loader import Loaded
from core.engine.serving.batches import BatchRunner
from core.engine.serving.clock import LoadClock
from core.engine.serving.continuous import ContinuousServer, Step
from core.engine.serving.prompts import Prompts
from core.engine.serving.serve_batches import serve_batches
from core.engine.serving.serve_continuous import serve_continuously
from core.errors import RunCancelled, RunError
from core.results.serving import BatchStep, Served
from core.variants.arrivals import Request
from core.variants.load_order import StepRange
from core.variants.policy import Policy, PolicyKind

SIZES = StepRange(most_rows=3, shortest_prompt=2, longest_prompt=20, longest_answer=30)
REQUESTS = tuple(Request(number, 0.04 * number, 4 + 2 * number, 2 + number) for number in range(8))
Told = list[int]


def batched(
    policy: Policy, runner: BatchRunner, prompts: Prompts, told: Told | None = None
) -> tuple[list[Served], list[BatchStep]]:
    tell: Callable[[int], None] = (told if told is not None else []).append
    clock = LoadClock(Cancellation())
    return serve_batches(REQUESTS, policy, runner, prompts, clock, tell)


def continuously(
    requests: tuple[Request, ...], loaded: Loaded, prompts: Prompts, cancellation: Cancellation
) -> tuple[list[Served], list[BatchStep], list[Step]]:
    with ContinuousServer(loaded, SIZES) as server:
        server.warm_up(prompts, 2, cancellation)
        clock = LoadClock(cancellation)
        found = serve_continuously(requests, server, prompts, clock, cancellation, lambda _: None)
        return *found, server.steps


def check(served: list[Served]) -> None:
    """Everybody is served once, after having come, with as much as was asked for."""
    asked = [(r.number, r.arrival_s, r.prompt_tokens, r.output_tokens) for r in REQUESTS]
    got = sorted((s.number, s.arrival_s, s.prompt_tokens, s.output_tokens) for s in served)
    assert got == asked
    for one in served:
        assert one.arrival_s <= one.started_s < one.first_token_s <= one.ended_s


@pytest.mark.parametrize("kind", [kind for kind in PolicyKind if kind is not PolicyKind.CONTINUOUS])
def test_every_policy_serves_everybody_after_they_came(
    kind: PolicyKind, runner: BatchRunner, prompts: Prompts
) -> None:
    told: Told = []
    served, steps = batched(Policy(kind=kind, batch_size=3, timeout_s=0.1), runner, prompts, told)
    check(served)
    assert told[-1] == len(REQUESTS)
    assert sum(step.rows for step in steps) == len(REQUESTS)
    assert all(a.ended_s <= b.started_s for a, b in pairwise(steps))
    for number, step in enumerate(steps):
        rows = [one for one in served if one.batch == number]
        assert len(rows) == step.rows
        assert {(one.started_s, one.ended_s) for one in rows} == {(step.started_s, step.ended_s)}
        longest = max(r.prompt_tokens for r in rows) + max(r.output_tokens for r in rows) - 1
        assert step.computed_tokens == len(rows) * longest
        assert step.wanted_tokens <= step.computed_tokens


def test_static_batches_are_full_and_windows_do_not_wait_for_ever(
    runner: BatchRunner, prompts: Prompts
) -> None:
    _, static = batched(Policy(kind=PolicyKind.STATIC, batch_size=3), runner, prompts)
    assert [step.rows for step in static] == [3, 3, 2]
    window = Policy(kind=PolicyKind.WINDOW, batch_size=8, timeout_s=0.0)
    _, eager = batched(window, runner, prompts)
    assert eager[0].rows == 1
    assert eager[0].started_s < 0.04 + 0.1


def test_a_waiting_server_can_be_stopped(
    runner: BatchRunner, prompts: Prompts, cancellation: Cancellation
) -> None:
    late = (Request(0, 60.0, 4, 2),)
    threading.Timer(0.2, cancellation.cancel, ["load-1"]).start()
    began = time.monotonic()
    with pytest.raises(RunCancelled):
        serve_batches(
            late,
            Policy(kind=PolicyKind.NONE),
            runner,
            prompts,
            LoadClock(cancellation),
            lambda _: None,
        )
    assert time.monotonic() - began < 3


def test_continuous_batching_gives_everybody_the_tokens_that_were_asked(
    loaded: Loaded, prompts: Prompts, cancellation: Cancellation
) -> None:
    served, stretches, steps = continuously(REQUESTS, loaded, prompts, cancellation)
    check(served)
    assert max(len(step.rows) for step in steps) <= SIZES.most_rows
    fed = sum(row.fed for step in steps for row in step.rows)
    assert fed == sum(r.prompt_tokens + r.output_tokens - 1 for r in REQUESTS)
    assert sum(stretch.computed_tokens for stretch in stretches) == fed
    assert all(a.ended_s <= b.started_s for a, b in pairwise(stretches))
    assert len(stretches) < len(steps)


def test_who_comes_together_beyond_the_slots_waits_for_one(
    loaded: Loaded, prompts: Prompts, cancellation: Cancellation
) -> None:
    at_once = tuple(Request(number, 0.0, 6, 10) for number in range(5))
    served, _, steps = continuously(at_once, loaded, prompts, cancellation)
    assert max(len(step.rows) for step in steps) == SIZES.most_rows
    first, last = served[0], served[-1]
    assert last.started_s >= first.ended_s


def test_the_models_own_attention_and_its_answers_are_as_before(
    loaded: Loaded, prompts: Prompts, cancellation: Cancellation, runner: BatchRunner
) -> None:
    before = loaded.model.config._attn_implementation
    continuously(REQUESTS[:2], loaded, prompts, cancellation)
    assert loaded.model.config._attn_implementation == before
    runner.run(prompts.batch([3, 5]), 4)


def test_a_model_that_fails_ends_the_load_with_its_reason(
    loaded: Loaded, prompts: Prompts, cancellation: Cancellation
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the model broke")

    hook = loaded.model.register_forward_pre_hook(fail)
    try:
        with pytest.raises(RunError, match="the model broke"):
            continuously(REQUESTS, loaded, prompts, cancellation)
    finally:
        hook.remove()
    assert loaded.model.config._attn_implementation == "sdpa"


def test_continuous_batching_stops_soon(
    loaded: Loaded, prompts: Prompts, cancellation: Cancellation
) -> None:
    late = (REQUESTS[0], Request(1, 60.0, 4, 2))
    threading.Timer(0.3, cancellation.cancel, ["load-1"]).start()
    began = time.monotonic()
    with pytest.raises(RunCancelled):
        continuously(late, loaded, prompts, cancellation)
    assert time.monotonic() - began < 3
