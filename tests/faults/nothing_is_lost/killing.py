"""Kills the running dashboard, its worker or both, while somebody clicks Run, and looks at what is
left.
"""

import asyncio
import contextlib
import random
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import psutil
from websockets.exceptions import WebSocketException

from benchmarks.tabs import Tab, open_tab
from core.jobs.device_lock import DeviceLock
from core.results.history import History
from core.results.stored import RunRow
from tests.browser.server import Server

VICTIMS = ("dashboard", "worker", "both")
WORKER = "core.engine.worker"
LATEST_KILL_S = 12.0
CLICK_EVERY_S = 0.4
GONE_S = 5.0
OF_A_DEAD_SERVER = (asyncio.CancelledError, WebSocketException, OSError, TimeoutError)
NOT_OVER = ("queued", "running")


@dataclass
class Seen:
    """What people were told: the ids of the runs, and of which of them a result was shown; `over`
    is whether they have stopped to click.
    """

    acknowledged: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    over: bool = False


def a_small_run(model: Path) -> str:
    """The link of a run that takes a second once the worker has been started."""
    return urlencode({"model": model, "max_new_tokens": 4, "repeats": 3, "quality": False})


def job_of(tab: Tab) -> str | None:
    """The run that the tab's address names."""
    return parse_qs(tab.query).get("job", [None])[0]


async def click_until_killed(server: Server, link: str, victim: str, after_s: float) -> Seen:
    """Two people click Run again and again; after so many seconds the victim is killed."""
    seen = Seen()
    clicks = [asyncio.create_task(_click(server.url, link, seen)) for _ in range(2)]
    await asyncio.sleep(after_s)
    kill(server, victim)
    if victim == "worker":
        await asyncio.sleep(GONE_S)
    seen.over = True  # a cancelling that comes just as a page ends would be overlooked
    for click in clicks:
        click.cancel()
    for end in await asyncio.gather(*clicks, return_exceptions=True):
        if end is not None and not isinstance(end, OF_A_DEAD_SERVER):
            raise end
    return seen


async def _click(url: str, link: str, seen: Seen) -> None:
    """A server that is killed ends the connection, which is no fault of the test's."""
    async with open_tab(url, link) as tab:
        while not seen.over:
            job = job_of(tab)
            if job is not None:
                seen.acknowledged.add(job)
            if job is not None and "pin_baseline" in tab.buttons:
                seen.shown.add(job)
            if "run" in tab.buttons and "cancel" not in tab.buttons:
                await tab.press("run")
            await asyncio.sleep(CLICK_EVERY_S)


def kill(server: Server, victim: str) -> None:
    """SIGKILL to the dashboard, to all its workers, or to both, in random order."""
    dashboard = psutil.Process(server.pid)
    children = dashboard.children(recursive=True)
    workers = [child for child in children if WORKER in _command(child)]
    killed = {"dashboard": [dashboard], "worker": workers, "both": [dashboard, *workers]}[victim]
    for process in random.sample(killed, len(killed)):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _command(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


def family_of(home: Path) -> list[psutil.Process]:
    """All processes that have this data folder, whoever their parent is by now."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            of_home = process.environ().get("TRADEOFFS_HOME") == str(home)
            if of_home and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def left_behind(home: Path) -> list[psutil.Process]:
    """Those of the family that still live some seconds after the dashboard was killed."""
    deadline = time.monotonic() + GONE_S
    while (left := family_of(home)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def device_is_free() -> bool:
    """Whether the CPU's lock can be had within some seconds; it is given back."""
    lock, deadline = DeviceLock("cpu"), time.monotonic() + GONE_S
    while not (free := lock.try_acquire()) and time.monotonic() < deadline:
        time.sleep(0.1)
    lock.release()
    return free


async def look(server: Server, page: str = "") -> None:
    """Open a page once, the first one as somebody does after a crash."""
    async with open_tab(server.url, page=page):
        pass


def check_history(file: Path, seen: Seen) -> list[RunRow]:
    """Every run that anybody was told of is there, and over; every row can be read in full; the
    file is sound. The rows, newest first.
    """
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    history = History(file, refused="a look alone")
    rows = history.rows()
    status = {row.run_id: row.status for row in rows}
    assert seen.acknowledged <= set(status), "a run that somebody was told of is missing"
    assert {status[run_id] for run_id in seen.shown} <= {"done"}
    assert [run_id for run_id, found in status.items() if found in NOT_OVER] == []
    full = history.in_full(status)
    assert full.damaged == ()
    assert {run.run_id: run.status for run in full.runs} == status
    return rows
