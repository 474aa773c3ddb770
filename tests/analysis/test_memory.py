"""Predicted beside measured memory, and the largest batch and text that fit, by hand."""

import pytest

from core.analysis.memory import largest_fit, memory_rows
from core.variants.footprint import footprint
from core.variants.models import find_model, shape_of
from core.variants.shapes import ModelShape
from tests.samples import a_result, a_spec


@pytest.fixture
def shape() -> ModelShape:
    found = shape_of(find_model("smollm2-135m"))
    assert found is not None
    return found


def test_weights_and_cache_are_predicted_as_they_are_measured() -> None:
    rows = {row.part: row for row in memory_rows(a_result(spec=a_spec(precision="nf4")))}
    assert rows["Weights"].error == pytest.approx(0.0, abs=0.01)
    assert rows["KV cache"].error == pytest.approx(0.0, abs=0.05)
    assert rows["Runtime"].predicted_bytes is None
    assert rows["Runtime"].error is None


def test_a_model_that_is_gone_has_measured_bytes_alone() -> None:
    gone = a_spec()
    variant = gone.variant.model_copy(update={"model": "/nowhere/to/be/found"})
    rows = memory_rows(a_result(spec=gone.model_copy(update={"variant": variant})))
    assert [row.predicted_bytes for row in rows] == [None] * len(rows)
    assert rows[0].measured_bytes


def test_one_row_more_than_the_largest_batch_does_not_fit(shape: ModelShape) -> None:
    spec, free = a_spec(prompt_tokens=100), 2_000_000_000
    found = largest_fit(spec, shape, 100, free)
    assert found is not None
    for rows, expected in ((found.batch_size, True), (found.batch_size + 1, False)):
        need = footprint(a_spec(prompt_tokens=100, batch_size=rows), shape, 100)
        assert (need.total_bytes <= free) is expected


def test_a_text_is_limited_by_memory_or_by_the_models_context(shape: ModelShape) -> None:
    roomy = largest_fit(a_spec(), shape, 9, 100_000_000_000)
    assert roomy is not None
    assert (roomy.context_tokens, roomy.whole_context) == (8192, True)
    assert roomy.batch_size == 4096
    tight = largest_fit(a_spec(), shape, 9, 600_000_000)
    assert tight is not None
    assert not tight.whole_context
    assert tight.context_tokens < 8192


def test_a_cap_on_prompt_and_output_together_leaves_its_output_to_each_length(
    shape: ModelShape,
) -> None:
    capped = largest_fit(a_spec(max_length=41), shape, 9, 10_000_000_000)
    assert capped == largest_fit(a_spec(max_new_tokens=32), shape, 9, 10_000_000_000)


def test_the_draft_takes_its_share(shape: ModelShape) -> None:
    spec = a_spec(decoding="speculative", draft_model="smollm2-135m")
    draft = shape.parameters * 4
    free = 2_000_000_000
    assert largest_fit(spec, shape, 9, free + draft) == largest_fit(a_spec(), shape, 9, free)


def test_weights_that_do_not_fit_leave_nothing(shape: ModelShape) -> None:
    assert largest_fit(a_spec(), shape, 9, 500_000_000) is None
