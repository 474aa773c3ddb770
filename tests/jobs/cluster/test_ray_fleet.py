"""The slots of a cluster as the bridge tells them, without Ray: the bridge is played here."""

import importlib.util
import io
import os
import subprocess
import threading
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from typing import Any

import pytest

from core.errors import NodeLost
from core.home import DATABASE_VARIABLE
from core.jobs.cluster import ray_fleet
from core.jobs.cluster.messages import TO_SLOT, Found, FoundSlot, SlotLost, Unlock
from core.jobs.cluster.ray_fleet import RayFleet
from core.jobs.cluster.remote_worker import RemoteSlot
from core.jobs.slots import Slot
from core.results.record import Record
from core.variants.environment import Environment
from tests.jobs.waiting import until
from tests.sample_machines import a_cpu, an_environment


class PlayedBridge:
    """What `subprocess.Popen` makes: `say` writes a line to the fleet, `told` is what it wrote."""

    def __init__(self, *_: object, env: dict[str, str], **__: object) -> None:
        read, write = os.pipe()
        self.env = env
        self.stdin = io.BytesIO()
        self.stdout = os.fdopen(read, "rb")
        self._lines = os.fdopen(write, "wb")

    def say(self, message: Record) -> None:
        self._lines.write(message.model_dump_json().encode() + b"\n")
        self._lines.flush()

    def wait(self, timeout: float | None = None) -> int:  # noqa: ARG002
        self._lines.close()
        return 0


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch) -> Iterator[RayFleet]:
    """A fleet over a played bridge, with a password in its variables."""
    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql://ana:hidden@db/lab")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: ModuleSpec(name, None))
    popen: Any = PlayedBridge
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", popen)
        made = RayFleet("auto")
    yield made
    made.close()


def bridge_of(fleet: RayFleet) -> PlayedBridge:
    played = fleet._bridge
    assert isinstance(played, PlayedBridge)
    return played


def found(*keys: str, processor: str = "A") -> Found:
    """These slots, all with one processor's environment."""
    here = an_environment(a_cpu().model_copy(update={"name": processor}))
    return Found(
        slots=tuple(
            FoundSlot(key=key, node=key.partition("/")[0], device="cpu", environment=here)
            for key in keys
        )
    )


def test_the_bridge_is_not_given_the_history_and_its_password(fleet: RayFleet) -> None:
    assert "hidden" not in "".join(bridge_of(fleet).env.values())
    assert bridge_of(fleet).env["PATH"] == os.environ["PATH"]


def test_a_slot_that_is_lost_while_the_environment_is_read_does_no_harm(
    fleet: RayFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge_of(fleet).say(found("node-a/cpu", "node-b/cpu"))
    fleet.join()
    told = RayFleet.slots

    def slots(self: RayFleet) -> tuple[Slot, ...]:
        there = told(self)
        lost = SlotLost(slot="node-a/cpu", reason="node-a is gone")
        losing = threading.Thread(target=self._take, args=(lost,))
        losing.start()
        losing.join(0.1)
        return there

    monkeypatch.setattr(ray_fleet.RayFleet, "slots", slots)
    assert isinstance(fleet.environment(), Environment)


def test_a_slot_that_turns_out_to_be_other_hardware_carries_out_nothing_meant_for_the_first(
    fleet: RayFleet,
) -> None:
    bridge_of(fleet).say(found("node-a/cpu", processor="A"))
    fleet.join()
    (offered,) = fleet.slots()
    end = fleet.lock(offered)
    assert isinstance(end, RemoteSlot)
    assert fleet.lock(offered) is end
    bridge_of(fleet).say(found("node-a/cpu", processor="B"))
    until(lambda: end.lost)
    assert end.lost == "node-a/cpu is B, 2 processors, not A, 2 processors"
    written = bridge_of(fleet).stdin.getvalue().splitlines()
    assert isinstance(TO_SLOT.validate_json(written[-1]), Unlock)
    for stale in (end, fleet.lock(offered)):
        with pytest.raises(NodeLost, match="node-a/cpu is B"):
            stale.try_acquire()
    (now,) = fleet.slots()
    there = fleet.lock(now)
    assert isinstance(there, RemoteSlot)
    assert there.lost is None
    assert fleet.lock(now) is there
