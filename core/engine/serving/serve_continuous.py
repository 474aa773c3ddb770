"""Serves a load in real time through transformers' continuous batching: requests are let in as they
arrive, and the engine's own scheduler decides who joins.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from core.engine.cancellation import Cancellation
from core.engine.serving.clock import LOOK_S, LoadClock
from core.engine.serving.continuous import Answer, ContinuousServer, Step
from core.engine.serving.prompts import Prompts
from core.engine.serving.serve_batches import ServedAndSteps
from core.results.serving import BatchStep, Served
from core.variants.arrivals import Request


def serve_continuously(
    requests: Sequence[Request],
    server: ContinuousServer,
    prompts: Prompts,
    clock: LoadClock,
    cancellation: Cancellation,
    tell: Callable[[int], None],
) -> ServedAndSteps:
    """All requests, by arrival; `tell` hears how many are served."""
    ids = prompts.batch(request.prompt_tokens for request in requests)
    answers: list[Answer] = []
    come = 0
    while len(answers) < len(requests):
        cancellation.check()
        while come < len(requests) and requests[come].arrival_s <= clock.now_s():
            server.add(come, ids[come], requests[come].output_tokens)
            come += 1
        patience_s = LOOK_S
        if come < len(requests):
            patience_s = min(LOOK_S, max(requests[come].arrival_s - clock.now_s(), 0.0))
        answer = server.answer(patience_s)
        if answer is not None:
            answers.append(answer)
            tell(len(answers))
    started = _first_steps(server.steps)
    by_arrival = sorted(answers, key=lambda answer: answer.request)
    served = [_served(requests[a.request], a, started[a.request], clock) for a in by_arrival]
    return served, [_stretch(steps, clock) for steps in _alike(server.steps)]


def _first_steps(steps: Sequence[Step]) -> Mapping[int, float]:
    """When each request's first step began, by the clock."""
    found: dict[int, float] = {}
    for step in steps:
        for row in step.rows:
            found.setdefault(row.request, step.began_s)
    return found


def _served(request: Request, answer: Answer, started_s: float, clock: LoadClock) -> Served:
    return Served(
        number=request.number,
        arrival_s=request.arrival_s,
        started_s=clock.of(started_s),
        first_token_s=clock.of(answer.token_s[0]),
        ended_s=clock.of(answer.token_s[-1]),
        prompt_tokens=request.prompt_tokens,
        output_tokens=request.output_tokens,
    )


def _alike(steps: Sequence[Step]) -> list[list[Step]]:
    """Steps one after the other that decode the same rows; a step with a prompt stands alone."""

    def mark(numbered: tuple[int, Step]) -> tuple[int, ...]:
        number, step = numbered
        if not all(row.decodes for row in step.rows):
            return (-1, number)
        return tuple(row.request for row in step.rows)

    return [[step for _, step in group] for _, group in groupby(enumerate(steps), mark)]


def _stretch(steps: Sequence[Step], clock: LoadClock) -> BatchStep:
    fed = sum(row.fed for step in steps for row in step.rows)
    return BatchStep(
        started_s=clock.of(steps[0].began_s),
        ended_s=clock.of(steps[-1].ended_s),
        rows=len(steps[0].rows),
        wanted_tokens=fed,
        computed_tokens=fed,
    )
