"""Serves a load in real time, one batch after the other: no batching, static, window, grouped.

The load is open: requests arrive by the clock, also while a batch is computed, and wait. What is
served next is decided by the very code that the simulation asks.
"""

from collections.abc import Callable, Sequence

from core.engine.serving.batches import BatchRunner, BatchTimes
from core.engine.serving.clock import LoadClock
from core.engine.serving.prompts import Prompts
from core.results.serving import BatchStep, Served
from core.variants.arrivals import Request
from core.variants.policy import Batch, Batcher, Policy
from core.variants.waiting import Waiting

ServedAndSteps = tuple[list[Served], list[BatchStep]]


def serve_batches(
    requests: Sequence[Request],
    policy: Policy,
    runner: BatchRunner,
    prompts: Prompts,
    clock: LoadClock,
    tell: Callable[[int], None],
) -> ServedAndSteps:
    """All requests, by batch; `tell` hears how many are served."""
    waiting, batcher = Waiting(requests), Batcher(policy)
    served: list[Served] = []
    steps: list[BatchStep] = []
    while waiting.requests or waiting.next_arrival_s is not None:
        now_s = clock.now_s()
        waiting.admit(now_s)
        decision = batcher.next(waiting.requests, now_s, waiting.next_arrival_s is not None)
        if isinstance(decision, Batch):
            waiting.take(decision.requests)
            times = _run(decision.requests, runner, prompts)
            served += _served(decision.requests, times, len(steps), clock)
            steps.append(_step(decision.requests, times, clock))
            tell(len(served))
        else:
            moments = (decision.until_s, waiting.next_arrival_s)
            clock.sleep_until(min(moment for moment in moments if moment is not None))
    return served, steps


def _run(requests: Sequence[Request], runner: BatchRunner, prompts: Prompts) -> BatchTimes:
    """One batch, to the longest answer."""
    rows = prompts.batch(request.prompt_tokens for request in requests)
    return runner.run(rows, max(request.output_tokens for request in requests))


def _served(
    requests: Sequence[Request], times: BatchTimes, batch: int, clock: LoadClock
) -> list[Served]:
    return [
        Served(
            number=request.number,
            arrival_s=request.arrival_s,
            started_s=clock.of(times.began_s),
            first_token_s=clock.of(times.token_s[0]),
            ended_s=clock.of(times.ended_s),
            prompt_tokens=request.prompt_tokens,
            output_tokens=request.output_tokens,
            batch=batch,
        )
        for request in requests
    ]


def _step(requests: Sequence[Request], times: BatchTimes, clock: LoadClock) -> BatchStep:
    """What the batch computed: an answer's last token is fed to no pass."""
    longest = max(request.prompt_tokens for request in requests)
    decodes = len(times.token_s) - 1
    return BatchStep(
        started_s=clock.of(times.began_s),
        ended_s=clock.of(times.ended_s),
        rows=len(requests),
        wanted_tokens=sum(r.prompt_tokens + r.output_tokens - 1 for r in requests),
        computed_tokens=len(requests) * (longest + decodes),
    )
