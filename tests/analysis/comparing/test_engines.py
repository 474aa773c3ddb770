"""What engines are asked, the same question each, and what is said of their bounds."""

import pytest

from core.analysis.comparing.comparison import compare
from core.analysis.comparing.engines import bounds_of, engine_question
from core.plots.engines import figure, takeaway
from core.results.identity import question_id
from core.results.metrics import BY_KEY
from core.variants.engine import Engine
from core.variants.engine_environment import EngineState
from core.variants.environment import Environment
from tests.sample_rooflines import a_bounded_result
from tests.samples import a_cpu, a_result, a_spec, an_environment


def machine(*engines: str) -> Environment:
    """A machine with these engines' environments."""
    there = {name: EngineState(packages={"it": "1.0"}) for name in engines}
    return an_environment(a_cpu()).model_copy(update={"engines": there})


def test_each_engine_that_is_there_is_asked_the_same_question() -> None:
    source = a_spec(attention="eager", batch_size=3, prompt_tokens=20, quality=False)
    question = engine_question(source, machine("llama.cpp", "openvino"))
    assert {spec.variant.engine for spec in question.specs} == set(Engine) - {Engine.OPENAI}
    assert {question_id(spec) for spec in question.specs} == {question_id(source)}
    assert {spec.workload.batch_size for spec in question.specs} == {3}
    assert all(spec.workload.quality for spec in question.specs)
    assert question.specs[0].variant == source.variant
    assert [offer.engine for offer in question.missing] == [Engine.OPENAI]


def test_an_engine_that_is_not_there_is_named_with_its_command() -> None:
    missing = {offer.engine: offer for offer in engine_question(a_spec(), machine()).missing}
    assert missing[Engine.LLAMA_CPP].command == "make engine llama.cpp"
    assert "not set up" in str(missing[Engine.OPENVINO].support.reason)


def test_an_engine_without_a_part_of_the_question_says_so_and_is_not_asked() -> None:
    question = engine_question(a_spec(no_repeat_ngram_size=2), machine("llama.cpp"))
    assert [spec.variant.engine for spec in question.specs] == [Engine.TRANSFORMERS]
    (refused,) = question.refused
    assert refused.label == "llama.cpp"
    assert "no_repeat_ngram_size" in refused.reason


def test_allowed_servers_are_asked_for_the_models_that_they_may_be_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRADEOFFS_ENDPOINTS", "http://127.0.0.1:8000/v1")
    question = engine_question(a_spec(), machine())
    (served,) = [s for s in question.specs if s.variant.engine is Engine.OPENAI]
    assert served.variant.endpoint == "http://127.0.0.1:8000/v1"
    assert served.variant.model == a_spec().variant.model


def test_of_a_server_no_bound_is_told() -> None:
    (one,) = bounds_of([a_result()])
    assert one.bound is one.least_tpot_s is one.mbu is None
    assert "cannot be told" in one.why


def test_the_takeaway_names_the_fastest_only_where_that_can_be_told() -> None:
    slow = a_bounded_result(run_id="slow", e2e_s=2.0)
    fast = a_bounded_result(a_spec(precision="bf16"), run_id="fast", e2e_s=0.5)
    bounds = dict(zip(("slow", "fast"), bounds_of([slow, fast]), strict=True))
    (e2e,) = compare([slow, fast], slow, [BY_KEY["e2e_s"]])
    said = takeaway(bounds, e2e, "slow")
    assert said.startswith("fast was fastest: 4.0 times as fast as slow, at a perplexity ratio of")
    assert len(figure(bounds).data) == 2
    near = a_bounded_result(run_id="near", e2e_s=1.98)
    (e2e,) = compare([slow, near], slow, [BY_KEY["e2e_s"]])
    bounds = dict(zip(("slow", "near"), bounds_of([slow, near]), strict=True))
    assert takeaway(bounds, e2e, "slow") == (
        "None can be told to be faster than slow; the nearest is near."
    )
