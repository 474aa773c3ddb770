"""Which waiting requests are served together, and when: the decision that a real server and a
simulated one share.

none        one request at a time, in the order of arrival.
static      waits until `batch_size` requests are there. What is left when no more will come is
            served as one smaller batch: a real server that never hears of an end would wait for
            ever, which is this policy's price.
window      as static, but what waits is served once the oldest has waited `timeout_s`.
grouped     as window; of those that wait it takes the oldest and those nearest to it in prompt
            length, so that less is padded. Answers' lengths are not known beforehand, so they
            do not count. The oldest is always served next, so nobody waits for ever.
continuous  requests join at each step of the engine, up to `batch_size` at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from pydantic import Field

from core.variants.arrivals import Request
from core.variants.closed_spec import Spec
from core.variants.validated import validated

LOOK_AHEAD = 16


class PolicyKind(StrEnum):
    """Which requests share a forward pass."""

    NONE = "none"
    STATIC = "static"
    WINDOW = "window"
    GROUPED = "grouped"
    CONTINUOUS = "continuous"


@dataclass(frozen=True)
class PolicyRow:
    """A policy in words. `sized` and `timed` tell whether batch_size and timeout_s matter."""

    label: str
    summary: str
    sized: bool = True
    timed: bool = False


POLICIES: dict[PolicyKind, PolicyRow] = {
    PolicyKind.NONE: PolicyRow("one at a time", "Each request has the model to itself.", False),
    PolicyKind.STATIC: PolicyRow(
        "static batches",
        "Waits until a batch is full, however long that takes. What is left at the load's end is "
        "served as a smaller batch; a real server would go on waiting.",
    ),
    PolicyKind.WINDOW: PolicyRow(
        "window", "A full batch, or what is there when the oldest has waited enough.", timed=True
    ),
    PolicyKind.GROUPED: PolicyRow(
        "grouped by length", "As window, of prompts of about one length: less padding.", timed=True
    ),
    PolicyKind.CONTINUOUS: PolicyRow(
        "continuous batching",
        "Requests join as soon as a slot is free and leave when done: no padding.",
    ),
}


class Policy(Spec):
    """A policy and its two numbers; those that a policy does not have say nothing of it."""

    kind: PolicyKind = Field(
        default=PolicyKind.WINDOW, description="Which requests are served together."
    )
    batch_size: int = Field(
        default=8, ge=1, le=4096, description="Most requests that are served at once."
    )
    timeout_s: float = Field(
        default=0.5,
        ge=0,
        le=3600,
        description="Longest wait of the oldest request for others, in seconds.",
    )

    @property
    def slots(self) -> int:
        """Most requests at once: 1 where there is no batching."""
        return self.batch_size if POLICIES[self.kind].sized else 1

    @property
    def label(self) -> str:
        """A name with the numbers that matter, such as `window 8, 0.5 s`."""
        row = POLICIES[self.kind]
        if not row.sized:
            return row.label
        return f"{self.kind} {self.batch_size}{f', {self.timeout_s:g} s' if row.timed else ''}"


def build_policy(values: Mapping[str, object]) -> Policy:
    """A policy from typed values; raises RequestError for what a field does not take."""
    return validated(Policy, values)


@dataclass(frozen=True)
class Batch:
    """Serve these now, together."""

    requests: tuple[Request, ...]


@dataclass(frozen=True)
class Wait:
    """Serve nobody before that moment, in seconds of the load's clock, unless a request comes
    first; None: until one comes.
    """

    until_s: float | None


@dataclass(frozen=True)
class Batcher:
    """Decides for one policy; keeps nothing between its decisions."""

    policy: Policy

    def next(
        self,
        waiting: Sequence[Request],
        now_s: float,
        more_to_come: bool,
        free: int | None = None,
    ) -> Batch | Wait:
        """What to do now with those that wait, which stand by arrival. `free` slots are all
        where nobody is served now; only continuous batching is asked while others are.
        """
        slots = self.policy.slots if free is None else free
        if not waiting or slots < 1:
            return Wait(None)
        match self.policy.kind:
            case PolicyKind.NONE | PolicyKind.CONTINUOUS:
                return Batch(tuple(waiting[:slots]))
            case PolicyKind.STATIC:
                full = len(waiting) >= slots or not more_to_come
                return Batch(tuple(waiting[:slots])) if full else Wait(None)
            case PolicyKind.WINDOW | PolicyKind.GROUPED:
                until_s = waiting[0].arrival_s + self.policy.timeout_s
                if len(waiting) < slots and now_s < until_s:
                    return Wait(until_s)
        if self.policy.kind is PolicyKind.GROUPED:
            return Batch(_nearest_in_length(waiting, slots))
        return Batch(tuple(waiting[:slots]))


def _nearest_in_length(waiting: Sequence[Request], slots: int) -> tuple[Request, ...]:
    """The oldest, and those beside it by prompt length: of all such groups the one with the least
    padding, among the LOOK_AHEAD batches that have waited longest. They stand by arrival.
    """
    seen = waiting[: slots * LOOK_AHEAD]
    by_length = sorted(seen, key=lambda request: (request.prompt_tokens, request.number))
    place, size = by_length.index(waiting[0]), min(slots, len(seen))
    tokens = [0, *accumulate(request.prompt_tokens for request in by_length)]

    def padding(start: int) -> int:
        longest = by_length[start + size - 1].prompt_tokens
        return size * longest - (tokens[start + size] - tokens[start])

    starts = range(max(place - size + 1, 0), min(place, len(seen) - size) + 1)
    start = min(starts, key=padding)
    return tuple(sorted(by_length[start : start + size], key=lambda request: request.number))
