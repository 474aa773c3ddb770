"""The roofline of a result: what is taken from where, and what is None."""

import pytest

from core.analysis.physics import Bound, decode_flops
from core.analysis.roofline import ROOFLINE_METRICS, roofline_of, shape_of_run
from core.results.csv.export import to_csv
from core.results.measured import ForwardPasses, Memory, Samples
from core.results.types import RunResult
from tests.sample_rooflines import (
    CPU_CEILINGS,
    GPT2,
    H100_CEILINGS,
    a_bounded_result,
    at_utilisation,
    facts_of,
)
from tests.samples import PROMPT_TOKENS, a_result, a_spec, output_of


def figures(result: RunResult) -> dict[str, float | None]:
    """The roofline's metrics by key."""
    return {metric.key: metric.read(result) for metric in ROOFLINE_METRICS}


def test_gpt2_in_full_by_hand() -> None:
    # 9 prompt tokens, 2 new ones; the first after 0.1 s, the second 0.1 s later.
    spec = a_spec(max_new_tokens=2, repeats=1)
    samples = Samples(e2e_s=(0.2,), token_s=((0.1, 0.2),))
    result = a_bounded_result(spec, model=GPT2, samples=samples)
    # Prefill: 494,128,128 + 9·73,728 bytes at 20 GB/s = 0.0247396 s against
    # 9·169,869,312 + 77,194,752 + 18,432·90 FLOPs at 160 GFLOP/s = 0.0100479 s.
    # Step: 494,128,128 + 10·73,728 bytes at 20 GB/s = 0.02474327 s.
    found = figures(result)
    assert found["speed_of_light_s"] == pytest.approx(0.024739584 + 0.0247432704)
    assert found["times_slower"] == pytest.approx(0.2 / 0.0494828544)
    assert found["mbu"] == pytest.approx(0.247432704)
    # 247,064,064 + 36,864·10 FLOPs in 0.1 s of 160 GFLOP/s.
    assert found["mfu"] == pytest.approx(247_432_704 / 16e9)
    assert found["prefill_mfu"] == pytest.approx(1_607_677_440 / 16e9)


def test_a_run_without_facts_or_ceilings_has_dashes() -> None:
    for result in (a_result(), a_bounded_result(ceilings=None)):
        assert roofline_of(result) is None
        assert set(figures(result).values()) == {None}


def test_a_run_without_stamps_still_has_a_speed_of_light() -> None:
    result = a_bounded_result(samples=Samples(e2e_s=(2.0,)))
    found = figures(result)
    assert found["mbu"] is None
    assert found["times_slower"] is not None
    roofline = roofline_of(result)
    assert roofline is not None
    assert roofline.bound is None


def test_a_static_cache_is_as_long_as_it_was_measured() -> None:
    spec = a_spec(kv_cache="static", batch_size=2)
    per_token = 2 * 30 * 3 * 64 * 4
    measured = a_bounded_result(spec, memory=Memory(kv_cache_bytes=2 * 512 * per_token))
    assert shape_of_run(measured, facts_of(spec)).full_length == 512
    unmeasured = a_bounded_result(spec, memory=Memory())
    assert shape_of_run(unmeasured, facts_of(spec)).full_length == 9 + 32


def test_a_dynamic_cache_that_became_static_counts_in_full() -> None:
    result = a_bounded_result()
    effective = result.effective.model_copy(update={"cache_class": "StaticCache (StaticLayer)"})
    changed = result.model_copy(update={"effective": effective})
    assert shape_of_run(changed, facts_of(changed.spec)).full_length == 9 + 32


def test_a_quantised_cache_has_the_bytes_that_it_was_measured_to_have() -> None:
    spec = a_spec(kv_cache="quantised_fp8", batch_size=2)
    # 9 prompt tokens and 31 of 32 new ones are kept, at 11,520 bytes each.
    measured = Memory(kv_cache_bytes=2 * 40 * 11_520)
    result = a_bounded_result(a_spec(batch_size=2), memory=measured)
    quantised = result.model_copy(update={"spec": spec})
    assert shape_of_run(quantised, facts_of(spec)).kv_token_bytes == 11_520


