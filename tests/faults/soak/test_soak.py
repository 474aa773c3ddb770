"""Two hours of mixed work on one dashboard: nothing grows, and the last hour is as the first.

Latency is held, in each round, against the same run in a worker that has just been started: what
else the machine does then falls on both. `SOAK_MINUTES` sets another length, `SOAK_RECORD` a file
that keeps each round's readings.
"""

import asyncio
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from core.home import history_file
from core.jobs.device_lock import DeviceLock
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.statistics import median
from core.results.types import RunResult
from core.variants.request import build_spec
from tests.browser.conftest import with_the_model
from tests.browser.server import ROOT, Server, serve
from tests.faults.soak.day import REFERENCE, Day
from tests.faults.soak.growth import growth
from tests.faults.soak.readings import Reading, read

MINUTES = float(os.environ.get("SOAK_MINUTES", "120"))
SEED = 20261130
# Until then what is kept and bounded fills: a hundred runs, of which a round has four or more.
WARM_ROUNDS = 32
CACHE_BYTES = 700_000_000  # of weights: what is loaded is then the same at each reading
SESSIONS_FORGOTTEN_S = 125.0  # Streamlit keeps a closed tab's session for two minutes
MOST_GROWTH = 0.05
ALIKE = 0.05


@dataclass(frozen=True)
class Round:
    """What the family held after it, and the reference run beside that of a fresh worker."""

    reading: Reading
    result: RunResult
    fresh: RunResult

    @property
    def ratio(self) -> float:
        """The fastest repeat by that of the fresh worker: other programs only ever add time."""
        return min(self.result.samples.e2e_s) / min(self.fresh.samples.e2e_s)


@pytest.mark.soak
@pytest.mark.timeout(MINUTES * 60 + 1800)
def test_hours_of_mixed_work_leave_the_dashboard_as_it_was(
    prepared_model: Path, bundled_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("TRADEOFFS_CACHE_BYTES", str(CACHE_BYTES))
    folder = with_the_model(tmp_path / "dashboard", prepared_model)
    assert bundled_model.is_dir()
    with serve(ROOT / "app.py", folder) as server:
        monkeypatch.setenv("TRADEOFFS_LOCKS", str(folder / "locks"))
        rounds, before, after = asyncio.run(_rounds(server, tmp_path))
        _check_nothing_is_left_open(server)
    _check_counts_are_the_same(before, after)
    assert len(rounds) >= 4, "SOAK_MINUTES is too short"
    _check_memory_does_not_grow([one.reading for one in rounds])
    _check_latency_is_alike([one.ratio for one in rounds])


async def _rounds(server: Server, folder: Path) -> tuple[list[Round], Reading, Reading]:
    """The rounds after the warm ones until the time is over, and what the family holds at rest
    before and after them.
    """
    day, rounds = Day(server, SEED), list[Round]()
    record = Path(os.environ.get("SOAK_RECORD", str(folder / "soak.jsonl")))
    end = time.monotonic() + MINUTES * 60
    for _ in range(WARM_ROUNDS):
        _note(record, await _round(day, server, folder))
    before = await _at_rest(day, server, folder)
    while time.monotonic() < end:
        rounds.append(await _round(day, server, folder))
        _note(record, rounds[-1])
    after = await _at_rest(day, server, folder)
    print("\nat rest before:", before, "\nat rest after: ", after)
    return rounds, before, after


async def _round(day: Day, server: Server, folder: Path) -> Round:
    result = await day.round()
    reading = await asyncio.to_thread(read, server.pid, folder)
    return Round(reading, result, await asyncio.to_thread(_by_a_fresh_worker))


def _by_a_fresh_worker() -> RunResult:
    values = dict(pair.split("=") for pair in REFERENCE.split("&"))
    with JobManager() as jobs:
        outcome = jobs.wait(jobs.submit(build_spec(values)))
    assert isinstance(outcome, RunResult), outcome
    return outcome


async def _at_rest(day: Day, server: Server, folder: Path) -> Reading:
    """What is held once the sessions of closed tabs are forgotten."""
    await asyncio.sleep(SESSIONS_FORGOTTEN_S)
    await day.look_at("")
    await asyncio.sleep(1)
    return read(server.pid, folder)


def _note(record: Path, one: Round) -> None:
    told = {
        "at": f"{one.result.finished_at:%H:%M:%S}",
        **asdict(one.reading),
        "e2e_s": median(one.result.samples.e2e_s),
        "ratio": one.ratio,
        "foreign_cpu": one.result.environment.after.other_cpu_share,
        "grade": one.result.trust.grade,
    }
    with record.open("a") as lines:
        lines.write(json.dumps(told) + "\n")


def _check_nothing_is_left_open(server: Server) -> None:
    """Every run is over, the device's lock is free, and the log tells of no fault."""
    history = History(server.home / history_file().name)
    assert {row.status for row in history.rows()} <= {"done", "cancelled"}
    lock = DeviceLock("cpu")
    assert lock.try_acquire()
    lock.release()
    assert "Traceback" not in server.log.read_text()


def _check_counts_are_the_same(before: Reading, after: Reading) -> None:
    for name in ("processes", "worker_threads", "worker_files", "server_threads", "server_files"):
        assert getattr(after, name) <= getattr(before, name), name


def _check_memory_does_not_grow(readings: Sequence[Reading]) -> None:
    for name in ("server_bytes", "workers_bytes"):
        grown = growth([getattr(reading, name) for reading in readings])
        print(f"{name}: {grown:+.1%} over {len(readings)} rounds")
        assert grown < MOST_GROWTH, name


def _check_latency_is_alike(ratios: Sequence[float]) -> None:
    halfway = len(ratios) // 2
    first, last = median(ratios[:halfway]), median(ratios[halfway:])
    assert first is not None
    assert last is not None
    print(f"reference run / fresh worker's: {first:.3f} in the first half, {last:.3f} in the last")
    assert abs(last / first - 1) < ALIKE
