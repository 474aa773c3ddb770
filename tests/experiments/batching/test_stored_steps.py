"""Stored steps of a variant: which load tests they are sought among."""

from core.experiments.batching.load_plan import GivenSteps
from core.experiments.batching.load_tests import LISTED, LoadTests
from core.experiments.conductor import Conductor
from core.results.experiments import ExperimentKind
from core.variants.spec import VariantSpec
from tests.experiments.batching.load_testing import a_request, ended, here, tried
from tests.sample_steps import a_calibration


def test_steps_are_found_behind_any_number_of_load_tests_of_other_variants(
    tests: LoadTests, conductor: Conductor
) -> None:
    few = a_request(measured=(), rates=())
    first = tried(tests, few)
    other = VariantSpec(precision="bf16")
    asked = few.model_copy(update={"variant": other}).model_dump(mode="json")
    for request in ({"variant": "damaged"}, *[asked] * LISTED):
        conductor.experiments.begin(ExperimentKind.LOAD, "another", request)
    found = tests.steps_of(few.variant, here(), few.range)
    assert found is not None
    assert found.experiment_id == first.experiment_id
    assert tests.steps_of(other, here()) is None


def test_steps_that_a_person_brought_are_used_by_that_load_test_alone(tests: LoadTests) -> None:
    few = a_request(rates=(0.3,))
    given = GivenSteps(a_calibration(), "steps.json")
    picture = ended(tests, tests.start(few, here(), given))
    assert (picture.result.calibration, picture.result.steps_file) == (
        given.calibration,
        given.file,
    )
    assert picture.result.calibrated_in is None
    assert tests.steps_of(few.variant, here()) is None
