"""Which slots an experiment may spread over, and that it uses them at once."""

import threading

import pytest

from core.errors import RequestError
from core.experiments.spreading import named_slots, on_each
from core.jobs.slots import Slot, local_slots
from tests.fake_fleet import node_slots
from tests.sample_machines import GIB, a_cpu, a_gpu, an_environment

SMALLER = a_gpu("cuda:2").model_copy(update={"name": "NVIDIA L4", "memory_bytes": 24 * GIB})
HERE = local_slots(an_environment(a_cpu(), a_gpu("cuda:0"), a_gpu("cuda:1"), SMALLER))
CLUSTER = node_slots("node-a/cuda:0", "node-a/cuda:1", "node-b/cuda:0")


def keys(names: str, slots: tuple[Slot, ...] = HERE, device: str = "cuda:0") -> list[str]:
    """The keys of the named slots."""
    return [slot.key for slot in named_slots(names.split(","), slots, device)]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ("cuda:1", ["cuda:1"]),
        ("cuda:1,cuda:0", ["cuda:0", "cuda:1"]),
        ("cuda:0,cuda:0", ["cuda:0"]),
        ("all", ["cuda:0", "cuda:1"]),
        ("cpu", ["cpu"]),
    ],
)
def test_slots_are_named_by_their_keys_or_all_that_are_like_the_usual(
    names: str, found: list[str]
) -> None:
    assert keys(names) == found


@pytest.mark.parametrize("names", ["cuda:0,cpu", "cuda", "cuda:0,cuda:2", "all,cuda:2"])
def test_unlike_devices_are_refused_with_what_each_is(names: str) -> None:
    with pytest.raises(RequestError) as caught:
        keys(names)
    assert caught.value.field == "devices"
    assert "cuda:0" in caught.value.reason
    assert "NVIDIA H100" in caught.value.reason
    assert all(keys(valid) for valid in caught.value.valid)


@pytest.mark.parametrize("names", ["cuda:9", "", "gpu", "node-z"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(names: str) -> None:
    with pytest.raises(RequestError, match="no such device") as caught:
        keys(names)
    assert caught.value.valid == ("all", "cpu", "cuda:0", "cuda:1", "cuda:2")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ("node-a", ["node-a/cuda:0", "node-a/cuda:1"]),
        ("node-b/cuda:0,node-a/cuda:1", ["node-a/cuda:1", "node-b/cuda:0"]),
        ("all", ["node-a/cuda:0", "node-a/cuda:1", "node-b/cuda:0"]),
    ],
)
def test_slots_of_a_cluster_are_named_by_node_too(names: str, found: list[str]) -> None:
    assert keys(names, CLUSTER) == found


def test_all_slots_work_at_once_and_results_keep_their_order() -> None:
    together = threading.Barrier(len(CLUSTER), timeout=5)

    def work(slot: Slot) -> str:
        together.wait()
        return slot.key

    assert on_each(CLUSTER, work) == [slot.key for slot in CLUSTER]


def test_a_fault_is_raised_after_the_others_have_ended() -> None:
    ended: list[str] = []

    def work(slot: Slot) -> None:
        if slot.node == "node-b":
            raise ZeroDivisionError
        ended.append(slot.key)

    with pytest.raises(ZeroDivisionError):
        on_each(CLUSTER, work)
    assert sorted(ended) == ["node-a/cuda:0", "node-a/cuda:1"]
