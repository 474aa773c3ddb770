"""Enough requests of a load's kind for its figures to settle: what curves and capacities are of.

A thousand requests; where they come in bursts, those of at least 40; where in periods, those of at
least ten whole ones, up to the first request after the last pause, so that pauses count in full; of
a trace its first 2,000. Their mean rate is the one that was asked for, in periods but for chance.
Where so many are too many to simulate there are none, rather than some of another kind of load.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from core.results.format import significant
from core.variants.arrivals import Request, requests_of
from core.variants.load import Load
from core.variants.trace import rate_of

SETTLED, BURSTS, PERIODS = 1000, 40, 10
MOST_OF_TRACE, MOST_SIMULATED = 2000, 20_000
ANY_RATE_PER_S = 1.0
MARGIN = 5.0  # standard deviations of a number of requests


def settled(load: Load) -> Load:
    """The same kind of load with a thousand requests, whose lengths are near their distribution;
    of a trace the first 2,000, or more where all of these come at once.
    """
    if load.trace is None:
        return _of(load, SETTLED)
    rows, count = load.used_rows, MOST_OF_TRACE
    while count < len(rows) and rate_of(rows[:count]) is None:
        count *= 2
    return _of(load, min(count, len(rows)))


def at_any_rate(load: Load) -> Load:
    """What is the same of all loads that have the same curves: neither their own rate nor their
    length matters. Raises RequestError for a trace in which all requests come at once.
    """
    return settled(load).at_rate(ANY_RATE_PER_S)


@lru_cache(maxsize=32)
def requests_at(load: Load, rate_per_s: float) -> tuple[Request, ...]:
    """Those of a settled load at that rate, at most the highest. Kept, since each policy is given
    the same. Raises RequestError for a trace in which all come at once.
    """
    if load.on_s is not None:
        return _in_periods(load, rate_per_s)
    drawn = requests_of(_of(load, _least(load)).at_rate(1.0))
    span_s = drawn[-1].arrival_s - drawn[0].arrival_s
    stretch = (len(drawn) - 1) / span_s / rate_per_s
    return tuple(replace(one, arrival_s=one.arrival_s * stretch) for one in drawn)


def highest_rate_per_s(load: Load) -> float:
    """Up to which rate enough requests are few enough; 0 where at none."""
    if _least(load) > MOST_SIMULATED:
        return 0.0
    return math.inf if load.on_s is None else MOST_SIMULATED / (PERIODS * _period_s(load))


def left_out(load: Load) -> Iterator[str]:
    """At which rates nothing can be told, and why, in a sentence; none where all can be."""
    highest = highest_rate_per_s(load)
    if highest == math.inf:
        return
    where = f"above {significant(highest)} requests/s" if highest else "at any rate"
    what = f"{PERIODS} periods" if highest else f"{BURSTS} bursts of {load.burst_size:,}"
    yield f"No curve {where}: {what} are more than {MOST_SIMULATED:,} requests."


def _in_periods(load: Load, rate_per_s: float) -> tuple[Request, ...]:
    """Whole periods, and the first request after them."""
    a_period = rate_per_s * _period_s(load)
    periods = max(PERIODS, math.ceil(_least(load) / a_period))
    usual, size = periods * a_period, load.burst_size or 1
    enough = math.ceil(usual + MARGIN * math.sqrt(usual * size) + size)
    drawn = requests_of(_of(load, enough).at_rate(rate_per_s))
    end = bisect_left(drawn, periods * _period_s(load), key=lambda one: one.arrival_s)
    return drawn[: end + 1]


def _least(load: Load) -> int:
    """Requests of a settled load, or of its bursts and the first one after them; all of a trace."""
    size = load.burst_size or 1
    if load.trace is not None or size == 1:
        return load.requests or SETTLED
    return size * max(BURSTS, math.ceil(SETTLED / size)) + 1


def _period_s(load: Load) -> float:
    return (load.on_s or 0.0) + (load.off_s or 0.0)


def _of(load: Load, requests: int) -> Load:
    return Load.model_validate({**dict(load), "requests": requests, "duration_s": None})
