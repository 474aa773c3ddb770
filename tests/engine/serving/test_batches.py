"""A batch through generate: as many tokens as asked, padded, stamped, cancelled."""

import pytest
import torch

from core.engine.cancellation import Cancellation
from core.engine.loader import Loaded
from core.engine.serving.batches import BatchRunner
from core.engine.serving.continuous import ContinuousServer
from core.engine.serving.prompts import Prompts
from core.errors import RunCancelled
from core.variants.load_order import StepRange


def test_every_token_is_stamped_between_the_call_and_the_end(
    runner: BatchRunner, prompts: Prompts
) -> None:
    times = runner.run(prompts.batch([5, 12, 1]), 7)
    readings = [times.began_s, times.called_s, *times.token_s, times.ended_s]
    assert len(times.token_s) == 7
    assert readings == sorted(readings)
    assert 0 < times.overhead_s < times.ended_s - times.began_s


def test_no_token_ends_a_row(
    runner: BatchRunner, loaded: Loaded, prompts: Prompts, cancellation: Cancellation
) -> None:
    """A model that wants nothing but the end of its text still gives what was asked."""
    end = loaded.model.generation_config.eos_token_id

    def want_the_end(_: object, __: object, logits: torch.Tensor) -> torch.Tensor:
        logits[..., end] = 1e9
        return logits

    hook = loaded.model.lm_head.register_forward_hook(want_the_end)
    try:
        assert len(runner.run(prompts.batch([4, 4]), 6).token_s) == 6
        sizes = StepRange(most_rows=2, shortest_prompt=4, longest_prompt=4, longest_answer=6)
        with ContinuousServer(loaded, sizes) as server:
            server.warm_up(prompts, 6, cancellation)
    finally:
        hook.remove()


def test_it_stops_between_two_tokens(
    runner: BatchRunner, prompts: Prompts, cancellation: Cancellation
) -> None:
    cancellation.cancel("load-1")
    with pytest.raises(RunCancelled):
        runner.run(prompts.batch([5]), 400)


def test_prompts_are_as_long_as_asked_and_never_begin_alike(prompts: Prompts) -> None:
    many = prompts.batch([64] * 200)
    assert {len(ids) for ids in many} == {64}
    assert len({tuple(ids[:8]) for ids in many}) == 200
