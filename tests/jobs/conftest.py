"""A job manager over a fake executor."""

from collections.abc import Iterator

import pytest

from core.jobs.manager import JobManager
from tests.fake_executor import FakeExecutor


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor()


@pytest.fixture
def jobs(executor: FakeExecutor) -> Iterator[JobManager]:
    with JobManager(make_executor=lambda _: executor) as manager:
        yield manager
