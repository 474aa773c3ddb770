"""Commands run in this process, over an executor that measures nothing."""

import pytest

from core.jobs import manager
from tests.fake_executor import FakeExecutor


@pytest.fixture(autouse=True)
def executor(monkeypatch: pytest.MonkeyPatch) -> FakeExecutor:
    """What carries out the runs of `run`."""
    fake = FakeExecutor()
    monkeypatch.setattr(
        manager.JobManager.__init__, "__defaults__", (None, lambda _: fake, None, None)
    )
    return fake


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    """What was printed."""
    return capsys
