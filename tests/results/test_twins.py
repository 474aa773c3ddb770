"""Which run a compiled one is held against: the same in all but compiling."""

import pytest

from core.results.history import History
from core.results.twins import twin_of
from tests.samples import a_result, a_spec

COMPILED = a_spec(compile="whole", kv_cache="static")


@pytest.mark.parametrize(
    "values",
    [
        {"kv_cache": "static"},
        {"kv_cache": "dynamic"},  # what a person would use instead
        {"kv_cache": "static", "repeats": 9, "warmup": 3, "quality": False},
    ],
)
def test_the_same_question_without_compiling_is_the_twin(values: dict[str, object]) -> None:
    other = a_result(spec=a_spec(**values))
    assert twin_of(COMPILED, [other]) is other


@pytest.mark.parametrize(
    "values",
    [
        {"compile": "whole", "kv_cache": "static"},
        {"compile": "per_block"},
        {"kv_cache": "off"},
        {"precision": "bf16"},
        {"max_new_tokens": 8},
        {"batch_size": 2},
        {"prompt": "Another text"},
        {"attention": "eager"},
    ],
)
def test_another_question_is_none(values: dict[str, object]) -> None:
    assert twin_of(COMPILED, [a_result(spec=a_spec(**values))]) is None


def test_the_very_same_cache_comes_first() -> None:
    dynamic = a_result("run-1", a_spec(kv_cache="dynamic"))
    static = a_result("run-2", a_spec(kv_cache="static"))
    assert twin_of(COMPILED, [dynamic, static]) is static


def test_a_cache_that_grows_is_no_twin_of_one_that_per_block_leaves_static() -> None:
    per_block = a_spec(compile="per_block", kv_cache="static")
    assert twin_of(per_block, [a_result(spec=a_spec(kv_cache="dynamic"))]) is None


def test_what_is_not_compiled_has_no_twin() -> None:
    assert twin_of(a_spec(), [a_result(spec=a_spec())]) is None


def test_the_history_finds_the_newest(history: History) -> None:
    for minute, run_id in enumerate(("old", "new")):
        history.finish(a_result(run_id, a_spec(), minute=minute))
    history.finish(a_result("other", a_spec(max_new_tokens=8), minute=5))
    history.finish(a_result("compiled", COMPILED, minute=6))
    twin = history.uncompiled_twin(COMPILED)
    assert twin is not None
    assert twin.run_id == "new"
    history.delete(["old", "new"])
    assert history.uncompiled_twin(COMPILED) is None
