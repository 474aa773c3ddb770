"""One slot's actor, as the bridge holds it: what is sent to it in order, and what it says."""

import contextlib
import math
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, GetTimeoutError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from core.jobs.cluster.lines import Lines
from core.jobs.cluster.messages import SlotLost
from core.jobs.cluster.nodes import NodeSlot
from core.jobs.cluster.shipping import unpack

NEWS_S = 1.0
START_S = 60.0
THREADS_OF_ACTOR = 4
LONGEST_REASON = 200


class SlotActor:
    """On a node: unpacks the program and hands everything to its `Node`. Goes there by value."""

    def __init__(self, unpacking: Any, version: str, content: bytes, *who: str) -> None:
        unpacking(version, content)
        from core.jobs.cluster.node import Node

        self._node = Node(*who)

    def place(self) -> str:
        """See `Node.place`."""
        return self._node.place()

    def take(self, line: str) -> None:
        """See `Node.take`."""
        self._node.take(line)

    def news(self, wait_s: float) -> list[str]:
        """See `Node.news`."""
        return self._node.news(wait_s)


class Link:
    """Starts the actor, which reserves what its slot is made of. When it is lost, that is said.

    `place` is the device that it was given, as its node calls it; None until that is known, and
    `on_place` is called before the actor is sent anything.
    """

    def __init__(
        self, slot: NodeSlot, program: Any, lines: Lines, on_place: Callable[[], None]
    ) -> None:
        self.place: str | None = None
        self._on_place = on_place
        self._slot = slot
        self._lines = lines
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._lost_at: float | None = None
        self._losing = threading.Lock()
        self._actor = (
            ray.remote(SlotActor)
            .options(
                num_cpus=slot.cpus,
                num_gpus=slot.gpus,
                max_concurrency=THREADS_OF_ACTOR,
                scheduling_strategy=NodeAffinitySchedulingStrategy(slot.node_id, soft=False),
            )
            .remote(unpack, *program, slot.key, slot.node, slot.device)
        )
        for work in (self._send, self._listen):
            threading.Thread(target=self._guarded, args=(work,), daemon=True).start()

    @property
    def lost(self) -> bool:
        """Whether the actor cannot be used any more."""
        return self._lost_at is not None

    @property
    def lost_for_s(self) -> float:
        """Seconds since it was lost, infinite as long as it is not."""
        return math.inf if self._lost_at is None else time.monotonic() - self._lost_at

    def put(self, line: str) -> None:
        """Send a line."""
        self._waiting.put(line)

    def lose(self, reason: str) -> None:
        """Give the actor up, and say so once."""
        with self._losing:
            if self._lost_at is not None:
                return
            self._lost_at = time.monotonic()
        self._lines.say(SlotLost(slot=self._slot.key, reason=reason))
        with contextlib.suppress(RayError):
            ray.kill(self._actor)

    def _send(self) -> None:
        self._begin()
        while not self.lost:
            ray.get(self._actor.take.remote(self._waiting.get()))

    def _begin(self) -> None:
        """Wait until the actor is there, and tell which device it has."""
        try:
            self.place = str(ray.get(self._actor.place.remote(), timeout=START_S))
            self._on_place()
        except GetTimeoutError:
            what = "processors" if self._slot.cpus else "GPUs"
            self.lose(f"the {what} of {self._slot.node} are taken by other work of the cluster")

    def _listen(self) -> None:
        while not self.lost:
            for line in ray.get(self._actor.news.remote(NEWS_S)):
                self._lines.write(line)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except RayError as error:
            self.lose(_clause(self._slot.node, error))


def _clause(node: str, error: RayError) -> str:
    """What was lost, and Ray's reason where it says more than that its actor is not there."""
    if isinstance(error, ActorUnavailableError):
        return f"{node} cannot be reached any more"
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"{node} was lost: {lines[-1].strip().rstrip('.')[:LONGEST_REASON]}"
