"""The why line in every regime: the right bound, and no lever that is pulled already."""

import itertools

import pytest

from core.analysis.levers import Lever
from core.analysis.physics import Bound
from core.analysis.roofline import roofline_of
from core.analysis.why import levers, why_line
from core.results.measured import ForwardPasses, Memory, Samples
from core.results.observed import Ceilings
from core.results.types import RunResult
from core.variants.precision import PRECISIONS, Precision
from tests.sample_rooflines import CPU_CEILINGS, H100_CEILINGS, a_bounded_result, at_utilisation
from tests.samples import a_result, a_spec

CEILINGS = {"cpu": CPU_CEILINGS, "cuda:0": H100_CEILINGS}
# torch.compile, KV cache, batch size, and the share of the bandwidth that decode uses.
SITUATIONS = list(
    itertools.product(
        ("off", "whole"),
        ("off", "dynamic", "static"),
        (1, 64),
        (0.01, 0.2, 0.5, 0.7, 1.0, 1.3),
    )
)


def a_run(device: str, mbu: float, **values: object) -> RunResult:
    """A run on the example CPU or an H100 that uses that share of its bandwidth."""
    return at_utilisation(mbu, a_spec(device=device, **values), ceilings=CEILINGS[device])


def why(result: RunResult) -> str:
    """Its why line."""
    return why_line(result, roofline_of(result))


def tried(result: RunResult) -> dict[str, str | None]:
    """The fields that the sentence wants changed, and to what."""
    return {lever.field: lever.value for lever in levers(result, roofline_of(result))}


@pytest.mark.parametrize("device", ["cpu", "cuda:0"])
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16", "int8", "nf4"])
def test_no_lever_is_named_that_is_pulled_already(device: str, precision: str) -> None:
    for compiled, cache, batch, mbu in SITUATIONS:
        values = {"compile": compiled, "kv_cache": cache, "batch_size": batch}
        result = a_run(device, mbu, precision=precision, **values)
        said = why(result)
        assert said.endswith(".")
        assert ". " not in said
        assert not {"nan", "inf", "None"} & set(said.split())
        for lever in levers(result, roofline_of(result)):
            assert lever.words in said
            assert_not_pulled(lever, result)


def assert_not_pulled(lever: Lever, result: RunResult) -> None:
    """The lever would change the run, and in the direction that its words say."""
    spec = result.spec
    now = {**spec.variant.model_dump(mode="json"), **spec.workload.model_dump(mode="json")}
    assert lever.field in now
    assert lever.value is None or str(now[lever.field]) != lever.value
    if lever.field == "batch_size":
        assert int(lever.value or 0) >= 2 * spec.workload.batch_size
    if lever.words == "16-bit weights":
        assert PRECISIONS[spec.variant.precision].quantised
    if lever.words == "4-bit weights":
        assert PRECISIONS[spec.variant.precision].linear_bits >= 8
    if lever.field == "compile":
        assert spec.variant.compile == "off"


def test_overhead_on_a_gpu_is_not_helped_by_bits() -> None:
    result = a_run("cuda:0", 0.03, precision="fp16")
    assert why(result) == (
        "Overhead-bound: 3.0 % MBU and 0.013 % MFU, so 4-bit weights can't help; "
        "try torch.compile or a batch of 8."
    )


def test_where_kernels_are_compiled_already_their_launches_are_next() -> None:
    result = a_run("cuda:0", 0.03, precision="fp16", compile="whole", kv_cache="static")
    assert "torch.compile" not in why(result)
    assert tried(result)["compile_mode"] == "reduce-overhead"
    graphs = {"compile": "whole", "compile_mode": "reduce-overhead", "kv_cache": "static"}
    assert set(tried(a_run("cuda:0", 0.03, precision="fp16", **graphs))) == {"batch_size"}


def test_overhead_on_a_cpu_is_not_helped_by_compiling() -> None:
    assert tried(a_run("cpu", 0.03)) == {"batch_size": "8"}


def test_a_part_of_the_time_can_be_saved_by_sixteen_bits() -> None:
    result = a_run("cpu", 0.36)
    assert "36 % MBU" in why(result)
    assert "can save only a part" in why(result)
    assert tried(result) == {"precision": "bf16", "batch_size": "8"}


def test_sixteen_bits_are_not_named_where_they_were_measured_to_be_slow() -> None:
    slow = CPU_CEILINGS.model_copy(
        update={"peak_flops_per_s": {"float32": 160e9, "bfloat16": 8e9, "float16": 8e9}}
    )
    assert "precision" not in tried(at_utilisation(0.7, a_spec(), ceilings=slow))


def test_bandwidth_is_helped_by_fewer_bytes_and_more_rows() -> None:
    result = a_run("cuda:0", 0.72, precision="fp16")
    assert why(result) == (
        "Bandwidth-bound: decode reads at 72 % of the measured bandwidth (MBU), so torch.compile "
        "can save 28 % at most; try 4-bit weights or a batch of 8."
    )


def test_quantising_is_not_named_where_a_cpu_would_pay_for_it() -> None:
    for precision in ("fp32", "bf16"):
        assert tried(a_run("cpu", 0.8, precision=precision)).get("precision") != "nf4"


def test_slow_kernels_of_quantised_weights_are_said() -> None:
    result = a_run("cpu", 0.06, precision="nf4")
    assert "4-bit weights are de-quantised in each step" in why(result)
    assert "still fewer bits can't help; try 16-bit weights" in why(result)
    integers = why(a_run("cpu", 0.06, precision="int8"))
    assert "since activations are quantised to 8 bits and products de-quantised in" in integers


