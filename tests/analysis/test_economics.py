"""Break-even and the first request, by hand, and the sentences where something is not known."""

import pytest

from core.analysis.economics import (
    break_even,
    break_even_requests,
    break_even_sentence,
    economics,
    first_request,
)
from core.results.measured import Output, Samples, Times
from core.results.types import RunResult
from tests.samples import a_result, a_spec

COMPILED = a_spec(compile="whole", kv_cache="static", max_new_tokens=11)
EAGER = a_spec(max_new_tokens=11)


def a_run(spec: object, e2e_s: float, tpot_s: float, **times: float | None) -> RunResult:
    """A run of eleven tokens with exactly these times, its repeats all alike."""
    stamps = tuple(0.1 + i * tpot_s for i in range(11))
    return a_result(
        "compiled" if spec is COMPILED else "eager",
        COMPILED if spec is COMPILED else EAGER,
        samples=Samples(e2e_s=(e2e_s,) * 5, token_s=(stamps,)),
        output=Output(text="", token_ids=(), prompt_tokens=9, new_tokens=(11,)),
        times=Times.model_validate({"load_s": 2.0, **times}),
    )


def test_break_even_by_hand() -> None:
    found = break_even(a_run(COMPILED, 0.6, 0.05, compile_s=50.0), a_run(EAGER, 0.8, 0.07))
    assert found is not None
    assert found.tokens == pytest.approx(50 / 0.02)
    assert found.requests == pytest.approx(50 / 0.2)
    assert (found.twin_id, found.certain) == ("eager", True)


def test_requests_by_hand() -> None:
    assert break_even_requests(50.0, 1.0, 0.5) == 100
    assert break_even_requests(50.0, 0.5, 0.5) is None
    assert break_even_requests(50.0, 0.5, 0.6) is None


def test_a_compiled_run_that_is_slower_never_pays() -> None:
    compiled, eager = a_run(COMPILED, 0.8, 0.07, compile_s=50.0), a_run(EAGER, 0.6, 0.05)
    found = break_even(compiled, eager)
    assert found is not None
    assert (found.tokens, found.requests) == (None, None)
    assert "never pay" in (break_even_sentence(compiled, eager) or "")


def test_a_slower_prefill_is_told_apart_from_faster_tokens() -> None:
    compiled, eager = a_run(COMPILED, 0.9, 0.05, compile_s=50.0), a_run(EAGER, 0.8, 0.07)
    sentence = break_even_sentence(compiled, eager) or ""
    assert "never, since a request is not faster" in sentence
    assert "after 2,500 tokens" in sentence


def test_the_sentence_says_after_how_much_and_against_what() -> None:
    compiled, eager = a_run(COMPILED, 0.6, 0.05, compile_s=50.0), a_run(EAGER, 0.8, 0.07)
    assert break_even_sentence(compiled, eager) == (
        "50.0 s of compiling have paid against the uncompiled run eager after 250 requests like "
        "this one; counted in tokens, after 2,500 tokens."
    )


def test_a_difference_within_the_scatter_may_be_chance() -> None:
    scattered = Samples(e2e_s=(0.5, 0.6, 0.7, 0.8, 0.9), token_s=())
    compiled = a_run(COMPILED, 0.6, 0.05, compile_s=50.0).model_copy(update={"samples": scattered})
    found = break_even(compiled, a_run(EAGER, 0.8, 0.07))
    assert found is not None
    assert not found.certain
    assert "chance" in (break_even_sentence(compiled, a_run(EAGER, 0.8, 0.07)) or "")


def test_graphs_from_the_disk_cache_are_told() -> None:
    compiled = a_run(COMPILED, 1.0, 0.02, compile_s=3.0)
    eager = a_run(EAGER, 2.0, 0.06)
    cached = compiled.effective.model_copy(update={"graphs_from_disk": 2})
    said = break_even_sentence(compiled.model_copy(update={"effective": cached}), eager)
    told = "2 graphs came from the compile cache on disk: a first compile takes longer."
    assert said is not None
    assert said.endswith(told)
    assert "disk" not in (break_even_sentence(compiled, eager) or "")


def test_without_a_twin_it_says_what_to_measure() -> None:
    compiled = a_run(COMPILED, 0.6, 0.05, compile_s=50.0)
    assert break_even(compiled, None) is None
    assert "measure the same with compile off" in (break_even_sentence(compiled, None) or "")


def test_without_compile_seconds_nothing_is_made_up() -> None:
    compiled, eager = a_run(COMPILED, 0.6, 0.05, compile_s=None), a_run(EAGER, 0.8, 0.07)
    assert break_even(compiled, eager) is None
    assert "were not measured" in (break_even_sentence(compiled, eager) or "")


def test_where_nothing_is_compiled_there_is_nothing_to_say() -> None:
    assert break_even_sentence(a_run(EAGER, 0.8, 0.07), None) is None


def test_the_first_request_by_hand() -> None:
    found = first_request(a_run(EAGER, 1.0, 0.05, first_s=4.0))
    assert found is not None
    assert (found.cold_s, found.extra_s) == (6.0, 5.0)
    assert found.mean_s(1) == 6.0
    assert found.mean_s(10) == pytest.approx(1.5)


def test_a_shape_that_had_run_before_has_no_first_request_unless_it_compiled() -> None:
    assert first_request(a_run(EAGER, 1.0, 0.05, first_s=None)) is None
    compiled = first_request(a_run(COMPILED, 1.0, 0.05, first_s=None, compile_s=50.0))
    assert compiled is not None
    assert compiled.first_s == 51.0


def test_the_document_has_all_of_it_and_null_for_what_is_unknown() -> None:
    eager = a_run(EAGER, 1.0, 0.07, first_s=4.0)
    told = economics(a_run(COMPILED, 0.5, 0.05, first_s=50.5, compile_s=50.0), eager, 3.6)
    assert told["first_request_s"] == pytest.approx(52.5)
    assert told["usd_first_request"] == pytest.approx(0.0525)
    assert told["break_even_requests"] == pytest.approx(100)
    assert told["uncompiled_run_id"] == "eager"
    unknown = economics(a_run(EAGER, 1.0, 0.07), None, 3.6)
    assert [key for key, value in unknown.items() if value is not None] == ["warm_request_s"]
