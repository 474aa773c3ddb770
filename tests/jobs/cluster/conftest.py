"""A real Ray of two nodes on this machine, started once for all tests that ask for it."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.jobs.cluster.ray_fleet import RayFleet
from core.jobs.manager import JobManager
from core.results.history import History

SMALL = {"num_cpus": 1, "object_store_memory": 80_000_000}


class TwoNodes:
    """`node-a`, which the others join, and `node-b`, which can be killed and started again."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {**SMALL, "node_name": "node-a", "include_dashboard": False}
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self.address = str(self._cluster.address)
        self._second: Any = None
        self.start_second()

    def start_second(self) -> None:
        """Start node-b unless it is there."""
        if self._second is None:
            self._second = self._cluster.add_node(**SMALL, node_name="node-b")

    def kill_second(self) -> None:
        """Kill every process of node-b."""
        self._cluster.remove_node(self._second, allow_graceful=False)
        self._second = None

    def close(self) -> None:
        """End everything."""
        self._cluster.shutdown()


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory, tiny_model_folder: Path) -> Iterator[TwoNodes]:
    """The two, with a data folder and locks of their own."""
    pytest.importorskip("ray")
    folder = tmp_path_factory.mktemp("nodes")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("TRADEOFFS_HOME", str(folder / "home"))
        patch.setenv("TRADEOFFS_LOCKS", str(folder / "locks"))
        patch.setenv("TRADEOFFS_MODEL_ROOTS", str(tiny_model_folder.parent))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("HF_HUB_OFFLINE", "1")
        started = TwoNodes()
    try:
        yield started
    finally:
        started.close()


@pytest.fixture(scope="session")
def cluster_jobs(nodes: TwoNodes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobManager]:
    """One job manager over both nodes."""
    folder = tmp_path_factory.mktemp("manager")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRADEOFFS_HOME", str(folder))
        fleet = RayFleet(nodes.address)
        history = History()
    fleet.join()
    with JobManager(history, fleet=fleet) as jobs:
        yield jobs


@pytest.fixture
def jobs(
    cluster_jobs: JobManager,
    nodes: TwoNodes,
    tiny_model_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> JobManager:
    """The same, with both nodes there, and the tiny model allowed here too."""
    monkeypatch.setenv("TRADEOFFS_MODEL_ROOTS", str(tiny_model_folder.parent))
    nodes.start_second()
    assert os.environ["OMP_NUM_THREADS"] == "1"
    return cluster_jobs
