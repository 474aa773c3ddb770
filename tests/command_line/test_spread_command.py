"""`sweep --devices`: which devices the cells are spread over, here and in a cluster."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.jobs import manager, slots
from tests.fake_fleet import TWO_GPUS, FakeFleet, node_slots
from tests.sample_machines import a_cpu, an_environment

GRID = ("--precision", "fp32,bf16", "--batch-size", "1,2", "--no-trial")
Printed = pytest.CaptureFixture[str]


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch, bundled_model: Path) -> FakeFleet:  # noqa: ARG001
    """Two like GPUs and a CPU."""
    return used(FakeFleet(), monkeypatch)


def used(fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> FakeFleet:
    """The fleet of every job manager that is made."""
    monkeypatch.setattr(manager.JobManager.__init__, "__defaults__", (None, None, fleet, None))
    monkeypatch.setattr(slots, "read_environment", fleet.environment)
    return fleet


def test_cells_are_spread_over_all_like_devices_and_that_is_said(
    fleet: FakeFleet, out: Printed
) -> None:
    assert main(["sweep", *GRID, "--devices", "all", "--json"]) == 0
    printed = out.readouterr()
    found = json.loads(printed.out)
    assert found["devices"] == ["cuda:0", "cuda:1"]
    assert found["cells"]["done"] == 4
    assert all(executor.started for executor in fleet.executors.values() if executor.machine.driver)
    assert "spread over 2 like devices (cuda:0, cuda:1): NVIDIA H100 80GB HBM3" in printed.err
    assert "not used, since they are other hardware: cpu (Example CPU" in printed.err
    assert " on cuda:1: " in printed.err
    devices = {run["variant"]["device"] for run in found["runs"]}
    assert devices == {"cuda:0", "cuda:1"}


def test_a_list_of_devices_measures_each_cell_on_each(fleet: FakeFleet, out: Printed) -> None:
    assert main(["sweep", *GRID, "--device", "cuda:0,cuda:1", "--json"]) == 0
    found = json.loads(out.readouterr().out)
    assert (found["devices"], found["cells"]["done"]) == ([], 8)
    assert len(fleet.started()) == 8


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--devices", "cpu,cuda:0"], ["not alike", "Example CPU", "NVIDIA H100", "--device"]),
        (["--devices", "cuda:5"], ["no such device", "cuda:1"]),
        (["--devices", ","], ["no such device"]),
        (["--devices", "all", "--device", "cpu,cuda:0"], ["devices"]),
        (["--devices", "cuda:0", "--device", "cpu"], ["--device names another"]),
    ],
)
@pytest.mark.usefixtures("fleet")
def test_what_cannot_be_spread_over_is_refused(
    flags: list[str], words: list[str], out: Printed
) -> None:
    assert main(["sweep", *GRID, *flags]) == 2
    printed = out.readouterr().err
    assert all(word in printed for word in words)


def test_a_resumed_sweep_may_be_given_other_devices(fleet: FakeFleet, out: Printed) -> None:
    assert main(["sweep", *GRID, "--devices", "cuda:0", "--json"]) == 0
    key = json.loads(out.readouterr().out)["experiment_id"]
    assert main(["sweep", "--resume", key, "--devices", "cuda:1", "--json"]) == 0
    found = json.loads(out.readouterr().out)
    assert found["devices"] == ["cuda:1"]
    assert (found["cells"]["done"], len(fleet.started())) == (4, 4)


def test_in_a_cluster_all_like_slots_are_used_without_being_named(
    monkeypatch: pytest.MonkeyPatch,
    bundled_model: Path,  # noqa: ARG001
    out: Printed,
) -> None:
    cluster = node_slots("node-a/cpu", "node-b/cpu")
    larger = cluster[0].hardware.model_copy(update={"cpu_count": 96})
    there = (*cluster, *node_slots("node-c/cpu", hardware=larger))
    used(FakeFleet(there, an_environment(a_cpu())), monkeypatch)
    assert main(["sweep", *GRID, "--dry-run", "--json"]) == 0
    printed = out.readouterr().err
    assert "spread over 2 like devices (node-a/cpu, node-b/cpu)" in printed
    assert "not used, since they are other hardware: node-c/cpu" in printed


def test_a_machine_with_one_device_is_not_spread_over(out: Printed, fleet: FakeFleet) -> None:
    assert fleet.environment() == TWO_GPUS
    assert main(["sweep", *GRID, "--dry-run", "--json"]) == 0
    assert "spread over" not in out.readouterr().err
