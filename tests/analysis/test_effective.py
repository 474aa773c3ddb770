"""What ran otherwise than it was asked for is told, one sentence each."""

import pytest

from core.analysis.effective import effective_differences, settings
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
    assert not any(row.differs for row in settings(ran(asked)))


@pytest.mark.parametrize(
    ("asked", "really", "word", "setting"),
    [
        ({"attention": "eager"}, {"attention": "sdpa"}, "Attention", "attention"),
        (
            {"precision": "nf4"},
            {"quantised_modules": {}},
            "no module was quantised",
            "quantised modules",
        ),
        ({"precision": "bf16"}, {"dtype_bytes": {"float32": 10}}, "float32", "precision"),
        ({"precision": "bf16"}, {"compute_dtype": "float32"}, "Computing in", "computes in"),
        ({"compile": "whole"}, {"compiled_graphs": 0}, "no graph", "torch.compile"),
        ({"compile": "whole"}, {"graph_breaks": 3}, "3 places", "torch.compile"),
        ({"kv_cache": "off"}, {"cache_class": "DynamicCache"}, "DynamicCache", "KV cache"),
        ({}, {"cache_class": None}, "KV cache", "KV cache"),
        ({}, {"device": "cuda:0"}, "Device", "device"),
    ],
)
def test_each_difference_is_named_and_its_setting_marked(
    asked: dict[str, object], really: dict[str, object], word: str, setting: str
) -> None:
    result = ran(asked, **really)
    (sentence,) = effective_differences(result)
    assert word in sentence
    assert [row.name for row in settings(result) if row.differs] == [setting]
