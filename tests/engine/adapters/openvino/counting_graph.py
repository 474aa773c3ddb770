"""A graph of a few honest lines: after each token the next number is the most likely one."""

import copy
from typing import Any, Self

import numpy as np

from core.engine.adapters.openvino.graph import Graph, Node

VOCABULARY = 40


class CountingGraph:
    """Stands for a compiled graph; `heard` keeps what it was given since the last reset."""

    def __init__(self, nodes: tuple[Node, ...] = ()) -> None:
        self.heard: list[dict[str, Any]] = []
        self.resets = 0
        self.computes_in = "float32"
        self.rounds_activations = False
        self._nodes = nodes

    def for_one(self) -> Self:
        """The same with ears of its own."""
        other = copy.copy(self)
        other.heard = []
        return other

    def reset(self) -> None:
        """Forget what was heard."""
        self.heard = []
        self.resets += 1

    def answer(self, inputs: dict[str, Any]) -> Any:
        """Logits of the last token alone, (batch, 1, vocabulary): the further from the next number,
        the less likely.
        """
        self.heard.append(inputs)
        following = (inputs["input_ids"][:, -1:] + 1) % VOCABULARY
        distance = (np.arange(VOCABULARY) - following) % VOCABULARY
        return -distance[:, None].astype(np.float32)

    def told(self, name: str) -> Any:
        """Its one property."""
        return {"INFERENCE_NUM_THREADS": 2}[name]

    def graph(self) -> Graph:
        """Its nodes."""
        return Graph(self._nodes)

    def state_values(self) -> tuple[int, int]:
        """Keys and values of what was heard, four numbers for each token."""
        tokens = sum(inputs["input_ids"].size for inputs in self.heard)
        return 4 * tokens, tokens
