"""What forward passes were spent on: shares against hand-computed cases, and the sentences."""

import pytest

from core.results.metrics import BY_KEY
from core.results.passes import passes_in_words
from core.results.types import ForwardPasses, Output, RunResult
from tests.samples import a_result, a_spec, effective_of


def a_counted(
    new_tokens: tuple[int, ...] = (32,),
    prompt_lengths: tuple[int, ...] = (9,),
    **passes: int,
) -> RunResult:
    """A result with these rows, and one pass per token of its longest row unless told."""
    output = Output(
        text="",
        token_ids=(),
        prompt_tokens=max(prompt_lengths),
        prompt_lengths=prompt_lengths,
        new_tokens=new_tokens,
    )
    counted = {"count": max(new_tokens), "computed_tokens": 100, **passes}
    return a_result(output=output, passes=ForwardPasses(**counted))


def test_a_row_that_runs_on_makes_the_others_idle() -> None:
    result = a_counted(new_tokens=(10, 2, 2, 2), prompt_lengths=(4,) * 4)
    assert BY_KEY["idle_row_share"].read(result) == pytest.approx(1 - 16 / 40)
    assert "One row ran on: 60 % of the row-steps went to finished rows." in words(result)


def test_rows_of_one_length_are_never_idle() -> None:
    result = a_counted(new_tokens=(8, 8), prompt_lengths=(4, 4))
    assert BY_KEY["idle_row_share"].read(result) == 0
    assert BY_KEY["padding_share"].read(result) == 0
    assert "ran on" not in words(result)
    assert "padding" not in words(result)


def test_padding_is_what_shorter_prompts_are_filled_up_with() -> None:
    result = a_counted(new_tokens=(8,) * 4, prompt_lengths=(2, 4, 6, 8))
    assert BY_KEY["padding_share"].read(result) == pytest.approx(12 / 32)
    assert "38 % of their batch was padding" in words(result)


def test_guesses_save_passes() -> None:
    result = a_counted(count=12, draft_count=40, proposed=35, accepted=20, computed_tokens=56)
    assert BY_KEY["forward_passes"].read(result) == 12
    assert BY_KEY["acceptance_rate"].read(result) == pytest.approx(20 / 35)
    assert words(result).startswith(
        "12 forward passes, and 40 of the draft, for 32 tokens; they computed 56 tokens in all, "
        "the prompt included. 57 % of 35 guessed tokens were accepted."
    )


def test_without_guesses_there_is_no_rate() -> None:
    assert BY_KEY["acceptance_rate"].read(a_counted()) is None
    assert BY_KEY["acceptance_rate"].read(a_counted(proposed=0, accepted=0)) is None


def test_one_of_each_is_no_plural() -> None:
    assert words(a_counted(new_tokens=(1,), computed_tokens=1)).startswith(
        "1 forward pass for 1 token; they computed 1 token in all"
    )


def test_what_ended_the_rows_is_told() -> None:
    ran = effective_of(a_spec()).model_copy(update={"stopped_by": {"stop string": 3, "length": 1}})
    result = a_counted(new_tokens=(8, 2, 2, 2)).model_copy(update={"effective": ran})
    assert "Ended: 3 rows by stop string, 1 row by length." in words(result)


def test_a_result_stored_before_passes_were_counted_says_nothing_of_them() -> None:
    output = Output(text="", token_ids=(), prompt_tokens=9, new_tokens=())
    result = a_result(output=output, passes=None)
    keys = ("forward_passes", "acceptance_rate", "idle_row_share", "padding_share")
    assert [BY_KEY[key].read(result) for key in keys] == [None] * 4
    assert passes_in_words(result) == ()


def words(result: RunResult) -> str:
    return " ".join(passes_in_words(result))
