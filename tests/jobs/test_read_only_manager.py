"""A job manager over a history that may not be written starts nothing and stops nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import ReadOnly
from core.experiments.batching.load_tests import LoadTests
from core.experiments.claims.claims import Claims
from core.experiments.conductor import Conductor
from core.experiments.sweeps.sweeps import Sweeps
from core.home import READ_ONLY_VARIABLE
from core.jobs import opening
from core.jobs.manager import JobManager
from core.jobs.slots import LocalFleet
from core.results.history import History
from core.results.measured import Phase
from core.results.types import now
from core.variants.load import Load
from core.variants.load_order import CalibrationOrder, range_of
from core.variants.pairing import PairPlan
from core.variants.policy import Policy, PolicyKind
from core.variants.spec import VariantSpec
from tests.fake_executor import FakeExecutor
from tests.results.conftest import sql
from tests.samples import a_result, a_spec

CALIBRATE = CalibrationOrder(
    variant=VariantSpec(), range=range_of(Load(requests=5), [Policy(kind=PolicyKind.NONE)])
)
STARTS: dict[str, Callable[[JobManager], object]] = {
    "submit": lambda jobs: jobs.submit(a_spec()),
    "submit a spec that cannot run": lambda jobs: jobs.submit(a_spec(device="cuda:7")),
    "submit_pair": lambda jobs: jobs.submit_pair(a_spec(), a_spec(), PairPlan()),
    "submit_load": lambda jobs: jobs.submit_load(CALIBRATE),
    "cancel": lambda jobs: jobs.cancel("run-1"),
    "drop": lambda jobs: jobs.drop("cpu", "variant"),
    "save_again": lambda jobs: jobs.save_again(),
    "resume a sweep": lambda jobs: Conductor(jobs).resume("e", lambda _: None),  # type: ignore[arg-type, return-value]
}


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor()


@pytest.fixture
def closed(executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobManager]:
    """Over a history with a measured run and one that a crash left."""
    history = History()
    history.finish(a_result("run-1"))
    history.add("run-2", a_spec(), now())
    history.set_phase("run-2", Phase.MEASURING)
    sql(history, "UPDATE runs SET owner_started = 1 WHERE run_id = 'run-2'")
    monkeypatch.setenv(READ_ONLY_VARIABLE, "1")
    with JobManager(make_executor=lambda _: executor) as manager:
        yield manager


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_each_start_is_refused(
    closed: JobManager, home: Path, start: Callable[[JobManager], object]
) -> None:
    before = (home / "history.sqlite3").read_bytes()
    with pytest.raises(ReadOnly, match=READ_ONLY_VARIABLE):
        start(closed)
    assert (home / "history.sqlite3").read_bytes() == before
    assert closed.active() == ()


def test_what_is_stored_can_be_looked_at(closed: JobManager) -> None:
    measured = closed.snapshot("run-1")
    assert measured is not None
    assert measured.result == a_result("run-1")
    left = closed.snapshot("run-2")
    assert left is not None
    assert left.phase is Phase.MEASURING
    assert closed.snapshot("run-9") is None
    assert closed.refused


def test_experiments_are_listed(closed: JobManager) -> None:
    conductor = Conductor(closed)
    for made in (Sweeps(conductor), Claims(conductor), LoadTests(conductor)):
        assert made
    assert conductor.experiments.listed() == []


def test_no_cluster_is_joined(closed: JobManager, monkeypatch: pytest.MonkeyPatch) -> None:
    assert closed.refused
    monkeypatch.setenv(opening.ADDRESS, "ray://nowhere:1")
    with opening.open_manager() as jobs:
        assert isinstance(jobs._fleet, LocalFleet)
