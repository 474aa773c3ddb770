"""What a step did, in words: as guessed, the other way, or not to be told."""

import pytest

from core.analysis.guide.outcome import Outcome, outcome_of
from core.analysis.guide.steps import BASELINE, LEVERS
from core.results.types import Grade, Trust
from tests.samples import a_result

STEPS = {step.key: step for step in LEVERS}
BASE = a_result("base", BASELINE.spec("cpu"), e2e_s=2.0)


def of(key: str, e2e_s: float, **changes: object) -> Outcome:
    step = STEPS[key]
    return outcome_of(step, a_result(key, step.spec("cpu"), e2e_s=e2e_s, **changes), BASE)


def test_the_baseline_tells_its_numbers() -> None:
    found = outcome_of(BASELINE, BASE, BASE)
    assert found.headline.startswith("The first token came after 100 ms, each further one after")
    assert "The weights take 538 MB" in found.headline
    assert found.seen == found.caveats == ()


def test_a_guess_that_holds() -> None:
    found = of("half", 1.0)
    assert found.headline == "As one would guess."
    weights, tpot = found.seen
    assert weights.words == "Weights: 269 MB against 538 MB, 0.500 times: down, as guessed."
    assert tpot.held
    assert "down, as guessed" in tpot.words


def test_a_guess_that_is_wrong_here_is_said_with_the_numbers() -> None:
    found = of("quantised", 6.0)
    assert found.headline == "Not as one would guess: TPOT went another way."
    tpot = found.seen[1]
    assert tpot.held is False
    assert "up, where one would guess down." in tpot.words
    assert " against " in tpot.words


def test_no_difference_is_no_confirmation() -> None:
    found = of("half", 2.0)
    assert found.headline == "These runs cannot tell whether the guess holds for TPOT."
    assert found.seen[1].held is None
    assert "it may be chance; the guess was down" in found.seen[1].words


def test_exact_values_that_are_equal_contradict_the_guess() -> None:
    same = BASE.model_copy(update={"run_id": "same"})
    found = outcome_of(STEPS["half"], same, BASE)
    assert found.seen[0].held is False
    assert "no difference; one would guess down" in found.seen[0].words


def test_what_is_read_once_is_told_and_not_judged() -> None:
    found = of("compiled", 1.0)
    first = found.seen[1]
    assert first.held is None
    assert first.words == "First run: 52.0 s against 3.20 s."
    assert found.headline == "As one would guess."


def test_what_was_not_measured_is_a_dash() -> None:
    found = of("quantised", 1.0, quality=None)
    assert "Perplexity: – against" in found.seen[2].words
    assert found.seen[2].held is None


@pytest.mark.parametrize("grade", [Grade.B, Grade.C])
def test_a_doubtful_run_is_named(grade: Grade) -> None:
    found = of("half", 1.0, trust=Trust(grade=grade, reasons=("Other processes.",)))
    assert any("trust grade C" in caveat for caveat in found.caveats) is (grade is Grade.C)
    assert "one after the other" in found.caveats[-1]
