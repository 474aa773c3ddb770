"""Generation driven request by request, over a graph that counts."""

from typing import Any, cast

import numpy as np
import pytest

from core.engine.adapters.adapter import EngineRunner
from core.engine.adapters.openvino.compiled import CompiledGraph
from core.engine.adapters.openvino.runner import OpenVinoRunner
from core.engine.adapters.tokens import Tokens
from core.engine.cancellation import Cancellation
from core.errors import RunCancelled
from core.variants.spec import StopRule, Workload
from tests.engine.adapters.number_tokens import NumberTokens
from tests.engine.adapters.openvino.counting_graph import CountingGraph


def a_runner(
    graph: CountingGraph, ends: tuple[int, ...] = (), cancellation: Cancellation | None = None,
    **workload: Any,
) -> OpenVinoRunner:  # fmt: skip
    asked = Workload(**{"prompt": "3 4 5", "max_new_tokens": 4, **workload})
    tokens = cast(Tokens, NumberTokens(ends))
    compiled = cast(CompiledGraph, graph)
    return OpenVinoRunner(compiled, tokens, asked, cancellation or Cancellation())


def test_it_is_a_runner_with_tokens_and_times() -> None:
    runner: EngineRunner = a_runner(CountingGraph())
    seconds, tokens = runner.headline()
    stamps, stepped = runner.step()
    assert seconds > 0
    assert (tokens, stepped, len(stamps)) == (4, 4, 4)
    assert list(stamps) == sorted(stamps)
    output = runner.describe()
    assert (output.text, output.token_ids) == (" 6 7 8 9", (6, 7, 8, 9))
    assert "".join(output.token_texts) == output.text
    assert (output.prompt_tokens, output.new_tokens) == (3, (4,))


def test_each_generation_begins_with_an_empty_cache() -> None:
    graph = CountingGraph()
    runner = a_runner(graph)
    runner.headline()
    runner.headline()
    assert graph.resets == 2
    assert len(graph.heard) == 4


def test_after_the_prompt_a_token_is_read_at_a_time() -> None:
    graph = CountingGraph()
    runner = a_runner(graph)
    runner.headline()
    read = [inputs["input_ids"].tolist() for inputs in graph.heard]
    assert read == [[[3, 4, 5]], [[6]], [[7]], [[8]]]
    assert [inputs["position_ids"].tolist() for inputs in graph.heard] == [
        [[0, 1, 2]], [[3]], [[4]], [[5]],
    ]  # fmt: skip
    passes = runner.passes()
    assert passes is not None
    assert (passes.count, passes.computed_tokens) == (4, 6)


def test_rows_of_mixed_length_are_padded_on_the_left_and_masked() -> None:
    graph = CountingGraph()
    runner = a_runner(graph, batch_size=3, shortest_prompt_tokens=1)
    runner.headline()
    first, second = graph.heard[:2]
    assert first["input_ids"].tolist() == [[0, 0, 5], [0, 4, 5], [3, 4, 5]]
    assert first["attention_mask"].tolist() == [[0, 0, 1], [0, 1, 1], [1, 1, 1]]
    assert first["position_ids"].tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 2]]
    assert second["attention_mask"].tolist() == [[0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1]]
    assert second["position_ids"].tolist() == [[1], [2], [3]]
    assert first["beam_idx"].tolist() == [0, 1, 2]
    assert runner.describe().prompt_lengths == (1, 2, 3)


def test_a_fixed_length_never_ends_early() -> None:
    runner = a_runner(CountingGraph(), ends=(7,))
    assert runner.headline()[1] == 4
    assert 7 not in runner.describe().token_ids
    assert runner.effective().stopped_by == {"length": 1}


def test_a_natural_stop_counts_real_tokens_of_each_row() -> None:
    graph = CountingGraph()
    runner = a_runner(
        graph, ends=(7,), stop=StopRule.NATURAL, stop_strings=("19",), max_new_tokens=9
    )
    assert runner.headline()[1] == 2
    assert runner.describe().token_ids == (6, 7)
    assert runner.describe().text == " 6"
    assert runner.effective().stopped_by == {"end of sequence": 1}


def test_cancelling_ends_it_between_two_tokens() -> None:
    cancellation = Cancellation()
    cancellation.begin("run-1")
    graph = CountingGraph()
    runner = a_runner(graph, cancellation=cancellation, max_new_tokens=8)
    answer = graph.answer

    def cancel_at_the_third(inputs: dict[str, Any]) -> Any:
        if len(graph.heard) == 2:
            cancellation.cancel("run-1")
        return answer(inputs)

    graph.answer = cancel_at_the_third  # type: ignore[method-assign]
    with pytest.raises(RunCancelled):
        runner.headline()
    assert len(graph.heard) == 3


def test_mixed_lengths_give_what_each_row_gives_alone() -> None:
    both = a_runner(CountingGraph(), batch_size=2, shortest_prompt_tokens=2)
    both.headline()
    alone = a_runner(CountingGraph(), prompt="4 5")
    alone.headline()
    assert both.describe().token_ids == alone.describe().token_ids


def test_a_copy_of_the_logits_forbids_the_end_and_leaves_them_as_they_are() -> None:
    graph = CountingGraph()
    runner = a_runner(graph, ends=(6,))
    logits = graph.answer({"input_ids": np.array([[5]])})[:, -1]
    before = logits.copy()
    assert runner._choose(logits).tolist() == [7]
    assert (logits == before).all()