def test_without_a_cache_the_step_is_the_whole_text() -> None:
    cached, uncached = (
        roofline_of(a_bounded_result(a_spec(kv_cache=c))) for c in ("dynamic", "off")
    )
    assert cached is not None
    assert uncached is not None
    assert cached.decode is not None
    assert uncached.decode is not None
    assert uncached.decode.flops > 10 * cached.decode.flops
    assert uncached.speed_of_light_s > cached.speed_of_light_s


def test_rows_run_on_until_the_longest_is_done() -> None:
    spec = a_spec(batch_size=3, stop="natural")
    output = output_of(spec).model_copy(update={"new_tokens": (4, 20, 7)})
    samples = Samples(token_s=(tuple(0.1 * i for i in range(1, 21)),))
    result = a_bounded_result(spec, output=output, samples=samples)
    shape = shape_of_run(result, facts_of(spec))
    assert (shape.batch, shape.new_tokens) == (3, 20)


def test_a_run_that_its_time_limit_ends_elsewhere_counts_the_tokens_that_were_timed() -> None:
    spec = a_spec(stop="natural", time_limit_s=1.0)
    output = output_of(spec).model_copy(update={"new_tokens": (30,)})
    samples = Samples(token_s=(tuple(0.1 * i for i in range(1, 11)),) * 3)
    counted = ForwardPasses(count=30, computed_tokens=38)
    result = a_bounded_result(spec, output=output, samples=samples, passes=counted)
    shape = shape_of_run(result, facts_of(spec))
    assert (shape.new_tokens, shape.passes) == (10, 10)


def test_tokens_that_came_with_the_first_are_no_decode_step() -> None:
    spec = a_spec(decoding="prompt_lookup", max_new_tokens=8)
    samples = Samples(e2e_s=(0.4,), token_s=((0.2,) * 4 + (0.4,) * 4,))
    passes = ForwardPasses(count=2, computed_tokens=17, proposed=8, accepted=6)
    found = roofline_of(a_bounded_result(spec, samples=samples, passes=passes))
    assert found is not None
    assert found.decode is not None
    assert found.decode.passes == 1
    assert found.decode.seconds == pytest.approx(0.2)
    lengths = [PROMPT_TOKENS + i for i in range(4, 8)]
    flops = sum(decode_flops(found.model, 1, length) for length in lengths)
    assert found.decode.flops == pytest.approx(flops)


def test_counted_passes_read_the_weights() -> None:
    one_by_one = a_bounded_result(passes=ForwardPasses(count=32, computed_tokens=40))
    guessed = a_bounded_result(passes=ForwardPasses(count=11, computed_tokens=60))
    first, second = roofline_of(one_by_one), roofline_of(guessed)
    assert first is not None
    assert second is not None
    assert first.decode is not None
    assert second.decode is not None
    assert (first.decode.passes, second.decode.passes) == (31, 10)
    assert second.speed_of_light_s < first.speed_of_light_s / 2


def test_the_part_that_took_longer_gives_the_label() -> None:
    reading = a_bounded_result(a_spec(prompt_tokens=1000, max_new_tokens=2), ttft_s=3.0, e2e_s=3.1)
    roofline = roofline_of(reading)
    assert roofline is not None
    assert roofline.longer is roofline.prefill
    assert roofline.bound is Bound.COMPUTE
    writing = roofline_of(at_utilisation(0.8, a_spec(), ceilings=CPU_CEILINGS))
    assert writing is not None
    assert writing.longer is writing.decode
    assert writing.bound is Bound.BANDWIDTH


def test_a_known_device_has_its_datasheet_beside_what_was_measured() -> None:
    roofline = roofline_of(a_bounded_result(a_spec(device="cuda:0"), ceilings=H100_CEILINGS))
    assert roofline is not None
    assert roofline.datasheet is not None
    assert roofline.datasheet.bandwidth_bytes_per_s == 3.35e12


def test_the_metrics_are_columns_of_the_csv() -> None:
    assert "speed_of_light_s" in "".join(to_csv([], ROOFLINE_METRICS))
