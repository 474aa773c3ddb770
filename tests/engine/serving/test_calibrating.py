"""Measured steps of a tiny real model: of all kinds, over the range that was asked for."""

import pytest

from core.analysis.batching.step_time import fit_calibration
from core.engine.cancellation import Cancellation
from core.engine.device import CpuDevice
from core.engine.loader import Loaded
from core.engine.serving.calibrate import context_of, measure_steps, watch_effective
from core.results.serving import Calibration, StepKind
from core.variants.load_order import StepRange
from core.variants.policy import PolicyKind

SIZES = StepRange(
    most_rows=4, shortest_prompt=3, longest_prompt=30, longest_answer=6, continuous=True
)


def ignore(*_: object) -> None:
    """For progress that is of no interest."""


ALIKE = StepRange(most_rows=1, shortest_prompt=1, longest_prompt=1, longest_answer=1)


@pytest.mark.parametrize("sizes", [SIZES, ALIKE.model_copy(update={"continuous": True})])
def test_all_kinds_of_steps_are_measured_and_can_be_fitted(
    sizes: StepRange, loaded: Loaded, device: CpuDevice, cancellation: Cancellation
) -> None:
    measured = measure_steps(loaded, sizes, 0.1, device, cancellation, ignore)
    calibration = Calibration(
        variant=loaded.variant,
        samples=tuple(measured.samples),
        batch_overhead_s=tuple(measured.overhead_s),
        context=context_of(loaded),
    )
    times = fit_calibration(calibration)
    assert all(times.serves(kind) for kind in PolicyKind)
    assert calibration.context == 512
    for kind in StepKind:
        assert times.fits[kind].batch_range[1] == sizes.most_rows
        assert times.fits[kind].shapes >= 3 * sizes.most_rows
    prompts = {s.prompt_tokens for s in calibration.samples if s.kind is StepKind.PREFILL}
    assert len(prompts) == 3
    assert max(prompts) >= sizes.longest_prompt
    assert 0 < times.batch_overhead_s < 1


def test_continuous_batching_is_measured_with_as_much_in_the_cache_as_long_answers_bring(
    loaded: Loaded, device: CpuDevice, cancellation: Cancellation
) -> None:
    sizes = SIZES.model_copy(update={"batched": False, "longest_answer": 90})
    measured = measure_steps(loaded, sizes, 0.1, device, cancellation, ignore)
    most = max(sample.context_tokens for sample in measured.samples)
    assert most >= 0.9 * sizes.most_rows * (sizes.longest_prompt + sizes.longest_answer)


def test_mixed_steps_are_told_as_sums_over_their_rows(
    loaded: Loaded, device: CpuDevice, cancellation: Cancellation
) -> None:
    sizes = SIZES.model_copy(update={"batched": False, "shortest_prompt": 30, "longest_prompt": 30})
    measured = measure_steps(loaded, sizes, 0.1, device, cancellation, ignore)
    shapes = [(s.batch, s.prompt_tokens, s.context_tokens, s.new_tokens) for s in measured.samples]
    first = [
        (0, 30, 0, 1), (1, 0, 30, 1), (1, 0, 31, 1),  # one begins
        (1, 30, 32, 2), (2, 0, 63, 2), (2, 0, 65, 2),  # another joins
        (2, 30, 67, 3), (3, 0, 99, 3), (3, 0, 102, 3),
        (3, 30, 105, 4), (4, 0, 138, 4), (4, 0, 142, 4),
    ]  # fmt: skip
    assert shapes[: len(first)] == first
    assert (2, 60, 67, 4) in shapes  # two at once
    assert measured.overhead_s == []


def test_what_really_ran_is_read_off_the_model(
    loaded: Loaded, device: CpuDevice, cancellation: Cancellation
) -> None:
    effective = watch_effective(loaded, SIZES, device, cancellation)
    assert effective.attention == "sdpa"
    assert effective.cache_class is not None
    assert effective.compute_dtype == "float32"
