"""What the bridge makes of the manager's lines and of Ray's news, without a cluster."""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from core.jobs.cluster.messages import (
    EndWorker,
    Found,
    SlotLost,
    StartWorker,
    ToSlot,
    TryLock,
    Unlock,
)
from core.results.record import Record
from tests.jobs.cluster.test_nodes import a_node
from tests.sample_machines import a_cpu, a_gpu, an_environment

pytest.importorskip("ray")

from core.jobs.cluster import answers, bridge
from core.jobs.cluster.answers import AGAIN_S, Answers
from core.jobs.cluster.bridge import REST_S, Bridge

GPU = "node-a/cuda:1"
UNLIKE = an_environment(
    a_cpu(), *(a_gpu(f"cuda:{i}").model_copy(update={"name": name}) for i, name in enumerate("AB"))
)
TRY = TryLock(slot=GPU, attempt=1)


class Said:
    """What the manager is told."""

    def __init__(self) -> None:
        self.messages: list[Record] = []

    def say(self, message: Record) -> None:
        self.messages.append(message)


class Held:
    """A link that keeps what is put into it."""

    def __init__(self, _slot: object, _program: object, _lines: object, on_place: Any) -> None:
        self.place: str | None = None
        self.lost_for_s = math.inf
        self.lines: list[str] = []
        self.on_place: Callable[[], None] = on_place

    @property
    def lost(self) -> bool:
        return self.lost_for_s < math.inf

    def put(self, line: str) -> None:
        self.lines.append(line)

    def lose(self, _reason: str) -> None:
        self.lost_for_s = 0.0


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch, said: Said) -> Bridge:
    """A bridge to one node with two unlike GPUs, after its first look."""
    told = SimpleNamespace(gather=lambda *_: None, of=lambda _: UNLIKE.model_dump_json())
    nodes = SimpleNamespace(put=lambda content: content, nodes=lambda: [a_node()])
    for name, played in {
        "ray": nodes, "Link": Held, "Answers": lambda _: told, "packed": lambda: ("1", b"")
    }.items():  # fmt: skip
        monkeypatch.setattr(bridge, name, played)
    lines: Any = said
    made = Bridge(lines)
    made.look(0.0)
    assert [type(message) for message in said.messages] == [Found]
    return made


def link_of(passing: Bridge) -> Held:
    link = passing._links[GPU]
    assert isinstance(link, Held)
    return link


def pass_on(passing: Bridge, message: ToSlot) -> None:
    passing.pass_on(message.model_dump_json())


def names(message: Record) -> dict[str, str]:
    """The GPUs that the slots are said to be."""
    assert isinstance(message, Found)
    return {slot.key[-1]: slot.environment.devices[0].name for slot in message.slots[:2]}


def test_a_slot_that_was_given_another_gpu_is_told_before_anything_is_carried_out_on_it(
    passing: Bridge, said: Said
) -> None:
    assert names(said.messages[-1]) == {"0": "A", "1": "B"}
    pass_on(passing, TRY)
    link_of(passing).place = "cuda:0"
    link_of(passing).on_place()
    assert names(said.messages[-1]) == {"0": "B", "1": "A"}
    count = len(said.messages)
    passing.look(0.0)
    assert len(said.messages) == count


@pytest.mark.parametrize("message", [StartWorker(slot=GPU), TRY])
def test_what_was_on_its_way_to_a_lost_slot_is_not_carried_out(
    passing: Bridge, said: Said, message: ToSlot
) -> None:
    pass_on(passing, TRY)
    lost = link_of(passing)
    lost.lose("gone")
    pass_on(passing, message)
    assert link_of(passing) is lost
    assert said.messages[-1] == SlotLost(slot=GPU, reason=f"{GPU} is gone")
    passing.look(0.0)
    assert GPU not in {slot.key for slot in getattr(said.messages[-1], "slots", ())}


def test_after_its_rest_a_slot_begins_with_its_lock_and_with_nothing_else(
    passing: Bridge, said: Said
) -> None:
    pass_on(passing, TRY)
    lost = link_of(passing)
    lost.lost_for_s = REST_S
    for message in (Unlock(slot=GPU), EndWorker(slot=GPU)):
        pass_on(passing, message)
    assert [type(one) for one in said.messages] == [Found]
    pass_on(passing, StartWorker(slot=GPU))
    assert said.messages[-1] == SlotLost(slot=GPU, reason=f"{GPU} is gone")
    passing.look(0.0)
    assert GPU in {slot.key for slot in getattr(said.messages[-1], "slots", ())}
    pass_on(passing, TRY)
    assert link_of(passing) is not lost
    assert link_of(passing).lines == [TRY.model_dump_json()]


def test_a_node_that_tells_nothing_is_asked_again_after_a_pause_and_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock, asked, cancelled, told = [0.0], [], [], {"node-b": "well"}

    def get(node_id: str, timeout: float) -> str:
        assert timeout == 0
        if node_id not in told:
            raise answers.RayError("it has no such Python")
        return told[node_id]

    def ask(node_id: str) -> str:
        asked.append(node_id)
        return node_id

    played = SimpleNamespace(
        get=get, wait=lambda *_, **__: None, cancel=lambda node_id, **_: cancelled.append(node_id)
    )
    monkeypatch.setattr(answers, "ray", played)
    monkeypatch.setattr(answers.time, "monotonic", lambda: clock[0])
    known = Answers(ask)
    for clock[0] in (0.0, 2.0, AGAIN_S - 1, AGAIN_S, AGAIN_S + 2):
        known.gather(["node-a", "node-b"], 0.0)
    assert asked == ["node-a", "node-b", "node-a"]
    assert cancelled == ["node-a"]
    assert (known.of("node-a"), known.of("node-b")) == (None, "well")
    assert len(caplog.records) == 1
    told["node-a"] = "after all"
    known.gather(["node-a", "node-b"], 0.0)
    assert known.of("node-a") == "after all"
