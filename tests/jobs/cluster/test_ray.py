"""Runs on a real Ray of two nodes: where they land, cancelling, a node that dies, bad addresses."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import FailureKind, RequestError
from core.jobs.cluster.ray_fleet import RayFleet
from core.jobs.manager import JobManager
from core.jobs.slots import Slot
from core.results.measured import Phase
from core.results.types import RunFailure, RunResult
from core.variants.spec import RunSpec
from tests.jobs.cluster.conftest import TwoNodes
from tests.jobs.waiting import in_phase, until
from tests.samples import a_spec

PATIENT_S = 60


@pytest.fixture
def spec(tiny_model_folder: Path) -> RunSpec:
    """A run of milliseconds."""
    return tiny(tiny_model_folder)


@pytest.fixture
def endless(tiny_model_folder: Path) -> RunSpec:
    """A run that is always in the middle."""
    return tiny(tiny_model_folder, max_new_tokens=400, repeats=1000)


def tiny(folder: Path, **values: object) -> RunSpec:
    """A spec of the tiny model."""
    usual = {"model": str(folder), "max_new_tokens": 2, "repeats": 1, "warmup": 1, "quality": False}
    return a_spec(**{**usual, **values})


def slot_of(jobs: JobManager, key: str) -> Slot:
    """The slot with that key, once it is there."""
    until(lambda: key in {slot.key for slot in jobs.slots()}, PATIENT_S)
    return next(slot for slot in jobs.slots() if slot.key == key)


def measuring(jobs: JobManager, run_id: str, key: str) -> Callable[[], bool]:
    """Whether the run is being measured on that slot."""

    def holds() -> bool:
        snapshot = jobs.snapshot(run_id)
        assert snapshot is not None
        assert snapshot.outcome is None, snapshot.outcome
        return snapshot.slot == key and snapshot.phase is Phase.MEASURING

    return holds


@pytest.mark.slow
class TestTwoNodes:
    """All in one class, so that the cluster is started once for it."""

    def test_each_node_measures_and_its_name_and_environment_are_stored(
        self, jobs: JobManager, spec: RunSpec
    ) -> None:
        for node in ("node-a", "node-b"):
            slot = slot_of(jobs, f"{node}/cpu")
            run_id = jobs.submit(spec, slot)
            result = jobs.wait(run_id)
            assert isinstance(result, RunResult), result
            assert result.environment.host_name == node
            assert result.environment.thread_settings == {"OMP_NUM_THREADS": "1"}
            assert result.environment.packages["torch"]
            stored = jobs.history.get(run_id)
            assert stored is not None
            assert (stored.outcome, stored.host_name) == (result, node)

    def test_the_nodes_of_one_machine_are_of_one_hardware(self, jobs: JobManager) -> None:
        slots = [slot_of(jobs, key) for key in ("node-a/cpu", "node-b/cpu")]
        assert len({slot.hardware.id for slot in slots}) == 1

    def test_a_run_on_a_node_is_cancelled(self, jobs: JobManager, endless: RunSpec) -> None:
        run_id = jobs.submit(endless, slot_of(jobs, "node-a/cpu"))
        until(in_phase(jobs, run_id, Phase.MEASURING), PATIENT_S)
        jobs.cancel(run_id)
        assert getattr(jobs.wait(run_id), "kind", None) is FailureKind.CANCELLED

    def test_what_fails_on_a_node_says_why(self, jobs: JobManager, spec: RunSpec) -> None:
        too_long = tiny(Path(spec.variant.model), max_new_tokens=600)
        with pytest.raises(RequestError, match="max_new_tokens"):
            jobs.submit(too_long, slot_of(jobs, "node-a/cpu"))

    def test_a_node_that_dies_in_the_middle_has_its_run_tried_once_more(
        self, jobs: JobManager, nodes: TwoNodes, endless: RunSpec
    ) -> None:
        run_id = jobs.submit(endless, slot_of(jobs, "node-b/cpu"))
        until(measuring(jobs, run_id, "node-b/cpu"), PATIENT_S)
        nodes.kill_second()
        until(measuring(jobs, run_id, "node-a/cpu"), PATIENT_S)
        assert [slot.key for slot in jobs.slots()] == ["node-a/cpu"]
        jobs.cancel(run_id)
        failure = jobs.wait(run_id)
        assert isinstance(failure, RunFailure)
        assert failure.kind is FailureKind.CANCELLED
        assert "Tried once more on node-a/cpu, since node-b " in failure.message

    def test_a_sweep_from_the_shell_is_spread_over_the_like_nodes(
        self,
        nodes: TwoNodes,
        spec: RunSpec,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        nodes.start_second()
        monkeypatch.setenv("RAY_ADDRESS", nodes.address)
        monkeypatch.setenv("TRADEOFFS_MODEL_ROOTS", str(Path(spec.variant.model).parent))
        grid = ["--model", spec.variant.model, "--batch-size", "1,2"]
        assert main(["sweep", *grid, "--dry-run", "--json"]) == 0
        printed = capsys.readouterr()
        assert "node-a/cpu, node-b/cpu" in printed.err
        assert json.loads(printed.out)["total"] == 2


def test_an_address_that_nobody_answers_at_is_told_at_once() -> None:
    pytest.importorskip("ray")
    fleet = RayFleet("127.0.0.1:9")
    try:
        with pytest.raises(RequestError, match="cannot be used") as caught:
            fleet.join()
        assert caught.value.field == "executor"
        assert "127.0.0.1:9" in caught.value.reason
    finally:
        fleet.close()


def test_where_ray_is_not_installed_it_is_said_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "ray" else real(name, *rest),
    )
    assert main(["run", "--executor", "ray"]) == 2
    assert "pip install -r requirements-ray.txt" in capsys.readouterr().err


def test_another_executor_is_refused_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "--executor", "slurm"]) == 2
    assert "Valid: local, ray" in capsys.readouterr().err
