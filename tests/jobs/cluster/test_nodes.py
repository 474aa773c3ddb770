"""Slots from what Ray says of its nodes, and how a program is brought to a node."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.jobs.cluster.nodes import name_of, slots_of
from core.jobs.cluster.ray_fleet import RayFleet
from core.jobs.cluster.shipping import packed
from core.jobs.slots import device_of
from core.variants.environment import Environment
from tests.sample_machines import a_cpu, a_gpu, an_environment

MACHINE = an_environment(a_cpu(), a_gpu("cuda:0"), a_gpu("cuda:1"))


def a_node(name: str = "node-a", node_id: str = "1" * 56, **changes: Any) -> dict[str, Any]:
    """A node as `ray.nodes()` tells it, with these changes."""
    return {
        "NodeID": node_id,
        "NodeName": name,
        "NodeManagerAddress": "192.0.2.7",
        "NodeManagerHostname": "machine-7",
        "Alive": True,
        "Resources": {"CPU": 16.0, "GPU": 2.0},
        **changes,
    }


def environment_of(_: str) -> str:
    """The same for all nodes."""
    return MACHINE.model_dump_json()


def test_a_node_has_a_slot_for_each_gpu_and_one_for_all_its_processors() -> None:
    slots = slots_of([a_node()], environment_of, {})
    assert [(s.key, s.device, s.cpus, s.gpus) for s in slots] == [
        ("node-a/cuda:0", "cuda:0", 0.0, 1.0),
        ("node-a/cuda:1", "cuda:0", 0.0, 1.0),
        ("node-a/cpu", "cpu", 16.0, 0.0),
    ]
    assert [slot.place for slot in slots] == ["cuda:0", "cuda:1", "cpu"]
    assert [device_of(slot.key) for slot in slots] == [slot.device for slot in slots]


def test_a_slots_environment_has_the_device_that_its_worker_will_see() -> None:
    for slot in slots_of([a_node()], environment_of, {}):
        found: Environment = slot.found().environment
        assert [device.key for device in found.devices] == [slot.device]
        assert found.packages == MACHINE.packages


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ({"node-a/cuda:1": "cuda:0"}, ["cuda:1", "cuda:0", "cuda:2"]),
        ({"node-a/cuda:2": "cuda:0"}, ["cuda:2", "cuda:1", "cuda:0"]),
        ({"node-a/cuda:0": "cuda:1", "node-a/cuda:1": "cuda:2"}, ["cuda:1", "cuda:2", "cuda:0"]),
        ({"node-a/cuda:0": "cuda:0", "node-b/cuda:1": "cuda:0"}, ["cuda:0", "cuda:1", "cuda:2"]),
        (
            {"node-a/cuda:0": "cuda:1", "node-a/cuda:1": "cuda:1"},  # two actors that see one GPU
            ["cuda:1", "cuda:1", "cuda:2"],
        ),
    ],
)
def test_a_slot_is_the_gpu_that_ray_gave_it_and_the_others_are_those_that_are_left(
    given: dict[str, str], places: list[str]
) -> None:
    unlike = an_environment(
        a_cpu(), *(a_gpu(f"cuda:{i}").model_copy(update={"name": f"GPU {i}"}) for i in range(3))
    )
    node = a_node(Resources={"GPU": 3.0})
    slots = slots_of([node], lambda _: unlike.model_dump_json(), given)
    assert [slot.key for slot in slots] == [f"node-a/cuda:{i}" for i in range(3)]
    assert [slot.place for slot in slots] == places
    for slot in slots:
        (device,) = slot.found().environment.devices
        assert (device.key, device.name) == ("cuda:0", f"GPU {slot.place[-1]}")


def test_a_node_without_processors_or_that_is_dead_or_mute_has_no_slots() -> None:
    mute = slots_of([a_node()], lambda _: None, {})
    dead = slots_of([a_node(Alive=False)], environment_of, {})
    bare = slots_of([a_node(Resources={"CPU": 0.0, "memory": 1e9})], environment_of, {})
    assert mute == dead == bare == []


def test_nodes_of_one_name_are_told_apart() -> None:
    slots = slots_of([a_node(node_id="b" * 56), a_node(node_id="a" * 56)], environment_of, {})
    assert len({slot.key for slot in slots}) == 6
    assert {slot.node for slot in slots} == {"node-a", "node-a-bbbbbb"}


@pytest.mark.parametrize("named", ["192.0.2.7", ""])
def test_a_node_that_was_given_no_name_is_called_as_its_machine(named: str) -> None:
    assert name_of(a_node(NodeName=named)) == "machine-7"


def test_a_device_that_a_node_claims_and_does_not_have_is_no_slot() -> None:
    claims = a_node(Resources={"CPU": 1.0, "GPU": 3.0})
    found = {slot.key: slot.found() for slot in slots_of([claims], environment_of, {})}
    assert found["node-a/cuda:2"].environment.devices == ()


def test_the_program_is_unpacked_whole_where_nothing_of_it_is(tmp_path: Path) -> None:
    version, content = packed()
    assert packed()[0] == version
    (tmp_path / "core.zip").write_bytes(content)
    shipping = Path(sys.modules[packed.__module__].__file__ or "")
    script = (
        "import importlib.util, pathlib\n"
        f"spec = importlib.util.spec_from_file_location('shipping', {str(shipping)!r})\n"
        "shipping = importlib.util.module_from_spec(spec); spec.loader.exec_module(shipping)\n"
        "content = pathlib.Path('core.zip').read_bytes()\n"
        f"for _ in range(2): folder = shipping.unpack({version!r}, content)\n"
        "from core.jobs.cluster.node import look_around\n"
        "import core; assert core.__file__.startswith(folder), core.__file__\n"
        "from core.variants.engine_environment import REPOSITORY\n"
        "names = [file.name for file in REPOSITORY.glob('requirements-*.txt')]\n"
        "print(names, look_around(), sep='\\n')\n"
    )
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    requirements, environment_there = done.stdout.splitlines()
    assert "requirements-openvino-no-deps.txt" in requirements
    assert Environment.model_validate_json(environment_there).device("cpu") is not None


def test_the_managers_process_never_imports_ray() -> None:
    modules = [RayFleet.__module__, "core.jobs.opening", "core.jobs.cluster.node"]
    code = f"import sys, importlib\nfor m in {modules!r}: importlib.import_module(m)\n"
    code += "assert 'ray' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
