"""What an actor does on its node, and how the manager's end of the slot takes it, without Ray."""

from pathlib import Path

import pytest

from core.errors import NodeLost, RunError
from core.jobs.cluster import node as node_module
from core.jobs.cluster import remote_worker
from core.jobs.cluster.messages import FROM_BRIDGE, FromSlot, Locked, ToSlot, TryLock, Unlock
from core.jobs.cluster.node import Node
from core.jobs.cluster.remote_worker import RemoteSlot
from core.jobs.device_lock import DeviceLock
from core.jobs.local_executor import LocalExecutor
from core.jobs.worker import Worker
from core.results.types import RunFailure
from core.variants import environment
from core.variants.engine import DEFAULT_ENGINE, Engine
from core.variants.environment import NODE_VARIABLE, VISIBLE_DEVICES
from tests.carrying import run
from tests.fake_fleet import node_slots
from tests.fake_nvml import FakeNvml
from tests.samples import a_spec


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process plays the node."""
    monkeypatch.setenv(NODE_VARIABLE, "node-a")
    monkeypatch.setattr(node_module, "restore", lambda _: None)


(SLOT,) = node_slots("node-a/cpu")
HARDWARE = SLOT.hardware


class Wire:
    """A slot's end here and its node, without a bridge between them."""

    def __init__(self, device: str = "cpu") -> None:
        self.slot = RemoteSlot(f"node-a/{device}", HARDWARE, self._send)
        self.sent: list[ToSlot] = []
        self.node = Node(self.slot.key, "node-a", device)

    def _send(self, message: ToSlot) -> None:
        self.sent.append(message)
        try:
            self.node.take(message.model_dump_json())
        except OSError as error:  # what an actor raises is told as its loss
            self.slot.lose(f"node-a was lost: {error}")
        for line in self.node.news(0.001):
            said = FROM_BRIDGE.validate_json(line)
            assert isinstance(said, FromSlot)
            self.slot.take(said)


def test_a_nodes_lock_is_taken_once_and_given_back_and_its_fault_is_no_loss_of_the_node(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wire, other = Wire(), DeviceLock("cpu")
    assert wire.slot.try_acquire()
    assert wire.slot.try_acquire()
    assert not other.try_acquire()
    wire.slot.release()
    assert other.try_acquire()
    assert not wire.slot.try_acquire()
    other.release()
    (tmp_path / "a-file").touch()
    monkeypatch.setenv("TRADEOFFS_LOCKS", str(tmp_path / "a-file"))
    with pytest.raises(RunError, match=r"a-file/cpu\.lock") as told:
        Wire().slot.try_acquire()
    assert not isinstance(told.value, NodeLost)


def test_an_answer_that_comes_late_locks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[ToSlot] = []
    slot = RemoteSlot("node-a/cpu", HARDWARE, sent.append)
    monkeypatch.setattr(remote_worker, "LOCK_S", 0.01)
    with pytest.raises(NodeLost):
        slot.try_acquire()
    first, back = sent
    assert isinstance(first, TryLock)
    assert isinstance(back, Unlock)

    def late(message: ToSlot) -> None:
        if isinstance(message, TryLock):
            slot.take(Locked(slot=slot.key, attempt=first.attempt, taken=True))
            slot.take(Locked(slot=slot.key, attempt=message.attempt, taken=False))

    monkeypatch.setattr(slot, "_pass_on", late)
    assert not slot.try_acquire()


def test_a_slot_that_is_lost_gives_its_lock_back_and_is_sent_nothing_more() -> None:
    wire = Wire()
    assert wire.slot.try_acquire()
    wire.slot.lose("node-a/cpu is another one")
    assert DeviceLock("cpu").try_acquire()
    known = len(wire.sent)
    with pytest.raises(NodeLost, match="another one"):
        wire.slot.start("cpu", DEFAULT_ENGINE)
    with pytest.raises(NodeLost, match="another one"):
        wire.slot.try_acquire()
    assert len(wire.sent) == known


def test_the_actors_of_one_node_lock_the_gpus_that_they_were_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(environment, "_nvml", lambda: FakeNvml("A", "B"))
    monkeypatch.delenv(VISIBLE_DEVICES, raising=False)
    of_another_program = DeviceLock("cuda:1")
    assert of_another_program.try_acquire()
    taken = {}
    for given in ("0", "1"):
        monkeypatch.setenv(VISIBLE_DEVICES, given)
        taken[given] = Wire("cuda:0").slot.try_acquire()
    assert taken == {"0": True, "1": False}


@pytest.mark.parametrize(
    ("given", "nodes_own", "place"),
    [
        ("1", None, "cuda:1"),
        ("GPU-1", None, "cuda:1"),
        ("1", "1", "cuda:0"),
        ("0", "1,0", "cuda:1"),
    ],
)
def test_an_actor_tells_which_of_its_nodes_gpus_it_was_given(
    given: str, nodes_own: str | None, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "_nvml", lambda: FakeNvml("A", "B"))
    started_with = {} if nodes_own is None else {VISIBLE_DEVICES: nodes_own}
    monkeypatch.setattr(node_module, "_started_with", lambda: started_with)
    monkeypatch.setenv(VISIBLE_DEVICES, given)
    assert Wire("cuda:0").node.place() == place
    assert Wire("cpu").node.place() == "cpu"


def test_a_worker_that_a_node_cannot_start_is_told_as_one_that_cannot_be_started_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unstarted(_device: str, _engine: Engine) -> Worker:
        raise FileNotFoundError(2, "No such file or directory", "engines/llama.cpp/bin/python")

    monkeypatch.setattr(node_module, "WorkerProcess", unstarted)
    wire = Wire()
    there, here = (
        run(LocalExecutor("cpu", start=start), "a-run", a_spec())
        for start in (wire.slot.start, unstarted)
    )
    assert isinstance(there, RunFailure)
    assert isinstance(here, RunFailure)
    assert (there.kind, there.message) == (here.kind, here.message)
    assert "The worker cannot be started: " in there.message
    wire.slot.check()
