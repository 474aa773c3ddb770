"""The adapter over graphs that tell with which cache they were compiled."""

from pathlib import Path
from typing import Any

import pytest

from core.engine.adapters.openvino import adapter as module
from core.engine.adapters.openvino.adapter import OpenVinoAdapter
from core.engine.adapters.openvino.graph import ATTENTION, Node
from core.engine.adapters.shelf import Shelf
from core.engine.cancellation import Cancellation
from core.errors import RequestError
from core.variants.request import build_spec
from core.variants.spec import RunSpec
from tests.engine.adapters.openvino.counting_graph import CountingGraph


class NotedGraph(CountingGraph):
    """Keeps each that was compiled, by its cache's type."""

    compiled: list[str]

    def __init__(self, _: Path, settings: dict[str, Any], last_token_alone: bool) -> None:
        assert last_token_alone
        cache = settings["KV_CACHE_PRECISION"]
        super().__init__((Node("a", ATTENTION, None, "f32", "", cache_type=cache),))
        NotedGraph.compiled.append(cache)


@pytest.fixture(autouse=True)
def graphs(monkeypatch: pytest.MonkeyPatch, prepared_model: Path) -> None:
    NotedGraph.compiled = []
    monkeypatch.setattr(module, "CompiledGraph", NotedGraph)
    monkeypatch.setattr(module, "model_folder", lambda _: prepared_model)
    monkeypatch.setattr(module, "exported", lambda *_: prepared_model / "graph.xml")


def a_spec(cache: str) -> RunSpec:
    return build_spec({"engine": "openvino", "kv_cache": cache})


def test_two_caches_beside_each_other_each_tell_their_own_bytes() -> None:
    shelf = Shelf(OpenVinoAdapter, lambda: None)
    plain, small = a_spec("dynamic"), a_spec("quantised_u8")
    a, _ = shelf.take(plain, lambda _: None, (small,))
    b, _ = shelf.take(small, lambda _: None, (plain,))
    facts = [held.adapter.facts() for held in (a, b)]
    assert [found and found.kv_value_bytes for found in facts] == [4, 1]


def test_a_load_compiles_once_for_the_cache_that_is_asked_for() -> None:
    """So that `load_s` is that of the graph that runs."""
    spec = a_spec("quantised_u8")
    held, _ = Shelf(OpenVinoAdapter, lambda: None).take(spec, lambda _: None)
    assert NotedGraph.compiled == ["u8"]
    held.adapter.runner(spec.workload, Cancellation())
    assert NotedGraph.compiled == ["u8"]


def test_a_question_beyond_the_context_is_refused_before_anything_is_measured() -> None:
    spec = a_spec("dynamic")
    held, _ = Shelf(OpenVinoAdapter, lambda: None).take(spec, lambda _: None)
    task = f"prompt,expected\n{'the cat ' * 5000},yes\n"
    asking = spec.workload.model_copy(update={"task": task})
    with pytest.raises(RequestError, match="exceeds the context of 8192"):
        held.adapter.runner(asking, Cancellation())


def test_two_workloads_of_a_load_have_keys_and_values_of_their_own() -> None:
    """Else the bytes of one would be told as the other's."""
    spec = a_spec("dynamic")
    held, _ = Shelf(OpenVinoAdapter, lambda: None).take(spec, lambda _: None)
    runners = [
        held.adapter.runner(build_spec({"prompt_tokens": n}).workload, Cancellation())
        for n in (10, 100)
    ]
    for runner in runners:
        runner.headline()
    new, value_bytes = 31, 4 * 4
    told = [runner.memory().kv_cache_bytes for runner in runners]
    assert told == [(10 + new) * value_bytes, (100 + new) * value_bytes]
