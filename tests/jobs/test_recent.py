"""A process forgets what is over and stored, never what goes on."""

from pathlib import Path

import pytest

from core.jobs import manager
from core.jobs.manager import JobManager
from core.jobs.recent import Recent
from core.variants.request import build_spec
from tests.fake_executor import FakeExecutor


def test_the_newest_that_are_over_are_kept_and_all_that_go_on() -> None:
    recent: Recent[str] = Recent(2, lambda item: item == "over")
    for number in range(5):
        recent.add(f"over-{number}", "over")
        recent.add(f"active-{number}", "active")
    assert [recent.get(f"over-{number}") for number in range(3)] == [None] * 3
    assert list(recent) == ["active", "active", "active", "over", "active", "over", "active"]


@pytest.mark.usefixtures("bundled_model")
def test_a_forgotten_run_is_read_from_the_history(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manager, "KEPT_JOBS", 2)
    with JobManager(make_executor=lambda _: FakeExecutor()) as jobs:
        runs = [jobs.submit(build_spec({})) for _ in range(4)]
        ends = [jobs.wait(run_id) for run_id in runs]
        first = jobs.submit(build_spec({}))
        assert jobs.wait(runs[0]) == ends[0]
        seen = jobs.snapshot(runs[0])
        assert seen is not None
        assert seen.outcome == ends[0]
        assert home.is_dir()
        jobs.wait(first)
        with pytest.raises(KeyError):
            jobs.wait("unknown")
