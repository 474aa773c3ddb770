"""A discrete-event simulation of one server: the same load, policy and times give the same end.

Batches of static, windowed and grouped policies are what a call of `generate` is: prompts are
padded to the longest, all rows run to the longest answer, and every answer is handed over when the
call returns, though shorter ones were finished before. Each row counts its own tokens only.
In continuous batching the prompts of those who join and a token of every other row go through the
model in one step; a slot is free again at the step after its answer's last token.
"""

import heapq
from collections.abc import Sequence
from functools import lru_cache

from core.analysis.batching.step_time import StepTimes
from core.results.serving import BatchStep, Served, ServedLoad
from core.variants.arrivals import Request, requests_of
from core.variants.load import Load
from core.variants.policy import Batch, Batcher, Policy, PolicyKind
from core.variants.waiting import Waiting

KEPT = 12
Outcome = tuple[list[Served], list[BatchStep]]


@lru_cache(maxsize=KEPT)
def simulate(load: Load, policy: Policy, times: StepTimes) -> ServedLoad:
    """Serve every request of the load; the latest are kept, for a page plans with what it shows.
    Raises RequestError where the policy's kind of step was not measured.
    """
    served, steps = serve(requests_of(load), policy, times)
    return ServedLoad(
        load=load, policy=policy, simulated=True, served=tuple(served), steps=tuple(steps)
    )


def serve(requests: Sequence[Request], policy: Policy, times: StepTimes) -> Outcome:
    """Serve these, which stand by arrival and are numbered so; by number, with the work done."""
    if policy.kind is PolicyKind.CONTINUOUS:
        served, steps = _Engine(requests, policy, times).run()
    else:
        served, steps = _serve_batches(requests, policy, times)
    return sorted(served, key=lambda one: one.number), steps


def _serve_batches(requests: Sequence[Request], policy: Policy, times: StepTimes) -> Outcome:
    queue, batcher, now_s = Waiting(requests), Batcher(policy), 0.0
    served: list[Served] = []
    steps: list[BatchStep] = []
    while queue.requests or queue.next_arrival_s is not None:
        queue.admit(now_s)
        decision = batcher.next(queue.requests, now_s, queue.next_arrival_s is not None)
        if isinstance(decision, Batch):
            queue.take(decision.requests)
            rows, step = _run_batch(decision.requests, now_s, len(steps), times)
            served += rows
            steps.append(step)
            now_s = step.ended_s
        else:
            moments = [m for m in (decision.until_s, queue.next_arrival_s) if m is not None]
            now_s = max(now_s, min(moments))
    return served, steps


def _run_batch(
    requests: Sequence[Request], now_s: float, number: int, times: StepTimes
) -> tuple[list[Served], BatchStep]:
    """Prefill, then a step for each token after the first of the longest answer."""
    rows = len(requests)
    prompt = max(request.prompt_tokens for request in requests)
    decodes = max(request.output_tokens for request in requests) - 1
    first_s = now_s + times.batch_overhead_s + times.prefill_s(rows, prompt)
    ended_s = first_s
    if decodes:
        ended_s += decodes * times.decode_s(rows, prompt + (decodes - 1) / 2)
    served = [_served(request, now_s, first_s, ended_s, number) for request in requests]
    wanted = sum(request.prompt_tokens + request.output_tokens - 1 for request in requests)
    computed = rows * (prompt + decodes)
    step = BatchStep(
        started_s=now_s, ended_s=ended_s, rows=rows, wanted_tokens=wanted, computed_tokens=computed
    )
    return served, step


def _served(
    request: Request, started_s: float, first_s: float, ended_s: float, batch: int | None
) -> Served:
    return Served(
        number=request.number,
        arrival_s=request.arrival_s,
        started_s=started_s,
        first_token_s=first_s,
        ended_s=ended_s,
        prompt_tokens=request.prompt_tokens,
        output_tokens=request.output_tokens,
        batch=batch,
    )


class _Engine:
    """Continuous batching. Between two steps at which somebody comes or goes all steps are alike
    but for the cache, which grows by a token per row, so such a run is taken at once.
    """

    def __init__(self, requests: Sequence[Request], policy: Policy, times: StepTimes) -> None:
        self._queue, self._batcher, self._times = Waiting(requests), Batcher(policy), times
        self._slots, self._now_s, self._step = policy.slots, 0.0, 0
        self._cached = 0  # tokens of all rows together
        self._running: list[tuple[int, int, Request, float, float]] = []  # a heap by last step
        self._served: list[Served] = []
        self._work: list[BatchStep] = []

    def run(self) -> Outcome:
        """Until all are served."""
        while self._running or self._queue.requests or self._queue.next_arrival_s is not None:
            self._queue.admit(self._now_s)
            free = self._slots - len(self._running)
            more = self._queue.next_arrival_s is not None
            decision = self._batcher.next(self._queue.requests, self._now_s, more, free)
            if isinstance(decision, Batch):
                self._join(decision.requests)
            elif self._running:
                self._decode()
            else:
                assert self._queue.next_arrival_s is not None
                self._now_s = max(self._now_s, self._queue.next_arrival_s)
        return self._served, self._work

    def _join(self, requests: Sequence[Request]) -> None:
        """One step that works their prompts in; each has its first token then."""
        self._queue.take(requests)
        began_s, rows = self._now_s, len(self._running)
        prompts = sum(request.prompt_tokens for request in requests)
        self._now_s += self._times.mixed_s(rows, prompts, self._cached)
        self._step += 1
        self._cached += rows + prompts
        for request in requests:
            last = self._step + request.output_tokens - 1
            row = (last, request.number, request, began_s, self._now_s)
            heapq.heappush(self._running, row)
        self._worked(began_s, rows + len(requests), rows + prompts)
        self._leave()

    def _decode(self) -> None:
        """Steps without newcomers: until an answer ends, or somebody comes and has a slot."""
        began_s, rows = self._now_s, len(self._running)
        steps = self._running[0][0] - self._step
        arrival_s = self._queue.next_arrival_s
        if arrival_s is not None and rows < self._slots:
            steps = self._steps_until(arrival_s, steps)
        self._now_s += self._decode_s(steps)
        self._step += steps
        self._cached += steps * rows
        self._worked(began_s, rows, steps * rows)
        self._leave()

    def _decode_s(self, steps: int) -> float:
        rows = len(self._running)
        return steps * self._times.mixed_s(rows, 0, self._cached + rows * (steps - 1) / 2)

    def _steps_until(self, arrival_s: float, most: int) -> int:
        """The fewest steps that end at that moment or later, up to the most."""
        low, high = 1, most
        while low < high:
            middle = (low + high) // 2
            if self._now_s + self._decode_s(middle) >= arrival_s:
                high = middle
            else:
                low = middle + 1
        return low

    def _leave(self) -> None:
        """Those whose last token has come; it was never fed, so the cache holds one token less."""
        while self._running and self._running[0][0] == self._step:
            _, _, request, started_s, first_s = heapq.heappop(self._running)
            self._cached -= request.prompt_tokens + request.output_tokens - 1
            self._served.append(_served(request, started_s, first_s, self._now_s, None))

    def _worked(self, began_s: float, rows: int, tokens: int) -> None:
        step = BatchStep(
            started_s=began_s,
            ended_s=self._now_s,
            rows=rows,
            wanted_tokens=tokens,
            computed_tokens=tokens,
        )
        self._work.append(step)
