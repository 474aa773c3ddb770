"""Requests that wait, and those still to come: the queue of a server, real or simulated."""

from bisect import bisect_left
from collections.abc import Sequence

from core.variants.arrivals import Request


class Waiting:
    """`requests` are those that wait now, by arrival."""

    def __init__(self, requests: Sequence[Request]) -> None:
        self._all, self._come = requests, 0
        self.requests: list[Request] = []
        self.next_arrival_s = self._next()
        """When the next one comes; None when all have."""

    def admit(self, now_s: float) -> None:
        """Let those in that have come by now."""
        while self.next_arrival_s is not None and self.next_arrival_s <= now_s:
            self.requests.append(self._all[self._come])
            self._come += 1
            self.next_arrival_s = self._next()

    def _next(self) -> float | None:
        return self._all[self._come].arrival_s if self._come < len(self._all) else None

    def take(self, requests: Sequence[Request]) -> None:
        """Those wait no longer; they stand by number."""
        last = bisect_left(self.requests, requests[-1].number, key=lambda request: request.number)
        taken = {request.number for request in requests}
        before = self.requests[: last + 1]
        self.requests[: last + 1] = [request for request in before if request.number not in taken]
