"""What a simulation asked beyond the measured steps is told: rows, prompts and the cache."""

import pytest

from core.analysis.batching.extrapolation import asked_steps, extrapolations
from core.analysis.batching.formula import Shape
from core.analysis.batching.simulator import serve
from core.analysis.batching.step_time import fit_calibration
from core.results.serving import StepKind
from core.variants.arrivals import Request
from core.variants.policy import Policy, PolicyKind
from tests.sample_steps import SampleTimes, a_calibration

FITTED = fit_calibration(a_calibration())  # up to 8 rows, of 16 to 256 tokens, 2,048 in the cache


class Noting(SampleTimes):
    """Times that remember what they were asked."""

    def __init__(self) -> None:
        super().__init__()
        self.__dict__["asked"] = []

    def mixed_s(self, batch: int, prompt_tokens: int, context_tokens: float) -> float:
        """As ever."""
        self.__dict__["asked"].append(Shape(batch, prompt_tokens, context_tokens))
        return super().mixed_s(batch, prompt_tokens, context_tokens)


def told(kind: str, rows: int, prompt: int, output: int, gap_s: float = 0.0) -> tuple[str, ...]:
    requests = [Request(n, n * gap_s, prompt, output) for n in range(rows)]
    return extrapolations(*serve(requests, Policy(kind=kind), FITTED), FITTED)


@pytest.mark.parametrize("kind", PolicyKind)
def test_what_was_measured_is_no_extrapolation(kind: str) -> None:
    assert told(kind, 6, 30, 20, gap_s=0.3) == ()


def test_prompts_of_a_burst_count_together_in_continuous_batching() -> None:
    assert told("continuous", 8, 256, 2) == (
        "mixed steps with 2,048 prompt tokens: measured up to 256.",
    )


def test_the_cache_of_all_rows_counts_in_continuous_batching() -> None:
    (sentence,) = told("continuous", 8, 20, 1500)
    assert sentence == "mixed steps with 12,144 cached tokens: measured up to 2,048."


def test_long_answers_count_in_batches() -> None:
    assert told("static", 2, 20, 1500) == ("decode steps at 1,518 tokens: measured up to 256.",)


def test_far_shorter_ones_than_measured_are_told_too() -> None:
    assert told("none", 1, 13, 1) == ()
    assert told("none", 1, 5, 2) == (
        "prefill steps at 5 tokens: measured from 16.",
        "decode steps at 5 tokens: measured from 16.",
    )


def test_larger_batches_are_told_however_little_they_are_larger() -> None:
    requests = [Request(n, 0.0, 20, 3) for n in range(9)]
    policy = Policy(kind="static", batch_size=9)
    found = extrapolations(*serve(requests, policy, FITTED), FITTED)
    assert "decode steps of 9 rows: measured up to 8." in found


def test_steps_of_continuous_batching_are_those_that_the_simulation_took() -> None:
    times, policy = Noting(), Policy(kind="continuous", batch_size=3)
    requests = [Request(n, 0.02 * n * n, 5 + 11 * n % 17, 1 + 7 * n % 13) for n in range(40)]
    outcome = serve(requests, policy, times)
    found = [shape for kind, shape in asked_steps(*outcome) if kind is StepKind.MIXED]
    joins = [shape for shape in times.__dict__["asked"] if shape.prompt_tokens]
    assert [shape for shape in found if shape.prompt_tokens] == joins
    asked = times.__dict__["asked"]
    assert max(one.context_tokens for one in found) >= max(one.context_tokens for one in asked)
    assert all(shape.context_tokens >= 0 for shape in found)


def test_nothing_is_told_of_times_that_are_no_fit() -> None:
    requests = [Request(0, 0.0, 5000, 5000)]
    times = SampleTimes()
    assert extrapolations(*serve(requests, Policy(kind="none"), times), times) == ()
