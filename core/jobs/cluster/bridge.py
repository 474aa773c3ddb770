"""The process that is connected to a Ray cluster: passes messages between the manager and actors.

`python -m core.jobs.cluster.bridge --address HOST:PORT`. Standard input and output carry the lines
of `messages`; it ends when its input closes, and its actors with it.
"""

import argparse
import contextlib
import logging
import math
import os
import queue
import socket
import sys
import threading
import time
from typing import IO, Any

import ray
from ray import cloudpickle
from ray.exceptions import ActorUnavailableError, GetTimeoutError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from core.jobs.cluster import shipping
from core.jobs.cluster.messages import TO_SLOT, Found, SlotLost, Unreachable
from core.jobs.cluster.nodes import NodeSlot, slots_of
from core.jobs.cluster.shipping import packed, unpack
from core.results.record import Record

LOOK_S = 2.0
NEWS_S = 1.0
START_S = 60.0
REST_S = 30.0  # a lost slot is not offered again before Ray must have noticed that its node is dead
REACH_S = 5.0
THREADS_OF_ACTOR = 4
LONGEST_REASON = 200


class SlotActor:
    """On a node: unpacks the program and hands everything to its `Node`. Goes there by value."""

    def __init__(self, unpacking: Any, version: str, content: bytes, *who: str) -> None:
        unpacking(version, content)
        from core.jobs.cluster.node import Node

        self._node = Node(*who)

    def take(self, line: str) -> None:
        """See `Node.take`."""
        self._node.take(line)

    def news(self, wait_s: float) -> list[str]:
        """See `Node.news`."""
        return self._node.news(wait_s)


class Lines:
    """Standard output, a message a line, from any thread; what others print goes to stderr."""

    def __init__(self) -> None:
        self._out: IO[bytes] = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        self._writing = threading.Lock()
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def write(self, line: str) -> None:
        """Write one line."""
        with self._writing:
            self._out.write(line.encode() + b"\n")
            self._out.flush()

    def say(self, message: Record) -> None:
        """Write one message."""
        self.write(message.model_dump_json())


class Link:
    """One slot's actor: what is sent to it in order, and what it says."""

    def __init__(self, slot: NodeSlot, program: Any, lines: Lines) -> None:
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
        """Wait until the actor is there."""
        try:
            ray.get(self._actor.news.remote(0.001), timeout=START_S)
        except GetTimeoutError:
            what = "processors" if self._slot.cpus else "GPUs"
            self.lose(f"the {what} of {self._slot.node} are taken by other work of the cluster")

    def _listen(self) -> None:
        while not self.lost:
            for line in ray.get(self._actor.news.remote(NEWS_S)):
                self._lines.write(line)

    def _guarded(self, work: Any) -> None:
        try:
            work()
        except RayError as error:
            self.lose(_clause(self._slot.node, error))


class Bridge:
    """Knows the slots of the cluster, and links to those that were asked for."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._version, content = packed()
        self._content = ray.put(content)
        self._slots: dict[str, NodeSlot] = {}
        self._links: dict[str, Link] = {}
        self._environments: dict[str, str] = {}

    def look(self) -> None:
        """Tell of slots that came and went."""
        living = slots_of(ray.nodes(), self._environment)
        there = {slot.key: slot for slot in living if not self._rests(slot.key)}
        for key in self._slots.keys() - there.keys():
            if key in self._links:
                self._links[key].lose(f"{self._slots[key].node} is gone")
        news = there.keys() != self._slots.keys()
        self._slots = there
        if news or not there:
            self._lines.say(Found(slots=tuple(slot.found() for slot in there.values())))

    def pass_on(self, line: str) -> None:
        """Hand a line of the manager to its slot's actor, which is started where there is none."""
        key = TO_SLOT.validate_json(line).slot
        link = self._links.get(key)
        if link is None or link.lost:
            slot = self._slots.get(key)
            if slot is None:
                self._lines.say(SlotLost(slot=key, reason=f"{key} is gone"))
                return
            program = (self._version, self._content)
            self._links[key] = link = Link(slot, program, self._lines)
        link.put(line)

    def _rests(self, key: str) -> bool:
        link = self._links.get(key)
        return link is not None and link.lost_for_s < REST_S

    def _environment(self, node_id: str, name: str) -> str | None:
        """A node's environment, asked for once; None where it does not answer."""
        known = self._environments.get(node_id) or self._ask(node_id, name)
        if known is not None:
            self._environments[node_id] = known
        return known

    def _ask(self, node_id: str, name: str) -> str | None:
        asking = ray.remote(_look_around).options(
            num_cpus=0,
            max_retries=0,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node_id, soft=False),
        )
        answer = asking.remote(unpack, self._version, self._content, name)
        try:
            return str(ray.get(answer, timeout=START_S))
        except (RayError, GetTimeoutError) as error:
            logging.warning("node %s does not tell what it is: %s", name, error)
            return None


def _look_around(unpacking: Any, version: str, content: bytes, name: str) -> str:
    unpacking(version, content)
    from core.jobs.cluster.node import look_around

    return look_around(name)


def join(address: str) -> None:
    """Connect. Raises OSError, RuntimeError and the like with a reason."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=REACH_S).close()
    cloudpickle.register_pickle_by_value(shipping)
    ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)


def _clause(node: str, error: RayError) -> str:
    """What was lost, and Ray's reason where it says more than that its actor is not there."""
    if isinstance(error, ActorUnavailableError):
        return f"{node} cannot be reached any more"
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"{node} was lost: {lines[-1].strip().rstrip('.')[:LONGEST_REASON]}"


def _serve(bridge: Bridge) -> None:
    """Pass on lines until the manager is gone; then this process ends, and its actors with it."""
    try:
        for line in sys.stdin.buffer:
            bridge.pass_on(line.decode())
    finally:
        os._exit(0)


def main() -> int:
    """Join the cluster, tell its slots, and pass messages on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True)
    lines, address = Lines(), parser.parse_args().address
    try:
        join(address)
        bridge = Bridge(lines)
        bridge.look()
    except Exception as error:
        logging.exception("the cluster at %s cannot be used", address)
        lines.say(Unreachable(reason=f"{type(error).__name__}: {error}"))
        return 1
    threading.Thread(target=_serve, args=(bridge,), daemon=True).start()
    while True:
        time.sleep(LOOK_S)
        bridge.look()


if __name__ == "__main__":
    sys.exit(main())
