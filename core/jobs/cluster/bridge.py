"""The process that is connected to a Ray cluster: passes messages between the manager and actors.

`python -m core.jobs.cluster.bridge --address HOST:PORT`. Standard input and output carry the lines
of `messages`; it ends when its input closes, and its actors with it.
"""

import argparse
import logging
import os
import socket
import sys
import threading
import time
from typing import Any

import ray
from ray import cloudpickle
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from core.jobs.cluster import link, shipping
from core.jobs.cluster.answers import Answers
from core.jobs.cluster.lines import Lines
from core.jobs.cluster.link import START_S, Link
from core.jobs.cluster.messages import (
    TO_SLOT,
    EndWorker,
    Found,
    SlotLost,
    ToSlot,
    TryLock,
    Unlock,
    Unreachable,
)
from core.jobs.cluster.nodes import NodeSlot, slots_of
from core.jobs.cluster.shipping import packed, unpack

LOOK_S = 2.0
REST_S = 30.0  # a lost slot is not offered again before Ray must have noticed that its node is dead
REACH_S = 5.0
SHIPPED = (shipping, link)  # they go to the nodes as they are, since nothing of them is there


class Bridge:
    """Knows the slots of the cluster, and links to those that were asked for."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._version, content = packed()
        self._content = ray.put(content)
        self._nodes: list[dict[str, Any]] = []
        self._slots: dict[str, NodeSlot] = {}
        self._links: dict[str, Link] = {}
        self._answers = Answers(self._ask)
        self._lock = threading.RLock()

    def look(self, wait_s: float) -> None:
        """Tell of slots that came and went; waits so long for nodes that were not known before."""
        self._nodes = [node for node in ray.nodes() if node["Alive"]]
        self._answers.gather({str(node["NodeID"]) for node in self._nodes}, wait_s)
        self.tell()
        with self._lock:
            if not self._slots:
                self._lines.say(Found(slots=()))

    def tell(self) -> None:
        """Tell of the slots where they are others than before, and also where a slot has turned out
        to be another GPU.
        """
        with self._lock:
            links = self._links.items()
            given = {key: link.place for key, link in links if link.place and not link.lost}
            living = slots_of(self._nodes, self._answers.of, given)
            there = {slot.key: slot for slot in living if not self._rests(slot.key)}
            for key in self._slots.keys() - there.keys():
                if key in self._links:
                    self._links[key].lose(f"{self._slots[key].node} is gone")
            news = there != self._slots
            self._slots = there
            if news:
                self._lines.say(Found(slots=tuple(slot.found() for slot in there.values())))

    def pass_on(self, line: str) -> None:
        """Hand a line of the manager to its slot's actor, which is started where there is none."""
        message = TO_SLOT.validate_json(line)
        with self._lock:
            held = self._links.get(message.slot)
            if held is None or held.lost:
                held = self._begin(message)
        if held is not None:
            held.put(line)

    def _begin(self, message: ToSlot) -> Link | None:
        """A new link where the lock is asked for, with which all work begins: what was still on its
        way to a lost slot would be carried out unseen, or lock what nobody gives back.
        """
        if isinstance(message, Unlock | EndWorker):
            return None
        key = message.slot
        if key not in self._slots or self._rests(key) or not isinstance(message, TryLock):
            self._slots.pop(key, None)
            self._lines.say(SlotLost(slot=key, reason=f"{key} is gone"))
            return None
        program = (self._version, self._content)
        self._links[key] = link = Link(self._slots[key], program, self._lines, self.tell)
        return link

    def _rests(self, key: str) -> bool:
        held = self._links.get(key)
        return held is not None and held.lost_for_s < REST_S

    def _ask(self, node_id: str) -> Any:
        """Begin to ask a node for its environment."""
        asking = ray.remote(_look_around).options(
            num_cpus=0,
            max_retries=0,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node_id, soft=False),
        )
        return asking.remote(unpack, self._version, self._content)


def _look_around(unpacking: Any, version: str, content: bytes) -> str:
    unpacking(version, content)
    from core.jobs.cluster.node import look_around

    return look_around()


def join(address: str) -> None:
    """Connect. Raises OSError, RuntimeError and the like with a reason."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=REACH_S).close()
    for module in SHIPPED:
        cloudpickle.register_pickle_by_value(module)
    ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)


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
        bridge.look(START_S)
    except Exception as error:
        logging.exception("the cluster at %s cannot be used", address)
        lines.say(Unreachable(reason=f"{type(error).__name__}: {error}"))
        return 1
    threading.Thread(target=_serve, args=(bridge,), daemon=True).start()
    while True:
        time.sleep(LOOK_S)
        bridge.look(LOOK_S)


if __name__ == "__main__":
    sys.exit(main())
