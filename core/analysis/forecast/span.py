"""Seconds that are not known for sure: the least, the likely and the most."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """Seconds: `likely` is the estimate, nine of ten should lie between `low` and `high`."""

    low: float
    likely: float
    high: float

    def __add__(self, other: "Span") -> "Span":
        return Span(self.low + other.low, self.likely + other.likely, self.high + other.high)

    def times(self, factor: float) -> "Span":
        """All three, so many times as long."""
        return Span(self.low * factor, self.likely * factor, self.high * factor)

    def less(self, seconds: float) -> "Span":
        """All three without so many seconds, none below 0."""
        return Span(*(max(0.0, end - seconds) for end in (self.low, self.likely, self.high)))

    def at_most(self, seconds: float) -> "Span":
        """All three, none above so many seconds."""
        return Span(*(min(end, seconds) for end in (self.low, self.likely, self.high)))


NOTHING = Span(0.0, 0.0, 0.0)


def exactly(seconds: float) -> Span:
    """Seconds that are known."""
    return Span(seconds, seconds, seconds)
