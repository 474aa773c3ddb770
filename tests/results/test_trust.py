"""Each reason lowers the grade, and is named."""

import pytest

from core.results.trust import trust_of
from core.results.types import DeviceState, Effective, Grade, Samples
from tests.samples import a_spec, effective_of

GOOD = Samples(
    warmup_s=(1.0, 1.0, 1.0),
    warmup_settled=True,
    e2e_s=(1.0, 1.01, 1.02, 1.0, 0.99),
    token_s=((0.1, 1.0),),
)
QUIET = DeviceState(other_cpu_share=0.02)


def effective(**changes: object) -> Effective:
    return effective_of(a_spec()).model_copy(update=changes)


def test_a_clean_measurement_is_an_a() -> None:
    trust = trust_of(GOOD, effective(), QUIET)
    assert (trust.grade, trust.reasons) == (Grade.A, ())


@pytest.mark.parametrize(
    ("changes", "grade", "word"),
    [
        ({"e2e_s": (1.0, 1.0, 1.0)}, Grade.C, "repeats"),
        ({"warmup_settled": False}, Grade.B, "Warm-up"),
        ({"e2e_s": (1.0, 1.0, 1.0, 1.0, 1.2)}, Grade.B, "20% apart"),
        ({"e2e_s": (1.0, 1.0, 1.0, 1.0, 2.0)}, Grade.C, "apart"),
        ({"token_s": ((0.1, 1.3),)}, Grade.B, "+30%"),
    ],
)
def test_samples_that_raise_doubts(changes: dict[str, object], grade: Grade, word: str) -> None:
    trust = trust_of(GOOD.model_copy(update=changes), effective(), QUIET)
    assert trust.grade is grade
    assert word in trust.reasons[0]


def test_recompiles_while_timed_are_a_c() -> None:
    trust = trust_of(GOOD, effective(recompiles_while_timed=2), QUIET)
    assert trust.grade is Grade.C
    assert "2 recompiles" in trust.reasons[0]


@pytest.mark.parametrize(("share", "grade"), [(0.05, Grade.A), (0.2, Grade.B), (0.5, Grade.C)])
def test_foreign_load_lowers_the_grade(share: float, grade: Grade) -> None:
    assert trust_of(GOOD, effective(), DeviceState(other_cpu_share=share)).grade is grade


def test_the_worst_reason_decides_and_all_are_told() -> None:
    bad = GOOD.model_copy(update={"warmup_settled": False, "e2e_s": (1.0,)})
    trust = trust_of(bad, effective(), DeviceState(other_gpu_processes=1, other_cpu_share=0.2))
    assert trust.grade is Grade.C
    assert len(trust.reasons) == 4
