"""The requests of a load, one by one: the same load and seed give the same requests.

Times, prompt lengths and answer lengths are drawn from streams of their own, and times are unit
gaps divided by the rate: over a range of rates the same requests come, only closer together.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.errors import RequestError
from core.variants.drawn_lengths import LengthKind, Lengths, draw
from core.variants.load import MOST_REQUESTS, Load
from core.variants.trace import HIGHEST_RATE_PER_S, rate_of

ARRIVALS = 0
STREAMS = {"prompt_lengths": 1, "output_lengths": 2}


@dataclass(frozen=True, slots=True)
class Request:
    """One request: seconds after the load began, and tokens. Every answer has exactly
    `output_tokens`; numbers count from 0 in the order of arrival.
    """

    number: int
    arrival_s: float
    prompt_tokens: int
    output_tokens: int


@lru_cache(maxsize=16)
def requests_of(load: Load) -> tuple[Request, ...]:
    """All requests by arrival; raises RequestError for a duration in which none comes. Kept, since
    each policy is given the same.
    """
    arrivals = _recorded(load) if load.trace is not None else _drawn(load)
    if not arrivals:
        reason = "no request comes within it."
        raise RequestError("duration_s", load.duration_s, reason, ("a longer time",))
    prompts = _lengths(load, "prompt_lengths", len(arrivals))
    outputs = _lengths(load, "output_lengths", len(arrivals))
    rows = zip(arrivals, prompts, outputs, strict=True)
    return tuple(Request(number, *row) for number, row in enumerate(rows))


def before_first_pause(load: Load) -> bool:
    """Whether it ends before its first pause is over, so that none of its requests come after."""
    return load.on_s is not None and requests_of(load)[-1].arrival_s <= load.on_s


def arriving_rate_per_s(load: Load) -> float | None:
    """Requests per second while they come: the mean rate, or that without pauses where none comes
    after the first pause. None where all come at once, as those of a single burst do.
    """
    if len(requests_of(load)) <= (load.burst_size or 0):
        return None
    rate = load.peak_rate_per_s if before_first_pause(load) else load.mean_rate_per_s
    return rate if rate is not None and rate <= HIGHEST_RATE_PER_S else None


def _recorded(load: Load) -> list[float]:
    """Arrivals of the trace in seconds, stretched to the rate that was asked for."""
    rows = load.used_rows
    own, asked = rate_of(rows), load.rate_per_s
    stretch = own / asked if own is not None and asked is not None else 1.0
    return [row.arrival_s * stretch for row in rows]


def _drawn(load: Load) -> list[float]:
    """Bursts come as single requests do, by a Poisson process: burst_size times as seldom, and in
    the periods with requests more often by what the pauses take. Raises RequestError for more than
    a load may have.
    """
    size = load.burst_size or 1
    on_s, off_s = load.on_s or 1.0, load.off_s or 0.0
    gap_s = size / (load.peak_rate_per_s or 1.0)
    rng = _stream(load, ARRIVALS)
    arrivals: list[float] = []
    busy_s = 0.0
    while load.requests is None or len(arrivals) < load.requests:
        busy_s += gap_s * float(rng.exponential())
        arrival_s = busy_s // on_s * (on_s + off_s) + busy_s % on_s if off_s else busy_s
        if load.duration_s is not None and arrival_s > load.duration_s:
            return arrivals
        arrivals += [arrival_s] * size
        if load.requests is None and len(arrivals) > MOST_REQUESTS:
            reason = f"more than {MOST_REQUESTS:,} requests come within it."
            raise RequestError("duration_s", load.duration_s, reason, ("a shorter time",))
    return arrivals[: load.requests]


def _lengths(load: Load, field: str, count: int) -> list[int]:
    """Tokens of each request's prompt or answer."""
    lengths: Lengths = getattr(load, field)
    if lengths.kind is not LengthKind.TRACE:
        drawn: list[int] = draw(lengths, count, _stream(load, STREAMS[field])).tolist()
        return drawn
    column = field.replace("lengths", "tokens")
    return [getattr(row, column) for row in load.used_rows]


def _stream(load: Load, number: int) -> np.random.Generator:
    return np.random.default_rng([load.seed, number])
