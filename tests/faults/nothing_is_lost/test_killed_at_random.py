"""`kill -9` of the dashboard, the worker or both at random moments, while two people click Run."""

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.server import ROOT, serve
from tests.faults.nothing_is_lost.killing import (
    LATEST_KILL_S,
    VICTIMS,
    Seen,
    a_small_run,
    check_history,
    click_until_killed,
    device_is_free,
    left_behind,
    look,
)

SEED_VARIABLE = "FAULTS_SEED"


@pytest.fixture
def seed(capsys: pytest.CaptureFixture[str]) -> int:
    """Another one each time, printed; `FAULTS_SEED` repeats one."""
    chosen = int(os.environ.get(SEED_VARIABLE) or random.randrange(10**9))
    with capsys.disabled():
        print(f"\n{SEED_VARIABLE}={chosen}")
    return chosen


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server's folder, with the same device locks here."""
    monkeypatch.setenv("TRADEOFFS_LOCKS", str(tmp_path / "server" / "locks"))
    return tmp_path / "server"


def survive(folder: Path, model: Path, kills: list[tuple[str, float]]) -> Seen:
    """Each kill is of a server of its own, which first finds what the one before has left."""
    seen, link = Seen(), a_small_run(model)
    for victim, after_s in kills:
        with serve(ROOT / "app.py", folder) as server:
            asyncio.run(look(server))
            if seen.acknowledged:
                check_history(server.home / "history.sqlite3", seen)
            told = asyncio.run(click_until_killed(server, link, victim, after_s))
            seen.acknowledged |= told.acknowledged
            seen.shown |= told.shown
            if victim != "worker":
                assert left_behind(server.home) == []
                assert device_is_free()
    with serve(ROOT / "app.py", folder) as server:
        asyncio.run(look(server))
        check_history(server.home / "history.sqlite3", seen)
    return seen


def test_what_anybody_was_told_of_survives_a_kill(
    folder: Path, tiny_model_folder: Path, seed: int
) -> None:
    chance = random.Random(seed)
    victims = chance.sample(VICTIMS, len(VICTIMS))
    seen = survive(folder, tiny_model_folder, [(v, chance.uniform(1, 5)) for v in victims])
    assert seen.acknowledged


ABANDON = """
import os
from core.results.history import History
from core.results.measured import Phase
from tests.samples import DAWN, a_spec
history = History()
history.add("abandoned", a_spec(), DAWN)
history.set_phase("abandoned", Phase.MEASURING)
os.kill(os.getpid(), 9)
"""


def test_a_dashboard_that_lives_shows_what_another_program_left_as_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(ROOT / "app.py", folder) as server:
        asyncio.run(look(server))
        monkeypatch.setenv("TRADEOFFS_HOME", str(server.home))
        subprocess.run([sys.executable, "-c", ABANDON], cwd=ROOT, check=False)
        asyncio.run(look(server, page="history"))
        (row,) = check_history(server.home / "history.sqlite3", Seen({"abandoned"}))
    assert row.status == "lost"


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_it_survives_a_hundred_kills(folder: Path, tiny_model_folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    moments = [(chance.choice(VICTIMS), chance.uniform(0, LATEST_KILL_S)) for _ in range(100)]
    seen = survive(folder, tiny_model_folder, moments)
    told, shown = len(seen.acknowledged), len(seen.shown)
    print(f"{len(moments)} kills, {told} runs told of, {shown} results shown")
    assert seen.shown
