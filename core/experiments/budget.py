"""A budget of seconds or money for one sitting of an experiment, and what it still allows."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from core.results.format import show_seconds, show_usd


@dataclass(frozen=True)
class Budget:
    """The least of a time and a cost budget; None is no limit. `price_per_hour` in US dollars is
    that of each of the `devices`, all of which are paid for as long as it goes on.
    """

    budget_s: float | None = None
    budget_usd: float | None = None
    price_per_hour: float = 0.0
    devices: int = 1

    @property
    def usd_per_hour(self) -> float:
        """What all devices cost."""
        return self.price_per_hour * self.devices

    @property
    def seconds(self) -> float | None:
        """The whole budget as seconds."""
        limits = [self.budget_s] if self.budget_s is not None else []
        if self.budget_usd is not None and self.usd_per_hour > 0:
            limits.append(self.budget_usd / self.usd_per_hour * 3600)
        return min(limits, default=None)

    def __str__(self) -> str:
        parts = [show_seconds(self.budget_s)] if self.budget_s is not None else []
        if self.budget_usd is not None:
            each = f" for each of {self.devices} devices" if self.devices > 1 else ""
            price = show_usd(self.price_per_hour)
            parts.append(f"{show_usd(self.budget_usd)} at {price} per hour{each}")
        return " and ".join(parts)


class Spending:
    """The clock of a sitting against its budget."""

    def __init__(self, budget: Budget, clock: Callable[[], float] = monotonic) -> None:
        self.budget = budget
        self._clock = clock
        self._start = clock()

    @property
    def seconds(self) -> float:
        """Seconds of this sitting so far."""
        return self._clock() - self._start

    def used_up(self) -> bool:
        """Whether the budget is at its end."""
        limit = self.budget.seconds
        return limit is not None and self.seconds >= limit

    def refuses(self, seconds: float | None) -> str | None:
        """Why something that will take so many seconds is not begun; None where it may be."""
        limit = self.budget.seconds
        if limit is None:
            return None
        left = limit - self.seconds
        if left <= 0:
            return f"The budget of {self.budget} is used up."
        if seconds is not None and seconds > left:
            return (
                f"The next cell takes about {show_seconds(seconds)}, and of the budget of "
                f"{self.budget} {show_seconds(left)} are left."
            )
        return None
