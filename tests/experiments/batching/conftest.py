"""Load tests over a fake executor and a real history."""

import pytest

from core.experiments.batching.load_tests import LoadTests
from core.experiments.conductor import Conductor


@pytest.fixture
def tests(conductor: Conductor) -> LoadTests:
    return LoadTests(conductor)
