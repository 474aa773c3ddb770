"""The warm-up rule and the passes, with a generation that takes known times."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.engine import timing
from core.engine.adapters.adapter import Runner
from core.engine.cancellation import Cancellation
from core.engine.device import CpuDevice
from core.engine.generate import Generation
from core.engine.instruments import ForwardCounter
from core.engine.latency import Passes, both_passes, settled
from core.engine.loader import load
from core.engine.phases import Phases
from core.engine.timing import FirstRun, Timed, time_generation
from core.variants.request import build_spec


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ((1.0, 1.0), False),
        ((1.0, 1.02, 1.049), True),
        ((1.0, 1.02, 1.06), False),
        ((9.0, 1.0, 1.02, 1.01), True),
        ((1.0, 1.0, 1.0, 2.0), False),
    ],
)
def test_settled_when_the_last_three_lie_within_five_percent(
    seconds: tuple[float, ...], expected: bool
) -> None:
    assert settled(seconds) is expected


@pytest.fixture
def generation(tiny_model_folder: Path) -> Generation:
    spec = build_spec({"model": str(tiny_model_folder), "max_new_tokens": 4, "warmup": 3})
    device = CpuDevice()
    loaded = load(spec.variant, tiny_model_folder, device)
    return Generation(loaded, spec.workload, device, Cancellation())


def timed_once(generation: Generation) -> Timed:
    return time_generation(generation, Phases("run-1", Cancellation(), lambda _: None))


class Counted:
    """A runner that notes what is asked of it."""

    def __init__(self) -> None:
        self.order = ""

    def headline(self) -> tuple[float, int]:
        self.order += "H"
        return 1.0, 4

    def step(self) -> tuple[tuple[float, ...], int]:
        self.order += "S"
        return (0.1, 0.2, 0.3, 0.4), 4


def passes_of(runner: Runner, repeats: int) -> Passes:
    return both_passes(runner, repeats, lambda *_: None, lambda: None)


def test_headline_and_step_repeats_take_turns() -> None:
    runner = Counted()
    passes = passes_of(runner, 7)
    assert runner.order == "HS SH HS SH HS H H".replace(" ", "")
    assert (len(passes.e2e_s), len(passes.token_s)) == (7, 5)


def test_the_clock_is_read_after_the_first_and_the_last_repeat_alone() -> None:
    clocks = iter((2600.0, 2500.0))
    passes = both_passes(Counted(), 4, lambda *_: None, lambda: next(clocks))
    assert passes.clock_mhz == [2600.0, 2500.0]


def test_one_repeat_has_one_of_each(generation: Generation) -> None:
    passes = passes_of(generation, 1)
    assert (len(passes.e2e_s), len(passes.token_s), len(passes.clock_mhz)) == (1, 1, 1)
    assert len(passes.token_s[0]) == 4


def test_the_first_run_of_a_shape_is_kept_once(generation: Generation) -> None:
    first, again = timed_once(generation), timed_once(generation)
    assert first.first_s == first.samples.warmup_s[0]
    assert again.first_s is None
    assert again.compile_s is None


def test_without_warm_up_the_first_repeat_is_the_first_run(generation: Generation) -> None:
    cold = Generation(
        generation.loaded,
        generation.workload.model_copy(update={"warmup": 0, "max_new_tokens": 3}),
        generation.device,
        Cancellation(),
    )
    timed = timed_once(cold)
    assert timed.first_s == timed.samples.e2e_s[0]


def test_a_step_repeat_with_guesses_has_a_time_for_each_pass_that_gave_tokens(
    generation: Generation,
) -> None:
    prompt = "one two three one two three one two"
    guessing = {"prompt": prompt, "max_new_tokens": 24, "decoding": "prompt_lookup"}
    workload = build_spec(guessing).workload
    once = Generation(generation.loaded, workload, generation.device, Cancellation())
    with ForwardCounter(once.loaded) as counted:
        once.run()
    seconds, tokens = once.step()
    assert tokens == len(seconds) == 24
    assert len(set(seconds)) == len(counted.passes)


def test_real_tokens_of_all_rows_are_kept_of_each_repeat(generation: Generation) -> None:
    passes = passes_of(generation, 2)
    assert (passes.e2e_tokens, passes.step_tokens) == ([4, 4], [4, 4])


def test_what_changes_the_graphs_is_another_shape(generation: Generation) -> None:
    def shape(**changes: object) -> tuple[object, ...]:
        workload = build_spec({**changes, "max_new_tokens": 4}).workload
        return Generation(generation.loaded, workload, generation.device, Cancellation()).shape

    rows = {"batch_size": 2, "prompt_tokens": 9}
    shapes = [
        shape(**rows),
        shape(**rows, shortest_prompt_tokens=3),
        shape(prompt_tokens=9),
        shape(prompt_tokens=9, decoding="prompt_lookup"),
    ]
    assert len(set(shapes)) == 4
    assert shape(**rows) == shape(**rows, seed=5)


@pytest.fixture
def compiled(generation: Generation, monkeypatch: pytest.MonkeyPatch) -> Generation:
    """A generation that is said to be compiled, of which nothing is run."""
    values = {"compile": "whole", "kv_cache": "static", "max_new_tokens": 4, "warmup": 0}
    spec = build_spec({**values, "model": str(generation.loaded.folder)})
    loaded = replace(generation.loaded, variant=spec.variant, compile_s={}, shapes=set())
    monkeypatch.setattr(timing, "both_passes", lambda *_: Passes())
    return Generation(loaded, spec.workload, generation.device, Cancellation())


def test_a_static_cache_is_no_part_of_the_graphs(
    compiled: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is allocated once and stays, so that it must be there before the process is weighed."""
    order: list[str] = []
    monkeypatch.setattr(compiled, "empty_cache", lambda: order.append("cache"))
    monkeypatch.setattr(CpuDevice, "used_bytes", lambda _: order.append("weighed") or 0)
    monkeypatch.setattr(timing, "first_run", lambda _: FirstRun(1.0, compiled=True))
    timed_once(compiled)
    assert order == ["cache", "weighed", "weighed"]


@pytest.mark.parametrize(("did_compile", "expected"), [(True, 700), (False, 0)])
def test_only_what_compiled_adds_to_the_graphs(
    compiled: Generation, monkeypatch: pytest.MonkeyPatch, did_compile: bool, expected: int
) -> None:
    weights = iter((1000, 1700))
    monkeypatch.setattr(CpuDevice, "used_bytes", lambda _: next(weights))
    monkeypatch.setattr(timing, "first_run", lambda _: FirstRun(1.0, compiled=did_compile))
    timed_once(compiled)
    assert compiled.loaded.graph_bytes == expected
