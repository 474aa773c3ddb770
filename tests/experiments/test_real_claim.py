"""A claim tried by the real engine with the bundled model."""

from pathlib import Path

import pytest

from core.analysis.claims.verdict import VerdictKind
from core.experiments.claims.claims import Claims
from core.experiments.conductor import Conductor
from core.jobs.manager import JobManager
from tests.experiments.trying import here


@pytest.mark.slow
def test_a_prompt_of_30_and_max_length_50_takes_20_passes(
    bundled_model: Path,  # noqa: ARG001 - it is what runs
) -> None:
    with JobManager() as jobs:
        claims = Claims(Conductor(jobs))
        key = claims.start(8, here())
        assert claims.wait(key, 280)
        picture = claims.picture(key)
    assert picture is not None
    assert picture.verdict is not None
    assert picture.verdict.kind is VerdictKind.IN_PART
    counts = [part.measured for part in picture.verdict.parts if part.what.startswith("Forward")]
    assert [measured.value for measured in counts if measured] == [20, 20]
    computed = [part.measured for part in picture.verdict.parts if "computed" in part.what]
    # The prompt once and 19 tokens more; without a cache 30 + 31 + ... + 49.
    assert [measured.value for measured in computed if measured] == [49, 790]
