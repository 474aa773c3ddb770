"""Deadlines per phase can be set, and a wrong one is told before anything is queued."""

import pytest

from core.errors import RequestError
from core.jobs.deadlines import USUAL_S, VARIABLE, read_deadlines
from core.jobs.manager import JobManager
from core.results.measured import Phase
from core.variants.request import build_spec


def test_what_is_set_stands_beside_the_usual_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, " compiling=600 , measuring = 1.5,")
    expected = {**USUAL_S, Phase.COMPILING: 600.0, Phase.MEASURING: 1.5}
    assert read_deadlines() == expected


@pytest.mark.parametrize(
    "said", ["sleeping=3", "measuring", "measuring=", "measuring=0", "measuring=-1",
             "measuring=inf", "measuring=nan", "queued=5", "measuring=1 h"]
)  # fmt: skip
@pytest.mark.usefixtures("bundled_model")
def test_a_wrong_one_is_refused_by_name_and_nothing_is_queued(
    jobs: JobManager, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv(VARIABLE, said)
    with pytest.raises(RequestError) as refused:
        jobs.submit(build_spec({}))
    assert (refused.value.field, refused.value.value) == (VARIABLE, said)
    assert jobs.history.rows() == []
