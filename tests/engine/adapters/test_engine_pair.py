"""Two variants of one engine in turns, and the person's own task, with an engine that counts."""

from collections.abc import Callable
from typing import Any

import pytest

from core.errors import FailureKind, LoadFailed
from core.jobs.protocol import DropCommand, PairCommand, PairEnded, Residents
from core.results.measured import TaskKind
from core.results.types import RunResult
from core.variants.pairing import PairPlan
from tests.engine.adapters.fake_engine import VOCABULARY, CountingEngine
from tests.engine.adapters.serving import Served, a_run


def a_pair(b: dict[str, Any], **plan: Any) -> PairCommand:
    sides = (a_run("run-a"), a_run("run-b", **b))
    return PairCommand(a=sides[0], b=sides[1], plan=PairPlan(**{"most_pairs": 12, **plan}))


def test_two_variants_of_an_engine_take_turns(served: Served) -> None:
    served.service.take(a_pair({"attention": "ggml"}))
    ended = served.said[-1]
    assert isinstance(ended, PairEnded), ended
    a, b = ended.outcomes
    assert isinstance(a, RunResult)
    assert isinstance(b, RunResult)
    assert a.pairing is not None
    assert b.pairing is not None
    assert (a.pairing.partner_id, b.pairing.partner_id) == ("run-b", "run-a")
    assert len(a.samples.e2e_s) == len(b.samples.e2e_s) == a.pairing.pairs
    assert a.memory.other_variants_bytes == b.memory.other_variants_bytes == 1000


def test_two_caches_of_an_engine_that_loads_for_one_are_two_loads(served: Served) -> None:
    """Each weighs what it holds, and both are freed."""
    openvino = {"engine": "openvino", "precision": "openvino_int8"}
    a, b = (
        a_run("run-a", **openvino),
        a_run("run-b", **openvino, kv_cache="quantised_u8"),
    )
    served.service.take(PairCommand(a=a, b=b, plan=PairPlan(most_pairs=6)))
    ended = served.said[-1]
    assert isinstance(ended, PairEnded), ended
    for outcome in ended.outcomes:
        assert isinstance(outcome, RunResult)
        assert not outcome.times.was_resident
        assert outcome.memory.other_variants_bytes == 1000
    assert [engine.cache for engine in served.opened] == ["dynamic", "quantised_u8"]
    told = [event.residents for event in served.said if isinstance(event, Residents)][-1]
    assert [resident.weights_bytes for resident in told] == [2000]
    served.service.take(DropCommand(variant_id=a.spec.variant.id))
    assert [engine.closed for engine in served.opened] == [1, 1]


def test_of_a_pair_the_side_that_failed_says_why(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = CountingEngine.load

    def refuse_plain(engine: CountingEngine, tell: Callable[[str], None]) -> None:
        if engine.variant.attention == "ggml":
            raise LoadFailed("not this one")
        load(engine, tell)

    monkeypatch.setattr(CountingEngine, "load", refuse_plain)
    served.service.take(a_pair({"attention": "ggml"}))
    ended = served.said[-1]
    assert isinstance(ended, PairEnded)
    kinds = [outcome.kind for outcome in ended.outcomes if not isinstance(outcome, RunResult)]
    assert kinds == [FailureKind.CANCELLED, FailureKind.LOAD]
    assert [engine.closed for engine in served.opened] == [1, 1]


def test_questions_of_an_own_task_are_asked_of_the_engine(served: Served) -> None:
    task = "prompt,expected\nCount,0 1 2 3\nCount on,five\n"
    score = served.result(task=task).task
    assert score is not None
    assert (score.kind, score.items, score.correct) == (TaskKind.ANSWERS, 2, 1)


def test_a_text_is_read_in_windows_that_the_engine_can_hold(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CountingEngine, "most_tokens", 10)
    score = served.result(task="Some text to read.").task
    assert score is not None
    assert score.items == 17
    (engine,) = served.opened
    assert [len(ids) for ids in engine.read] == [10, 9]
    assert engine.readers == 1


def test_a_text_of_an_own_task_is_read_by_the_engine(served: Served) -> None:
    score = served.result(task="Some text to read.").task
    assert score is not None
    assert (score.kind, score.items) == (TaskKind.TEXT, 17)
    assert score.perplexity == pytest.approx(VOCABULARY, rel=1e-4)