def test_a_large_batch_is_bound_by_arithmetic() -> None:
    result = a_run("cpu", 0.2, batch_size=64)
    assert roofline_of(result).bound is Bound.COMPUTE  # type: ignore[union-attr]
    assert "storing weights in fewer bits can't help" in why(result)
    assert "batch_size" not in tried(result)
    assert tried(result)["precision"] == "bf16"


def test_a_long_prompt_is_bound_in_the_prefill() -> None:
    spec = a_spec(prompt_tokens=1000, max_new_tokens=2)
    result = a_bounded_result(spec, ttft_s=3.0, e2e_s=3.1)
    assert why(result) == (
        "Compute-bound in the prefill: it computes at 51 % of the measured peak (MFU), so storing "
        "weights in fewer bits can't help; try bf16 (2.2 times the measured peak) or a shorter "
        "prompt."
    )


@pytest.mark.parametrize("mbu", [0.01, 0.1, 0.25])
def test_without_a_cache_the_cache_comes_first(mbu: float) -> None:
    result = a_run("cpu", mbu, kv_cache="off")
    # Prompt of 9, steps at lengths 10 to 40, mean 25; the head is done once either way.
    assert "20 times a cached step's work, so turn the cache on first" in why(result)
    assert tried(result) == {"kv_cache": "dynamic"}
    compiled = a_run("cpu", mbu, kv_cache="off", compile="whole")
    assert tried(compiled) == {"kv_cache": "static"}


def test_one_token_needs_no_cache() -> None:
    result = a_bounded_result(a_spec(max_new_tokens=1, kv_cache="off"), ttft_s=0.05, e2e_s=0.05)
    assert "kv_cache" not in tried(result)


def test_what_guessing_excludes_is_no_advice() -> None:
    """Guesses are checked for one row, and need a cache that grows."""
    for mbu in (0.03, 0.7):
        greedy = tried(a_run("cuda:0", mbu, precision="bf16"))
        guessing = tried(a_run("cuda:0", mbu, precision="bf16", decoding="prompt_lookup"))
        assert "batch_size" in greedy
        assert "batch_size" not in guessing
        assert guessing.get("compile") in (None, "per_block")
    assert tried(a_run("cuda:0", 0.03))["compile"] == "whole"
    assert tried(a_run("cuda:0", 0.03, attention="flex_attention"))["compile"] == "per_block"


def test_a_static_cache_far_longer_than_the_text_is_said() -> None:
    spec = a_spec(device="cuda:0", precision="fp16", batch_size=64, kv_cache="static")
    held = Memory(kv_cache_bytes=64 * 4096 * 23_040)  # 2·30·3·64·2 bytes per token
    result = at_utilisation(0.7, spec, ceilings=H100_CEILINGS, memory=held)
    assert "a step reads 4,096 positions, 26 in use" in why(result)
    snug = at_utilisation(0.7, spec, ceilings=H100_CEILINGS)
    assert "static" not in why(snug)


def test_where_the_cache_is_most_of_the_bytes_weights_matter_little() -> None:
    result = a_run("cuda:0", 0.7, precision="fp16", batch_size=64, prompt_tokens=4000)
    assert "fewer bits per weight can't help much (4.3 % of the bytes)" in why(result)
    assert set(tried(result)) == {"prompt"}


def test_more_than_the_ceiling_is_no_utilisation() -> None:
    large = why(a_run("cpu", 1.3))
    assert large.startswith("No ceiling holds here (130 % MBU")
    assert "can do more than was measured" in large
    small = why(a_run("cpu", 1.3, precision="nf4"))
    assert "seem to stay in the processor's cache" in small
    disturbed = CPU_CEILINGS.model_copy(update={"quiet": False})
    said = why(at_utilisation(1.3, a_spec(), ceilings=disturbed))
    assert "while other programs used this device" in said


def test_ceilings_of_a_busy_device_give_a_guess() -> None:
    disturbed = H100_CEILINGS.model_copy(update={"quiet": False})
    said = why(at_utilisation(0.03, a_spec(device="cuda:0"), ceilings=disturbed))
    assert said.startswith("Perhaps overhead-bound (other programs used this device while")
    assert "a batch of 8" in said


def without_peaks(ceilings: Ceilings) -> Ceilings:
    """The ceilings of a device that multiplies in no type known."""
    return ceilings.model_copy(update={"peak_flops_per_s": {}})


@pytest.mark.parametrize(
    ("result", "missing"),
    [
        (a_result(), "bandwidth and peak of its device were not measured"),
        (a_bounded_result(ceilings=None), "bandwidth and peak of its device were not measured"),
        (
            a_bounded_result().model_copy(update={"model": None}),
            "sizes of its model were not recorded",
        ),
        (
            a_bounded_result(ceilings=without_peaks(CPU_CEILINGS)),
            "no peak was measured for float32",
        ),
        (a_bounded_result(samples=Samples()), "no token was timed by itself"),
    ],
)
def test_what_is_missing_is_named(result: RunResult, missing: str) -> None:
    assert why(result) == f"What bounds this run cannot be told: {missing}." or missing in why(
        result
    )
    assert levers(result, roofline_of(result)) == ()


def test_every_precision_has_a_sentence() -> None:
    for precision in Precision:
        assert why(a_run("cuda:0", 0.4, precision=precision)).startswith("Overhead-bound")


def test_a_draft_that_guesses_wrong_is_told_off_and_no_batch_is_named() -> None:
    wrong = ForwardPasses(count=32, computed_tokens=200, draft_count=160, proposed=160, accepted=4)
    result = a_run("cpu", 0.03, decoding="speculative", draft_model="smollm2-135m")
    said = why(result.model_copy(update={"passes": wrong}))
    assert "greedy decoding (only 2.5 % of the draft's guesses were right)" in said
    assert "batch" not in said
