"""Which sizes are measured of a range, and in which order."""

import pytest

from core.engine.serving.grid import LEAST_ROUNDS, STEPS, rounds, shapes_of, spread
from core.engine.serving.mixed_steps import groups_of, mixed_lengths
from core.variants.load_order import StepRange

SIZES = StepRange(most_rows=8, shortest_prompt=16, longest_prompt=128, longest_answer=20)


def test_a_range_is_measured_at_both_ends_and_between() -> None:
    assert spread(1, 8, 4) == (1, 2, 4, 8)
    assert spread(16, 128, 3) == (16, 45, 128)
    assert spread(7, 7, 3) == (7,)
    assert spread(1, 2, 5) == (1, 2)


def test_shapes_are_rows_by_lengths_within_the_context() -> None:
    shapes = shapes_of(SIZES, None)
    assert {shape.rows for shape in shapes} == {1, 2, 4, 8}
    assert {shape.prompt_tokens for shape in shapes} == {16, 45, 128}
    tight = shapes_of(SIZES, 100)
    assert max(shape.prompt_tokens for shape in tight) == 100 - STEPS


@pytest.mark.parametrize(("length", "lengths"), [(1, {1, 2, 4}), (16, {4, 8, 16})])
def test_prompts_of_one_length_are_measured_at_three(length: int, lengths: set[int]) -> None:
    alike = {"most_rows": 1, "shortest_prompt": length, "longest_prompt": length}
    shapes = shapes_of(SIZES.model_copy(update={**alike, "longest_answer": 1}), None)
    assert {shape.prompt_tokens for shape in shapes} == lengths


def test_long_answers_are_measured_at_the_length_they_reach() -> None:
    longer = shapes_of(SIZES.model_copy(update={"longest_answer": 500}), None)
    reached = [shape for shape in longer if shape.prompt_tokens > 128]
    assert [(shape.rows, shape.prompt_tokens) for shape in reached] == [(1, 622), (8, 622)]


def test_continuous_batching_is_measured_at_the_length_that_rows_reach() -> None:
    longer = SIZES.model_copy(update={"longest_answer": 500})
    assert mixed_lengths(SIZES, None, 24) == (16, 45, 128)
    assert mixed_lengths(longer, None, 24) == (16, 45, 128, 604)
    assert mixed_lengths(longer, 200, 24) == (16, 45, 128, 176)


def test_a_batch_is_padded_but_for_its_longest_row() -> None:
    alone, *_, largest = shapes_of(SIZES, None)
    assert alone.lengths == (16,)
    assert max(largest.lengths) == 128
    assert min(largest.lengths) < 128


def test_every_round_has_all_shapes_in_another_order() -> None:
    shapes = shapes_of(SIZES, None)
    orders = list(rounds(shapes, 0.0))
    assert len(orders) == LEAST_ROUNDS
    assert all(sorted(o, key=repr) == sorted(shapes, key=repr) for o in orders)
    assert len(set(orders)) == LEAST_ROUNDS


def test_groups_are_small_or_double_until_all_rows_are_there() -> None:
    assert groups_of(1) == ((1,), (1,))
    assert groups_of(8) == ((1, 1, 1, 1, 1, 1, 1, 1), (1, 1, 2, 4))
    assert groups_of(11) == ((1, 1, 1, 1, 1, 1, 1, 1, 2, 1), (1, 1, 2, 4, 3))


def test_there_are_enough_shapes_to_fit_whatever_the_range() -> None:
    for rows in (1, 2):
        for tokens in (1, 2, 64):
            sizes = StepRange(
                most_rows=rows, shortest_prompt=tokens, longest_prompt=tokens, longest_answer=1
            )
            assert len(shapes_of(sizes, None)) >= 3
