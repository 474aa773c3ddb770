"""Pairs across engines in real processes: transformers in turns with a server, and failures."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import FailureKind
from core.jobs.manager import JobManager
from core.results.types import Outcome, RunFailure, RunResult
from core.variants.pairing import PairPlan
from core.variants.request import build_spec
from core.variants.spec import RunSpec
from tests.scripted_server import Scripted, serving

WORKLOAD = {"prompt": "a b", "max_new_tokens": 9, "warmup": 1, "quality": False}
PLAN = PairPlan(most_pairs=6, smallest_effect=0.001)


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder for all tests of this module, and so one worker for most of them."""
    return tmp_path_factory.mktemp("pairs") / "home"


@pytest.fixture(autouse=True)
def at_home(home: Path, shared_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of a test's own."""
    assert home != shared_home
    monkeypatch.setenv("TRADEOFFS_HOME", str(shared_home))


@pytest.fixture(scope="module")
def manager(shared_home: Path) -> Iterator[JobManager]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRADEOFFS_HOME", str(shared_home))
        patch.setenv("TRADEOFFS_LOCKS", str(shared_home / "locks"))
        with JobManager() as jobs:
            yield jobs


@pytest.fixture
def plain(tiny_model_folder: Path) -> RunSpec:
    return build_spec({"model": str(tiny_model_folder), **WORKLOAD})


def a_server(server: Scripted, home: Path, **values: Any) -> RunSpec:
    """A server that is allowed under the name `lab`."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "endpoints.toml").write_text(f'[lab]\naddress = "{server.address}"\n')
    asked = {"engine": "openai", "endpoint": "lab", "model": "m", "stop": "natural"}
    return build_spec({**asked, **WORKLOAD, **values})


def ended(manager: JobManager, a: RunSpec, b: RunSpec) -> tuple[Outcome, Outcome]:
    first, second = manager.submit_pair(a, b, PLAN)
    return manager.wait(first), manager.wait(second)


@pytest.mark.parametrize("swapped", [False, True])
def test_two_engines_take_turns_each_in_a_process_of_its_own(
    manager: JobManager, plain: RunSpec, shared_home: Path, swapped: bool
) -> None:
    with serving(Scripted(first_s=0.02, token_s=0.005)) as server:
        specs = [plain, a_server(server, shared_home)]
        specs = specs[::-1] if swapped else specs
        a, b = ended(manager, *specs)
    assert isinstance(a, RunResult), a
    assert isinstance(b, RunResult), b
    assert [a.spec.variant.engine, b.spec.variant.engine] == [s.variant.engine for s in specs]
    assert a.pairing is not None
    assert b.pairing is not None
    assert (a.pairing.partner_id, b.pairing.partner_id) == (b.run_id, a.run_id)
    assert len(a.samples.e2e_s) == len(b.samples.e2e_s) == a.pairing.pairs == 6
    served = b if a.endpoint is None else a
    assert min(served.samples.e2e_s) > 0.05
    assert served.endpoint is not None
    local = a if served is b else b
    assert local.memory.peak_bytes
    assert (local.environment.before, local.environment.after) == (
        served.environment.before,
        served.environment.after,
    )


def test_where_one_engine_fails_it_says_why_and_the_other_that_it_had_to_stop(
    manager: JobManager, plain: RunSpec, shared_home: Path
) -> None:
    with serving(Scripted()) as server:
        gone = a_server(server, shared_home)
    a, b = ended(manager, plain, gone)
    assert isinstance(a, RunFailure)
    assert isinstance(b, RunFailure)
    assert (a.kind, b.kind) == (FailureKind.CANCELLED, FailureKind.LOAD)
    assert b.message in a.message


def test_cancelling_ends_both_within_three_seconds(
    manager: JobManager, plain: RunSpec, shared_home: Path
) -> None:
    with serving(Scripted(first_s=0.05, token_s=0.05)) as server:
        first, second = manager.submit_pair(plain, a_server(server, shared_home), PairPlan())
        while (seen := manager.snapshot(first)) and seen.phase != "measuring":
            time.sleep(0.05)
        begun = time.monotonic()
        manager.cancel(first)
        a, b = manager.wait(first), manager.wait(second)
    assert isinstance(a, RunFailure)
    assert isinstance(b, RunFailure)
    assert {a.kind, b.kind} == {FailureKind.CANCELLED}
    assert time.monotonic() - begun < 3
