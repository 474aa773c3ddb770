"""Load tests for tests: small loads, over a conductor, in an environment that is here."""

from core.experiments.batching.load_picture import LoadPicture
from core.experiments.batching.load_request import LoadTestRequest
from core.experiments.batching.load_tests import LoadTests
from core.variants.environment import Environment, read_environment
from core.variants.load import Load
from core.variants.policy import Policy, PolicyKind
from core.variants.spec import VariantSpec

POLICIES = tuple(Policy(kind=kind, batch_size=4) for kind in (PolicyKind.WINDOW, PolicyKind.NONE))


def here() -> Environment:
    """This very machine: what the job manager judges by."""
    return read_environment()


def a_request(**changes: object) -> LoadTestRequest:
    """Two policies at two rates."""
    usual = {
        "variant": VariantSpec(),
        "load": Load.model_validate({"requests": 20, "output_lengths": "uniform:2-6"}),
        "simulated": POLICIES,
        "measured": POLICIES,
        "rates": (0.5, 1.0),
    }
    return LoadTestRequest.model_validate({**usual, **changes})


def tried(tests: LoadTests, request: LoadTestRequest) -> LoadPicture:
    """A load test that was waited for."""
    return ended(tests, tests.start(request, here()))


def ended(tests: LoadTests, key: str) -> LoadPicture:
    """How a load test stands after its end."""
    assert tests.wait(key, 20)
    picture = tests.picture(key)
    assert picture is not None
    return picture
