"""Estimates: exact where there is a formula, ordered where there is only a range."""

from pathlib import Path

import pytest

from core.analysis.forecast.estimate import Estimate, estimate
from core.results.types import RunResult
from core.variants.spec import RunSpec
from tests.sample_machines import a_run_environment
from tests.samples import a_cpu, a_result, a_spec, an_environment


def estimated(spec: RunSpec, *similar: RunResult, resident: bool = False) -> Estimate:
    return estimate(spec, an_environment(a_cpu()), similar, resident)


def seconds(found: Estimate) -> tuple[float, float]:
    assert found.seconds_low is not None
    assert found.seconds_high is not None
    return found.seconds_low, found.seconds_high


def test_weights_and_cache_by_hand() -> None:
    found = estimated(a_spec(prompt_tokens=8, max_new_tokens=32, batch_size=4))
    assert found.weights_bytes == 134_515_008 * 4
    assert found.kv_cache_bytes == 4 * (8 + 31) * 46_080
    assert found.fits is True


@pytest.mark.parametrize(
    ("precision", "weights"),
    [
        ("bf16", 134_515_008 * 2),
        ("int8", 106_168_320 + 30 * 5184 * 4 + 28_346_688 * 2),
        ("nf4", int(106_168_320 * 4.5 / 8) + 28_346_688 * 2),
    ],
)
def test_quantisation_shrinks_linear_layers_alone(precision: str, weights: int) -> None:
    assert estimated(a_spec(precision=precision)).weights_bytes == weights


def test_without_a_cache_there_are_no_cache_bytes() -> None:
    assert estimated(a_spec(kv_cache="off")).kv_cache_bytes == 0


def test_what_cannot_fit_is_told() -> None:
    found = estimated(a_spec(batch_size=4096, prompt_tokens=8, max_new_tokens=8000))
    assert found.fits is False
    assert found.needed_bytes is not None
    assert found.free_bytes is not None
    assert found.needed_bytes > found.free_bytes


def test_a_resident_variant_needs_no_weights_and_no_load() -> None:
    cold, warm = estimated(a_spec()), estimated(a_spec(), resident=True)
    assert cold.needed_bytes is not None
    assert warm.needed_bytes == cold.needed_bytes - 134_515_008 * 4
    assert seconds(warm) < seconds(cold)


def test_a_measured_run_of_the_same_spec_is_within_the_range() -> None:
    run = a_result(spec=a_spec(), e2e_s=2.0, ttft_s=0.1)
    found = estimated(a_spec(), run, resident=True)
    low, high = seconds(found)
    generations = 5 + 5 + 1
    assert low <= 2.0 * (generations + 3) <= high
    assert run.run_id in found.basis


def test_a_run_of_another_machine_tells_nothing() -> None:
    ran_on = a_run_environment().model_copy(update={"device_name": "Another processor"})
    found = estimated(a_spec(), a_result(environment=ran_on))
    assert found == estimated(a_spec())


def test_without_a_measurement_the_range_is_wide_and_says_so() -> None:
    low, high = seconds(found := estimated(a_spec()))
    assert high > 2 * low
    assert found.basis.startswith("rough")


@pytest.mark.parametrize(
    "more", [{"max_new_tokens": 200}, {"repeats": 50}, {"batch_size": 64}, {"compile": "whole"}]
)
def test_more_work_takes_longer(more: dict[str, object]) -> None:
    run = a_result(spec=a_spec())
    assert seconds(estimated(a_spec(**more), run))[1] > seconds(estimated(a_spec(), run))[1]


@pytest.mark.parametrize(
    ("values", "e2e_s"),
    [
        ({}, 2.2),
        ({"precision": "bf16"}, 1.6),
        ({"precision": "int8"}, 6.4),
        ({"precision": "nf4"}, 7.3),
        ({"kv_cache": "off"}, 4.3),
        ({"batch_size": 4}, 3.1),
        ({"batch_size": 16}, 5.9),
    ],
)
def test_what_two_cores_took_lies_within_the_rough_range(
    values: dict[str, object], e2e_s: float
) -> None:
    """Times of the bundled model, 9 tokens in and 32 out, on a machine with two cores."""
    spec = a_spec(**values, prompt_tokens=9, warmup=0, repeats=1, quality=False)
    low, high = seconds(estimated(spec, resident=True))
    generations = 1 + 1 + 1
    assert low < e2e_s * generations < high


def test_a_long_prompt_takes_longer_than_a_short_one_also_without_a_measurement() -> None:
    short, long = (estimated(a_spec(prompt_tokens=n)) for n in (10, 4000))
    assert seconds(long)[0] > seconds(short)[0]


def test_without_a_cache_longer_texts_take_longer_for_each_token() -> None:
    run = a_result(spec=a_spec(kv_cache="off"))
    cached = a_result(spec=a_spec())
    longer = {"max_new_tokens": 320}
    without = seconds(estimated(a_spec(kv_cache="off", **longer), run, resident=True))
    with_cache = seconds(estimated(a_spec(**longer), cached, resident=True))
    assert without[1] > 2 * with_cache[1]


def test_a_measured_process_is_counted_where_it_must_be_started() -> None:
    run = a_result(spec=a_spec())
    rough, measured = estimated(a_spec()), estimated(a_spec(), run)
    assert rough.needed_bytes is not None
    assert measured.needed_bytes == rough.needed_bytes + 400_000_000


def test_a_folder_of_unknown_shape_has_no_estimate(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "tokenizer.json").write_text("{}")
    header = b"{}"
    (tmp_path / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    found = estimated(a_spec(model=str(tmp_path)))
    assert (found.weights_bytes, found.needed_bytes, found.fits) == (None, None, None)
    assert (found.seconds_low, found.seconds_high) == (None, None)
    assert found.free_bytes == a_cpu().free_bytes


def test_a_device_that_is_not_here_is_told_as_such() -> None:
    found = estimated(a_spec(device="cuda:1"))
    assert found.basis == "there is no cuda:1 here"
    assert (found.needed_bytes, found.seconds_low, found.fits) == (None, None, None)


def test_quality_and_an_own_task_take_time_too() -> None:
    questions = "prompt,expected\n" + "a,b\n" * 100
    low, high = seconds(estimated(a_spec(quality=False)))
    for more in (
        {},
        {"task": questions, "quality": False},
        {"task": "word " * 9000, "quality": False},
    ):
        slow_low, slow_high = seconds(estimated(a_spec(**more)))
        assert slow_low > low
        assert slow_high > high


def test_a_draft_is_needed_too() -> None:
    alone = estimate(a_spec(), an_environment(), (), resident=False)
    spec = a_spec(decoding="speculative", draft_model="smollm2-135m")
    with_draft = estimate(spec, an_environment(), (), resident=False)
    assert alone.needed_bytes is not None
    assert with_draft.needed_bytes == alone.needed_bytes + 134_515_008 * 4
