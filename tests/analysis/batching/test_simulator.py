"""The simulator serves everybody, in the order and in the time that its policy says."""

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.batching.simulator import serve, simulate
from core.results.serving import BatchStep, Served
from core.variants.arrivals import Request
from core.variants.load import build_load
from core.variants.policy import Policy, PolicyKind
from tests.sample_steps import SampleTimes

TIMES = SampleTimes()
KINDS = tuple(PolicyKind)
gaps = st.one_of(st.just(0.0), st.floats(0, 0.3), st.floats(0, 10))
asked = st.lists(st.tuples(gaps, st.integers(1, 50), st.integers(1, 40)), min_size=1, max_size=40)
policies = st.builds(
    Policy,
    kind=st.sampled_from(KINDS),
    batch_size=st.integers(1, 6),
    timeout_s=st.floats(0, 2),
)


def requests_from(rows: list[tuple[float, int, int]]) -> list[Request]:
    arrival_s, found = 0.0, []
    for number, (gap_s, prompt, output) in enumerate(rows):
        arrival_s += gap_s
        found.append(Request(number, arrival_s, prompt, output))
    return found


def one_by_one(rows: list[Request], policy: Policy) -> list[Served]:
    """Continuous batching, step by step: slow and plain, what the simulator's runs must equal."""
    coming, waiting, running, now_s, done = list(rows), [], {}, 0.0, []
    while coming or waiting or running:
        while coming and coming[0].arrival_s <= now_s:
            waiting.append(coming.pop(0))
        joining = waiting[: policy.slots - len(running)]
        waiting = waiting[len(joining) :]
        if not joining and not running:
            now_s = coming[0].arrival_s
            continue
        began_s, cached = now_s, sum(r.prompt_tokens + len(at) - 2 for r, at in running.values())
        prompts = sum(request.prompt_tokens for request in joining)
        now_s += TIMES.mixed_s(len(running), prompts, cached)
        running |= {request.number: (request, [began_s]) for request in joining}
        for number, (request, at) in list(running.items()):
            at.append(now_s)
            if len(at) - 1 == request.output_tokens:
                done.append((number, at[0], at[1], now_s))
                del running[number]
    return sorted(done)


@settings(max_examples=150, deadline=None)
@given(asked, policies)
def test_everybody_is_served_once_and_in_order_of_events(
    rows: list[tuple[float, int, int]], policy: Policy
) -> None:
    requests = requests_from(rows)
    served, steps = serve(requests, policy, TIMES)
    assert [one.number for one in served] == [request.number for request in requests]
    for one, request in zip(served, requests, strict=True):
        tokens = (one.arrival_s, one.prompt_tokens, one.output_tokens)
        assert tokens == (request.arrival_s, request.prompt_tokens, request.output_tokens)
        assert one.arrival_s <= one.started_s < one.first_token_s <= one.ended_s
        assert (one.ended_s > one.first_token_s) or one.output_tokens == 1
    assert sum(step.wanted_tokens for step in steps) == sum(p + o - 1 for _, p, o in rows)
    assert all(step.computed_tokens >= step.wanted_tokens for step in steps)
    assert all(step.rows <= policy.slots for step in steps)
    assert all(a.ended_s <= b.started_s for a, b in pairwise(steps))


@settings(max_examples=100, deadline=None)
@given(asked, policies)
def test_the_order_of_arrival_is_kept_but_by_grouping(
    rows: list[tuple[float, int, int]], policy: Policy
) -> None:
    served, _ = serve(requests_from(rows), policy, TIMES)
    starts = [one.started_s for one in served]
    if policy.kind is not PolicyKind.GROUPED:
        assert starts == sorted(starts)
    else:
        for begun_s in set(starts):
            batch = [one for one in served if one.started_s == begun_s]
            older = [one for one in served if one.number < batch[0].number]
            assert all(one.started_s < begun_s for one in older)


@settings(max_examples=100, deadline=None)
@given(asked, policies)
def test_the_server_idles_only_where_the_policy_lets_it(
    rows: list[tuple[float, int, int]], policy: Policy
) -> None:
    served, steps = serve(requests_from(rows), policy, TIMES)
    patience_s = policy.timeout_s if policy.kind in ("window", "grouped") else 0.0
    for idle_from_s, idle_to_s in gaps_of(steps):
        waiting = [
            one for one in served if one.arrival_s < idle_to_s and one.started_s >= idle_to_s
        ]
        if policy.kind is PolicyKind.STATIC:
            assert len(waiting) <= policy.batch_size
        elif waiting:
            since_s = max(idle_from_s, min(one.arrival_s for one in waiting))
            assert idle_to_s - since_s <= patience_s + 1e-9


def gaps_of(steps: list[BatchStep]) -> list[tuple[float, float]]:
    """Times in which nothing was computed, from the load's begin on."""
    ends = [0.0, *(step.ended_s for step in steps)]
    starts = [step.started_s for step in steps]
    return [(a, b) for a, b in zip(ends, starts, strict=False) if b > a]


@settings(max_examples=100, deadline=None)
@given(asked, st.integers(1, 6))
def test_runs_of_steps_equal_steps_one_by_one(
    rows: list[tuple[float, int, int]], batch_size: int
) -> None:
    policy = Policy(kind="continuous", batch_size=batch_size)
    requests = requests_from(rows)
    served, _ = serve(requests, policy, TIMES)
    found = [(one.number, one.started_s, one.first_token_s, one.ended_s) for one in served]
    for mine, plain in zip(found, one_by_one(requests, policy), strict=True):
        assert mine == pytest.approx(plain, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(asked, policies.filter(lambda policy: policy.kind is not PolicyKind.CONTINUOUS))
def test_a_batch_is_a_call_of_generate(rows: list[tuple[float, int, int]], policy: Policy) -> None:
    served, steps = serve(requests_from(rows), policy, TIMES)
    batches: defaultdict[int | None, list[Served]] = defaultdict(list)
    for one in served:
        batches[one.batch].append(one)
    assert list(range(len(steps))) == sorted(number for number in batches if number is not None)
    for number, batch in batches.items():
        step = steps[number or 0]
        prompt = max(one.prompt_tokens for one in batch)
        output = max(one.output_tokens for one in batch)
        decodes_s = sum(TIMES.decode_s(len(batch), prompt + k) for k in range(output - 1))
        first_s = step.started_s + TIMES.prefill_s(len(batch), prompt)
        assert {one.started_s for one in batch} == {step.started_s}
        assert [one.first_token_s for one in batch] == pytest.approx([first_s] * len(batch))
        assert [one.ended_s for one in batch] == pytest.approx([first_s + decodes_s] * len(batch))
        assert step.computed_tokens == len(batch) * (prompt + output - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_end(kind: PolicyKind) -> None:
    policy = Policy(kind=kind)
    first, again = (simulate(build_load({"seed": 3}), policy, SampleTimes()) for _ in range(2))
    assert first == again
    assert first != simulate(build_load({"seed": 4}), policy, TIMES)
    assert first.simulated


def test_a_batch_begins_with_what_it_takes_beside_its_steps() -> None:
    slow = SampleTimes(batch_overhead_s=0.5)
    request = [Request(0, 1.0, 10, 1)]
    (served,), _ = serve(request, Policy(kind="none"), slow)
    assert served.started_s == 1.0
    assert served.ended_s == pytest.approx(1.5 + slow.prefill_s(1, 10))
