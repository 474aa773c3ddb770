"""The slots of a cluster, from what Ray says of its nodes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.jobs.cluster.messages import FoundSlot
from core.jobs.slots import FIRST_GPU
from core.variants.environment import CPU, Environment

Ask = Callable[[str], str | None]


@dataclass(frozen=True)
class NodeSlot:
    """A device of a node, and what its actor reserves: all processors, or one GPU. `environment`
    is the node's as JSON, and `place` what the device is called there.
    """

    key: str
    node_id: str
    node: str
    device: str
    cpus: float
    gpus: float
    environment: str
    place: str

    def found(self) -> FoundSlot:
        """As the manager is told of it: with the device that its worker will see."""
        whole = Environment.model_validate_json(self.environment)
        seen = tuple(
            device.model_copy(update={"key": self.device})
            for device in whole.devices
            if device.key == self.place
        )
        environment = whole.model_copy(update={"devices": seen})
        return FoundSlot(key=self.key, node=self.node, device=self.device, environment=environment)


def slots_of(
    nodes: Iterable[Mapping[str, Any]], environment_of: Ask, given: Mapping[str, str]
) -> list[NodeSlot]:
    """The slots of all living nodes, by name. `environment_of` is given a node's id; one of
    which it knows nothing has no slots. `given` tells by a slot's key which place Ray gave it.
    """
    found: list[NodeSlot] = []
    taken: set[str] = set()
    for node in sorted(nodes, key=lambda node: (str(node["NodeName"]), str(node["NodeID"]))):
        if not node["Alive"]:
            continue
        node_id, name = str(node["NodeID"]), name_of(node)
        name = f"{name}-{node_id[:6]}" if name in taken else name
        taken.add(name)
        environment = environment_of(node_id)
        if environment is not None:
            found += _slots(name, node_id, node.get("Resources", {}), environment, given)
    return found


def name_of(node: Mapping[str, Any]) -> str:
    """The name that the node was given, or else its machine's: by itself Ray takes the address."""
    named = str(node["NodeName"])
    own = named and named != node["NodeManagerAddress"]
    return named if own else str(node["NodeManagerHostname"])


def _slots(
    name: str,
    node_id: str,
    resources: Mapping[str, float],
    environment: str,
    given: Mapping[str, str],
) -> Iterator[NodeSlot]:
    """GPUs first. A node that was started without processors has no CPU slot."""
    for key, place in _places(name, int(resources.get("GPU", 0)), given).items():
        yield NodeSlot(key, node_id, name, FIRST_GPU, 0.0, 1.0, environment, place)
    cpus = resources.get("CPU", 0.0)
    if cpus > 0:
        yield NodeSlot(f"{name}/{CPU}", node_id, name, CPU, cpus, 0.0, environment, CPU)


def _places(name: str, gpus: int, given: Mapping[str, str]) -> dict[str, str]:
    """Which GPU each slot is: Ray chooses it only when an actor starts, so until then a slot stands
    for the one of its number or, where another has got that, for one that is left.
    """
    places = {f"{name}/cuda:{number}": f"cuda:{number}" for number in range(gpus)}
    known = {key: given[key] for key in places if key in given}
    for key, place in places.items():
        if place not in known.values():
            known.setdefault(key, place)
    left = [place for place in places.values() if place not in known.values()]
    return {key: known.get(key) or left.pop(0) for key in places}
