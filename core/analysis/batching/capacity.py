"""What a policy can serve at most, and why a load cannot be served: said before it is measured."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.analysis.batching.serving_metrics import makespan_s
from core.analysis.batching.settled import SETTLED, at_any_rate, settled
from core.analysis.batching.simulator import Outcome, serve, simulate
from core.analysis.batching.step_time import StepTimes
from core.errors import RequestError
from core.results.format import show_seconds, significant
from core.results.serving import Served
from core.variants.arrivals import Request, arriving_rate_per_s, requests_of
from core.variants.drawn_lengths import LengthKind
from core.variants.load import Load
from core.variants.policy import Policy

BATCHES, MOST_REQUESTS = 40, 10_000
KEPT = 256


@dataclass(frozen=True)
class Overload:
    """Requests come faster than they can be served. `queue_at_end` is how many are expected to
    wait when the last one comes, `arriving_s` when that is, `serving_s` when all are served.
    `long_run_per_s` is below `rate_per_s` where all come before the first pause.
    """

    rate_per_s: float
    capacity_per_s: float
    queue_at_end: float
    arriving_s: float
    serving_s: float
    long_run_per_s: float

    @property
    def utilisation(self) -> float:
        """Arrivals over what can be served: 1 or more."""
        return self.rate_per_s / self.capacity_per_s


def capacity_per_s(load: Load, policy: Policy, times: StepTimes) -> float:
    """Requests per second with a queue that is never empty: the most that can be served, of a
    thousand requests like the load's, or of the first of its trace, over and over. What is counted
    begins a fifth into it and ends when the last one begins, so that neither filling nor emptying
    the server counts. Neither the load's own rate nor its length matters.
    """
    like = settled(load) if load.mean_rate_per_s is None else at_any_rate(load)
    return _capacity_per_s(like, policy, times)


@lru_cache(maxsize=KEPT)
def _capacity_per_s(like: Load, policy: Policy, times: StepTimes) -> float:
    """Kept: a page asks for the same one several times, and then at the next rate."""
    served, _ = full_queue(like, policy, times)
    return rate_of(served)


def full_queue(load: Load, policy: Policy, times: StepTimes) -> Outcome:
    """What becomes of such a queue: full batches alone."""
    pattern = requests_of(settled(load))
    count = min(max(SETTLED, len(pattern), BATCHES * policy.slots), MOST_REQUESTS)
    return serve(_at_once(pattern, count - count % policy.slots), policy, times)


def rate_of(served: Sequence[Served]) -> float:
    """The requests per second of a queue that was never empty."""
    starts, begun_s = [one.started_s for one in served], filled_s(served)
    last_s = max(starts)
    counted = sum(begun_s <= start < last_s for start in starts)
    return counted / (last_s - begun_s)


def filled_s(served: Sequence[Served]) -> float:
    """When a fifth of them had begun: the server is full by then, and does what it always does."""
    return sorted(one.started_s for one in served)[len(served) // 5]


def _at_once(pattern: Sequence[Request], count: int) -> list[Request]:
    """So many requests of those lengths, over and over, all of which wait from the start."""
    chosen = (pattern[number % len(pattern)] for number in range(count))
    return [
        Request(number, 0.0, one.prompt_tokens, one.output_tokens)
        for number, one in enumerate(chosen)
    ]


def overload_of(load: Load, policy: Policy, times: StepTimes) -> Overload | None:
    """By how much a load is too much; None where it can be served, and where all its requests
    come at once, so that it has no rate.
    """
    rate = arriving_rate_per_s(load)
    if rate is None:
        return None
    most = capacity_per_s(load, policy, times)
    if rate < most:
        return None
    served = simulate(load, policy, times).served
    return _overload(rate, most, served, load.mean_rate_per_s or rate)


def _overload(
    rate: float, most: float, served: Sequence[Served], long_run_per_s: float
) -> Overload:
    first_s = min(one.arrival_s for one in served)
    last_s = max(one.arrival_s for one in served)
    waiting = sum(one.started_s > last_s for one in served)
    serving_s = makespan_s(served) or 0.0
    return Overload(rate, most, waiting, last_s - first_s, serving_s, long_run_per_s)


def load_problems(
    load: Load, policy: Policy, times: StepTimes, context: int | None = None
) -> tuple[RequestError, ...]:
    """Why this load cannot be served: requests beyond the model's context, and more than the
    policy can serve.

    A load of few requests ends even where it is too much; its latencies then say how many requests
    it had, not how the policy does.
    """
    found = list(_beyond_context(load, context))
    overload = overload_of(load, policy, times)
    if overload is not None:
        found.append(_too_much(policy, overload))
    return tuple(found)


def _too_much(policy: Policy, overload: Overload) -> RequestError:
    growth = overload.rate_per_s - overload.capacity_per_s
    share = overload.long_run_per_s / overload.rate_per_s
    coming, most = significant(overload.rate_per_s), significant(overload.capacity_per_s)
    early = f"none comes after the first pause, so that {coming} come each second, and "
    reason = (
        f"{early if share < 1 else ''}at most {most} requests/s can be served "
        f"({policy.label}, utilisation {overload.utilisation:.2f}): the queue grows by "
        f"{significant(growth)} requests each second, to about {overload.queue_at_end:,.0f} after "
        f"{show_seconds(overload.arriving_s)}, and would be empty after "
        f"{show_seconds(overload.serving_s)}."
    )
    valid = (f"below {significant(overload.capacity_per_s * share)} requests/s",)
    return RequestError("rate_per_s", overload.long_run_per_s, reason, valid)


def _beyond_context(load: Load, context: int | None) -> Iterator[RequestError]:
    requests = requests_of(load)
    longest = max(requests, key=lambda one: one.prompt_tokens + one.output_tokens)
    if context is None or longest.prompt_tokens + longest.output_tokens <= context:
        return
    beyond = sum(one.prompt_tokens + one.output_tokens > context for one in requests)
    reason = (
        f"{beyond} of {len(requests)} requests exceed the model's context of {context} tokens: the "
        f"longest has {longest.prompt_tokens} prompt tokens and {longest.output_tokens} new ones"
    )
    field = "prompt_lengths" if longest.prompt_tokens >= context else "output_lengths"
    trace = load.recorded
    if trace is not None and LengthKind.TRACE in (
        load.prompt_lengths.kind,
        load.output_lengths.kind,
    ):
        reason += f" (line {trace.rows[longest.number].line} of the trace)"
    valid = (f"at most {context} tokens of prompt and answer together",)
    yield RequestError(field, str(getattr(load, field)), f"{reason}.", valid)
