"""What ran otherwise than it was asked for is told, one sentence each."""

import pytest

from core.analysis.effective import effective_differences
from core.results.types import RunResult
from tests.samples import a_result, a_spec, effective_of


def ran(asked: dict[str, object], **really: object) -> RunResult:
    spec = a_spec(**asked)
    return a_result(spec=spec, effective=effective_of(spec).model_copy(update=really))


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"precision": "nf4"},
        {"precision": "int8"},
        {"precision": "bf16"},
        {"compile": "whole"},
        {"kv_cache": "off"},
    ],
)
def test_what_ran_as_asked_has_no_difference(asked: dict[str, object]) -> None:
    assert effective_differences(ran(asked)) == ()


@pytest.mark.parametrize(
    ("asked", "really", "word"),
    [
        ({"attention": "eager"}, {"attention": "sdpa"}, "Attention"),
        ({"precision": "nf4"}, {"quantised_modules": {}}, "no module was quantised"),
        ({"precision": "bf16"}, {"dtype_bytes": {"float32": 10}}, "float32"),
        ({"compile": "whole"}, {"compiled_graphs": 0}, "no graph"),
        ({"compile": "whole"}, {"graph_breaks": 3}, "3 places"),
        ({"kv_cache": "off"}, {"cache_class": "DynamicCache"}, "DynamicCache"),
        ({}, {"cache_class": None}, "KV cache"),
        ({}, {"device": "cuda:0"}, "Device"),
    ],
)
def test_each_difference_is_named(
    asked: dict[str, object], really: dict[str, object], word: str
) -> None:
    (sentence,) = effective_differences(ran(asked, **really))
    assert word in sentence
