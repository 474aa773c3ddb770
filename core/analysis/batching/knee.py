"""Where the latency of a policy bends.

The knee is the highest rate at which 95 % of the requests are still answered within three times
what an unloaded server takes: beyond it latency buys little throughput. Unloaded means the least
p95 end-to-end time of the policy over eight shares of what it can serve, from a twentieth on: a
static batch is slow to fill where requests are few. A rate that cannot be served is beyond the knee
whatever it showed. Between the last of these shares that is within and the next, halves are tried
until 2 % are left, so that the knee is the policy's own and hangs on no plot's rates. A fixed
factor was preferred to the point of greatest curvature (Kneedle, Satopää et al. 2011), which moves
with the range of rates and with the noise at its end.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

KNEE_FACTOR = 3.0
SHARES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9)  # of the capacity
NEAR = 1.02


@dataclass(frozen=True)
class Knee:
    """`unloaded_p95_s` is what the knee is held against. Both are None of too few requests for a
    p95, and the rate where it may lie above the highest one.
    """

    rate_per_s: float | None
    unloaded_p95_s: float | None


def find_knee(
    p95_at: Callable[[float], float | None], capacity_per_s: float, highest_per_s: float = math.inf
) -> Knee:
    """The knee of a policy by its p95 end-to-end at any rate below its capacity, up to the highest
    that can be asked for.
    """
    rates = [capacity_per_s * share for share in SHARES if capacity_per_s * share <= highest_per_s]
    p95s = {rate: p95 for rate in rates if (p95 := p95_at(rate)) is not None}
    if not p95s:
        return Knee(None, None)
    unloaded_s = min(p95s.values())

    def is_within(rate_per_s: float) -> bool:
        p95_s = p95s[rate_per_s] if rate_per_s in p95s else p95_at(rate_per_s)
        return p95_s is not None and p95_s <= KNEE_FACTOR * unloaded_s

    last = max(filter(is_within, p95s))
    beyond = min([rate for rate in p95s if rate > last], default=capacity_per_s)
    if beyond > highest_per_s:
        return Knee(None, unloaded_s)
    while beyond > NEAR * last:
        middle = math.sqrt(last * beyond)
        last, beyond = (middle, beyond) if is_within(middle) else (last, middle)
    return Knee(last, unloaded_s)
