"""Two hours of mixed work on one dashboard: nothing grows, and the last hour is as the first.

`SOAK_MINUTES` sets another length, `SOAK_RECORD` a file that keeps each round's readings.
"""

import asyncio
import json
import os
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from core.home import history_file
from core.jobs.device_lock import DeviceLock
from core.results.history import History
from core.results.statistics import median
from core.results.types import RunResult
from tests.browser.conftest import with_the_model
from tests.browser.server import ROOT, Server, serve
from tests.faults.soak.day import LEVERS, Day
from tests.faults.soak.growth import growth
from tests.faults.soak.readings import Reading, read

MINUTES = float(os.environ.get("SOAK_MINUTES", "120"))
SEED = 20261130
WARM_ROUNDS = len(LEVERS)  # until each lever was there once, its variant is still new
MOST_GROWTH = 0.05
QUIET = 0.10  # other processes' share of the processors, above which a run's grade is lower
FEWEST_QUIET = 5
ALIKE = 0.05
COUNTS = ("server_threads", "worker_threads", "server_files", "worker_files", "processes")


@pytest.mark.soak
@pytest.mark.timeout(MINUTES * 60 + 1800)
def test_hours_of_mixed_work_leave_the_dashboard_as_it_was(
    prepared_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.delenv("OMP_NUM_THREADS")
    folder = with_the_model(tmp_path / "dashboard", prepared_model)
    with serve(ROOT / "app.py", folder) as server:
        rounds = asyncio.run(_rounds(server, tmp_path))
        _check_nothing_is_left_open(server, monkeypatch)
    readings = [reading for reading, _ in rounds[WARM_ROUNDS:]]
    assert len(readings) >= 4, f"only {len(rounds)} rounds: SOAK_MINUTES is too short"
    _check_nothing_grows(readings)
    _check_latency_is_alike([result for _, result in rounds])


async def _rounds(server: Server, folder: Path) -> list[tuple[Reading, RunResult]]:
    """Rounds until the time is over: what the family then holds, and the reference run."""
    day, rounds = Day(server, SEED), []
    record = Path(os.environ.get("SOAK_RECORD", str(folder / "soak.jsonl")))
    end = time.monotonic() + MINUTES * 60
    while time.monotonic() < end:
        result = await day.round()
        reading = await asyncio.to_thread(read, server.pid, folder)
        rounds.append((reading, result))
        with record.open("a") as lines:
            lines.write(json.dumps(_line(reading, result)) + "\n")
    return rounds


def _line(reading: Reading, result: RunResult) -> dict[str, object]:
    return {
        "at": f"{result.finished_at:%H:%M:%S}",
        **asdict(reading),
        "e2e_s": median(result.samples.e2e_s),
        "foreign_cpu": _foreign(result),
        "grade": result.trust.grade,
        "was_resident": result.times.was_resident,
    }


def _check_nothing_is_left_open(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run is over, the last lock is free, and the log names no fault."""
    history = History(server.home / history_file().name)
    assert {row.status for row in history.rows()} <= {"done", "cancelled"}
    monkeypatch.setenv("TRADEOFFS_LOCKS", str(server.home.parent / "locks"))
    lock = DeviceLock("cpu")
    assert lock.try_acquire()
    lock.release()
    assert "Traceback" not in server.log.read_text()


def _check_nothing_grows(readings: list[Reading]) -> None:
    grown = {
        name: growth([getattr(reading, name) for reading in readings])
        for name in ("server_bytes", "workers_bytes", *COUNTS)
    }
    print("\ngrowth:", {name: f"{share:+.1%}" for name, share in grown.items()})
    assert {name: share for name, share in grown.items() if share > MOST_GROWTH} == {}
    last = readings[len(readings) // 2 :]
    for name in COUNTS:
        most = max(getattr(reading, name) for reading in readings[: len(readings) // 2])
        assert max(getattr(reading, name) for reading in last) <= most + 2, name


def _check_latency_is_alike(results: list[RunResult]) -> None:
    """By the runs that no other program disturbed, as their own grades tell."""
    halfway = len(results) // 2
    quiet = [[run for run in part if _foreign(run) <= QUIET]
             for part in (results[:halfway], results[halfway:])]  # fmt: skip
    counts = [len(part) for part in quiet]
    assert min(counts) >= FEWEST_QUIET, f"the machine was too busy to tell: {counts} quiet runs"
    first, last = (median([_e2e_s(run) for run in part]) for part in quiet)
    assert first is not None
    assert last is not None
    print(f"latency: {first:.4f} s in the first half, {last:.4f} s in the second, of {counts} runs")
    assert abs(last / first - 1) <= ALIKE


def _foreign(result: RunResult) -> float:
    return result.environment.after.other_cpu_share or 0.0


def _e2e_s(result: RunResult) -> float:
    seconds = median(result.samples.e2e_s)
    assert seconds is not None
    return seconds
