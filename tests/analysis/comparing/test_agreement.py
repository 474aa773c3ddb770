"""Which outputs can be compared, and over which positions."""

from typing import Any

import pytest

from core.analysis.comparing.agreement import Agreement, agreement_of
from core.results.observed import ModelFacts
from core.results.types import RunResult
from tests.samples import a_result, a_spec, output_of

FACTS = ModelFacts(
    layers=1, heads=1, kv_heads=1, head_dim=1, hidden=1, vocabulary=100, parameters=1,
    matmul_parameters=1, head_parameters=1, matmul_bytes=1, kv_value_bytes=4,
    compute_dtype="float32",
)  # fmt: skip


def run(ids: list[int], texts: list[str] | None = None, **values: Any) -> RunResult:
    spec = a_spec(max_new_tokens=max(len(ids), 1), **values)
    output = output_of(spec).model_copy(
        update={"token_ids": tuple(ids), "token_texts": tuple(texts or ())}
    )
    return a_result("run", spec, output=output)


def test_positions_with_the_same_token_are_counted() -> None:
    found = agreement_of(run([1, 2, 3, 4]), run([1, 9, 3, 8]))
    assert found == Agreement(0.5, (1, 3))


def test_beyond_the_shorter_of_two_fixed_lengths_nothing_was_asked_of_both() -> None:
    assert agreement_of(run([1, 2]), run([1, 2, 3])) == Agreement(1.0, ())


def test_a_text_that_ended_early_differs_beyond_its_end() -> None:
    a, b = run([1, 2, 3, 4], stop="natural"), run([1, 2, 3, 4], stop="natural")
    ended = b.output.model_copy(update={"token_ids": (1, 2)})
    b = b.model_copy(update={"output": ended})
    assert agreement_of(a, b) == Agreement(0.5, (2, 3))


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ({"weights": "random"}, {}, "random weights"),
        ({"prompt": "One"}, {"prompt": "Two"}, "different prompts"),
        ({"prompt_tokens": 9}, {"prompt_tokens": 9, "seed": 3}, "different prompts"),
    ],
)
def test_what_cannot_be_compared_says_why(
    a: dict[str, Any], b: dict[str, Any], reason: str
) -> None:
    found = agreement_of(run([1], **a), run([1], **b))
    assert isinstance(found, str)
    assert reason in found


def test_two_models_compare_where_their_tokens_are_seen_to_mean_the_same() -> None:
    a = run([1, 2], ["x", "y"])
    other = a.spec.variant.model_copy(update={"model": "another"})
    b = run([1, 3], ["x", "z"])
    b = b.model_copy(update={"spec": b.spec.model_copy(update={"variant": other})})
    assert isinstance(agreement_of(a, b), str)
    a, b = (run.model_copy(update={"model": FACTS}) for run in (a, b))
    assert agreement_of(a, b) == Agreement(0.5, (1,))
    clash = b.model_copy(
        update={"output": b.output.model_copy(update={"token_texts": ("other", "z")})}
    )
    assert isinstance(agreement_of(a, clash), str)
