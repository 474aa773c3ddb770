"""Each reason lowers the grade, at its threshold and not before, and says its number."""

import pytest

from core.results.measured import Samples
from core.results.observed import DeviceState, Effective
from core.results.trust import trust_of
from core.results.types import Grade
from tests.samples import a_spec, effective_of

TOKENS = tuple(0.1 * i for i in range(1, 11))
GOOD = Samples(
    warmup_s=(1.0, 1.0, 1.0),
    warmup_settled=True,
    e2e_s=(1.0, 1.01, 1.02, 1.0, 1.0),
    token_s=(TOKENS, TOKENS),
    clock_mhz=(2600.0, 2590.0),
)
QUIET = DeviceState(other_cpu_share=0.02)


def effective(**changes: object) -> Effective:
    return effective_of(a_spec()).model_copy(update=changes)


def test_a_clean_measurement_is_an_a() -> None:
    trust = trust_of(GOOD, effective(), QUIET)
    assert (trust.grade, trust.reasons) == (Grade.A, ())


@pytest.mark.parametrize(
    ("changes", "grade", "reason"),
    [
        ({"e2e_s": (1.0,) * 4}, Grade.C, "Only 4 repeats; an interval needs 5."),
        (
            {"warmup_settled": False},
            Grade.B,
            "Warm-up did not settle: no three of 3 runs in a row within 5 %.",
        ),
        (
            {"e2e_s": (1.0, 1.0, 1.0, 1.12, 1.12)},
            Grade.B,
            "The 95 % interval of the end-to-end median spans 12 % of the median, from 5 repeats.",
        ),
        (
            {"e2e_s": (1.0, 1.0, 1.0, 1.5, 1.5)},
            Grade.C,
            "The 95 % interval of the end-to-end median spans 50 % of the median, from 5 repeats.",
        ),
        (
            {"token_s": (TOKENS[:7],), "e2e_s": (0.7,) * 5},
            Grade.B,
            "Only 7 tokens were generated: TPOT and ITL rest on 6 steps per repeat; 8 would do.",
        ),
        (
            {"token_s": (TOKENS[:2],), "e2e_s": (0.2,) * 5},
            Grade.B,
            "Only 2 tokens were generated: TPOT and ITL rest on 1 step per repeat; 8 would do.",
        ),
        (
            {"token_s": (TOKENS[:1],), "e2e_s": (0.1,) * 5},
            Grade.B,
            "Only 1 token was generated, so there is no time per later token.",
        ),
        (
            {"e2e_s": (0.95,) * 5},
            Grade.B,
            "The step pass took +5 % against the pass without stamps; it should lie within 3 %.",
        ),
        (
            {"clock_mhz": (2600.0, 2080.0)},
            Grade.B,
            "The clock went from 2600 to 2080 MHz (-20 %) between the first and the last repeat.",
        ),
    ],
)
def test_samples_that_raise_doubts(changes: dict[str, object], grade: Grade, reason: str) -> None:
    trust = trust_of(GOOD.model_copy(update=changes), effective(), QUIET)
    assert (trust.grade, trust.reasons) == (grade, (reason,))


@pytest.mark.parametrize(
    "changes",
    [
        {"e2e_s": (1.0, 1.0, 1.0, 1.09, 1.09)},
        # Many repeats tell the median well, whatever a single one of them did.
        {"e2e_s": (*(1.0,) * 30, 3.0)},
        {"token_s": (TOKENS[:8],), "e2e_s": (0.8,) * 5},
        {"e2e_s": (0.98,) * 5},
        {"clock_mhz": (2600.0, 2400.0)},
        {"clock_mhz": (2600.0,)},
        {"clock_mhz": ()},
    ],
)
def test_samples_just_within_a_threshold_raise_none(changes: dict[str, object]) -> None:
    trust = trust_of(GOOD.model_copy(update=changes), effective(), QUIET)
    assert (trust.grade, trust.reasons) == (Grade.A, ())


@pytest.mark.parametrize(
    ("count", "reason"), [(1, "1 recompile while timed."), (2, "2 recompiles while timed.")]
)
def test_recompiles_while_timed_are_a_c(count: int, reason: str) -> None:
    trust = trust_of(GOOD, effective(recompiles_while_timed=count), QUIET)
    assert (trust.grade, trust.reasons) == (Grade.C, (reason,))


@pytest.mark.parametrize(
    ("share", "grade"),
    [(0.10, Grade.A), (0.11, Grade.B), (0.30, Grade.B), (0.31, Grade.C), (None, Grade.A)],
)
def test_foreign_load_lowers_the_grade(share: float | None, grade: Grade) -> None:
    assert trust_of(GOOD, effective(), DeviceState(other_cpu_share=share)).grade is grade


def test_the_share_of_others_is_named() -> None:
    trust = trust_of(GOOD, effective(), DeviceState(other_cpu_share=0.42))
    assert trust.reasons == ("Other processes used 42 % of the processors meanwhile.",)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (
            DeviceState(other_gpu_processes=2),
            "2 other processes on the GPU at the end of the timed part.",
        ),
        (
            DeviceState(slowed_by=("heat (set by the driver)",), temperature_c=87.4),
            "The GPU's clock was held down by heat (set by the driver) at 87 °C.",
        ),
        (
            DeviceState(slowed_by=("its power supply",)),
            "The GPU's clock was held down by its power supply.",
        ),
    ],
)
def test_a_gpu_that_is_shared_or_held_back_is_a_b(state: DeviceState, reason: str) -> None:
    trust = trust_of(GOOD, effective(), state)
    assert (trust.grade, trust.reasons) == (Grade.B, (reason,))


def test_the_worst_reason_decides_and_all_are_told() -> None:
    bad = GOOD.model_copy(update={"warmup_settled": False, "e2e_s": (1.0,)})
    trust = trust_of(bad, effective(), DeviceState(other_gpu_processes=1, other_cpu_share=0.2))
    assert trust.grade is Grade.C
    assert len(trust.reasons) == 4


def test_a_time_limit_lowers_the_grade() -> None:
    trust = trust_of(GOOD, effective(stopped_by={"time limit": 2}), QUIET)
    assert trust.grade is Grade.B
    assert trust.reasons == (
        "The time limit ended 2 rows: end-to-end time is the limit's, and says nothing of the "
        "machine.",
    )


def test_repeats_of_different_length_lower_the_grade() -> None:
    trust = trust_of(GOOD.model_copy(update={"e2e_tokens": (10, 9, 10)}), effective(), QUIET)
    assert trust.grade is Grade.B
    assert "from 9 to 10 tokens" in trust.reasons[0]


def test_many_tokens_of_few_passes_lower_the_grade() -> None:
    guessed = GOOD.model_copy(update={"token_s": ((0.5,) * 6 + (1.0,) * 6,)})
    trust = trust_of(guessed, effective(), QUIET)
    assert trust.grade is Grade.B
    assert trust.reasons == (
        "2 passes gave all 12 tokens: TPOT and ITL rest on 1 step per repeat.",
    )
