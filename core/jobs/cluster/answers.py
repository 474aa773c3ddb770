"""What the nodes of a cluster have told of themselves, asked again while they have not."""

import contextlib
import logging
import time
from collections.abc import Callable, Collection
from typing import Any

import ray
from ray.exceptions import RayError

AGAIN_S = 60.0


class Answers:
    """`ask` begins to ask a node of that id, and gives what Ray will get the answer from."""

    def __init__(self, ask: Callable[[str], Any]) -> None:
        self._ask = ask
        self._told: dict[str, str] = {}
        self._asked: dict[str, tuple[float, Any]] = {}
        self._complained: set[str] = set()

    def gather(self, node_ids: Collection[str], wait_s: float) -> None:
        """Ask the nodes that have told nothing, each again after a pause, and wait so long."""
        mute = [node_id for node_id in node_ids if node_id not in self._told]
        for node_id in mute:
            asked_at, answer = self._asked.get(node_id, (None, None))
            if asked_at is None or time.monotonic() - asked_at >= AGAIN_S:
                _forget(answer)
                self._asked[node_id] = time.monotonic(), self._ask(node_id)
        answers = [self._asked[node_id][1] for node_id in mute]
        if answers:
            ray.wait(answers, num_returns=len(answers), timeout=wait_s)
        for node_id in mute:
            self._take(node_id)

    def of(self, node_id: str) -> str | None:
        """What the node has told; None where it has not."""
        return self._told.get(node_id)

    def _take(self, node_id: str) -> None:
        try:
            self._told[node_id] = str(ray.get(self._asked[node_id][1], timeout=0))
        except RayError as error:  # that there is no answer yet is one of them
            if node_id not in self._complained:
                self._complained.add(node_id)
                logging.warning("node %s does not tell what it is: %s", node_id, error)


def _forget(answer: Any | None) -> None:
    if answer is not None:
        with contextlib.suppress(RayError):
            ray.cancel(answer, force=True)
