"""A conductor over a fake executor and a real history."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.experiments.conductor import Conductor
from core.experiments.sweeps.sweeps import Sweeps
from core.jobs.manager import JobManager
from tests.fake_executor import FakeExecutor


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor()


@pytest.fixture
def jobs(
    executor: FakeExecutor,
    bundled_model: Path,  # noqa: ARG001 - so that a prompt's tokens can be counted
) -> Iterator[JobManager]:
    with JobManager(make_executor=lambda _: executor) as manager:
        yield manager
        executor.release()


@pytest.fixture
def conductor(jobs: JobManager) -> Iterator[Conductor]:
    made = Conductor(jobs)
    yield made
    made.close()


@pytest.fixture
def sweeps(conductor: Conductor) -> Sweeps:
    return Sweeps(conductor)
