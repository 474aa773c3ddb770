"""No input from outside crashes the parser that it reaches, makes it hang, or fills the memory.

In `make test` some thousands of inputs, made from the seeds; in `make soak` more than a million,
which the coverage of the program guides.
"""

import importlib.util
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.server import ROOT
from tests.faults.fuzzing.register import NAMES, target_of
from tests.faults.fuzzing.target import Hang, Target

MOST_AT_ONCE, SHARE = 1000, 66
AT_LEAST = 1_000_000
ROUNDS = 3
WITHOUT_GUIDE = importlib.util.find_spec("atheris") is None
NO_GUIDE = "needs atheris, which has no wheel for this Python and platform"


# A pattern with two brackets is a person's own, and Python's remark on it is for them.
@pytest.mark.filterwarnings("ignore:Possible (nested set|set difference):FutureWarning")
@pytest.mark.parametrize("name", NAMES)
def test_what_is_nearly_right_crashes_no_parser(name: str) -> None:
    target, draw = target_of(name), random.Random(name)
    for seed in target.seeds:
        target.fire(seed)
    for _ in range(min(MOST_AT_ONCE, target.soak_runs // SHARE)):
        data = draw.choice(target.seeds)
        for _ in range(draw.randint(1, ROUNDS)):
            data = target.mutate(data, draw)[: target.longest]
        try:
            target.fire(data)
        except Exception as error:  # noqa: BLE001 - of any kind is what a crash is
            pytest.fail(f"{data!r} made it raise {error!r}")


def test_a_parser_that_hangs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.faults.fuzzing.target.ENDED_AFTER_S", 0.1)

    def never(_: bytes) -> None:
        while True:
            pass

    with pytest.raises(Hang):
        Target("hanging", never, (b"",)).fire(b"")


def guided(name: str, runs: int, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.fuzzing", name, "--runs", str(runs)],
        cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, capture_output=True,
        text=True, errors="replace", check=False,
    )  # fmt: skip


@pytest.mark.skipif(WITHOUT_GUIDE, reason=NO_GUIDE)
def test_the_guide_finds_a_crash_behind_two_conditions(tmp_path: Path) -> None:
    """A parser that fails on one word of three letters, which chance alone would seldom make."""
    done = guided("planted_crash", 200_000, tmp_path)
    assert done.returncode != 0
    assert "PlantedCrash" in done.stdout + done.stderr
    assert [*tmp_path.glob("crash-*")]


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.skipif(WITHOUT_GUIDE, reason=NO_GUIDE)
@pytest.mark.parametrize("name", NAMES)
def test_inputs_that_coverage_guides_crash_no_parser(name: str, tmp_path: Path) -> None:
    runs = target_of(name).soak_runs
    done = guided(name, runs, tmp_path)
    assert done.returncode == 0, done.stderr[-5000:]
    executed = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    assert executed is not None
    assert int(executed[1]) >= runs


def test_the_soak_tries_a_million_inputs() -> None:
    assert sum(target_of(name).soak_runs for name in NAMES) >= AT_LEAST
