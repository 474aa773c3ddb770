"""A load test over two like devices at once, with fake executors and a real history."""

from collections.abc import Iterator

import pytest

from core.errors import RequestError
from core.experiments.batching.load_picture import LoadPicture
from core.experiments.batching.load_plan import Expected, seconds_left
from core.experiments.batching.load_tests import LoadTests
from core.experiments.conductor import Conductor
from core.jobs.manager import JobManager
from core.results.experiments import ExperimentStatus
from core.results.measured import Phase
from core.variants.spec import VariantSpec
from tests.experiments.batching.load_testing import a_request, ended
from tests.fake_fleet import TWO_GPUS, FakeFleet
from tests.jobs.waiting import until

BOTH = {"variant": VariantSpec(device="cuda:0"), "devices": ("cuda:0", "cuda:1")}


@pytest.fixture
def fleet() -> FakeFleet:
    return FakeFleet()


@pytest.fixture
def tests(fleet: FakeFleet) -> Iterator[LoadTests]:
    with JobManager(fleet=fleet) as jobs:
        conductor = Conductor(jobs)
        yield LoadTests(conductor)
        fleet.close()
        conductor.close()


def tried(tests: LoadTests, **changes: object) -> LoadPicture:
    """Such a load test, waited for."""
    return ended(tests, tests.start(a_request(**{**BOTH, **changes}), TWO_GPUS))


def test_steps_are_measured_once_and_each_cell_is_served_once(
    tests: LoadTests, fleet: FakeFleet
) -> None:
    picture = tried(tests, repeats=3)
    assert picture.status is ExperimentStatus.DONE
    assert len({one.cell for one in picture.result.measured}) == len(picture.result.measured) == 12
    assert len(fleet.started()) == 13
    assert all(fleet.executors[key].started for key in ("cuda:0", "cuda:1"))


def test_both_devices_serve_at_once_and_stopping_leaves_both_cells_open(
    tests: LoadTests, fleet: FakeFleet
) -> None:
    key = tests.start(a_request(**BOTH, measured=()), TWO_GPUS)
    ended(tests, key)
    for executor in fleet.executors.values():
        executor.hold = Phase.MEASURING
    key = tests.start(a_request(**BOTH), TWO_GPUS)
    until(lambda: all(fleet.executors[one].running for one in ("cuda:0", "cuda:1")))
    label = tests.picture(key)
    assert label is not None
    assert " | " in label.label
    tests.stop(key)
    picture = ended(tests, key)
    assert (picture.status, picture.result.measured) == (ExperimentStatus.STOPPED, ())
    fleet.close()
    tests.resume(key, TWO_GPUS)
    assert len(ended(tests, key).result.measured) == 4


@pytest.mark.parametrize(
    "changes",
    [
        {"devices": ("cuda:0", "cpu")},
        {"devices": ("cuda:0", "cuda:1"), "variant": VariantSpec(device="cpu")},
    ],
)
def test_unlike_devices_are_refused(tests: LoadTests, changes: dict[str, object]) -> None:
    with pytest.raises(RequestError, match="not alike") as caught:
        tests.start(a_request(**{**BOTH, **changes}), TWO_GPUS)
    assert caught.value.field == "devices"


def test_two_devices_take_half_as_long_but_no_less_than_the_longest_cell() -> None:
    cells = list(a_request(repeats=3).cells())
    each = {cell: Expected(10.0, None) for cell in cells}
    assert seconds_left(each, slots=2) == seconds_left(each) / 2
    alone = dict(list(each.items())[:1])
    assert seconds_left(alone, slots=2) == seconds_left(alone)
