"""What an actor does on its node, and how the manager's end of the slot takes it, without Ray."""

from pathlib import Path

import pytest

from core.errors import NodeLost, RunError
from core.jobs.cluster import node as node_module
from core.jobs.cluster.messages import FROM_BRIDGE, FromSlot, ToSlot
from core.jobs.cluster.node import Node
from core.jobs.cluster.remote_worker import RemoteSlot
from core.jobs.device_lock import DeviceLock
from core.jobs.local_executor import LocalExecutor
from core.jobs.worker import Worker
from core.results.types import RunFailure
from core.variants.engine import Engine
from core.variants.environment import NODE_VARIABLE
from tests.carrying import run
from tests.samples import a_spec


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process plays the node."""
    monkeypatch.setenv(NODE_VARIABLE, "node-a")
    monkeypatch.setattr(node_module, "restore", lambda _: None)


class Wire:
    """A slot's end here and its node, without a bridge between them."""

    def __init__(self, device: str = "cpu") -> None:
        self.slot = RemoteSlot(f"node-a/{device}", self._send)
        self.node = Node(self.slot.key, "node-a", device)

    def _send(self, message: ToSlot) -> None:
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
