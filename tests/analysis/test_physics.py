"""The formulas against cases that were worked out by hand, the arithmetic beside each."""

import numpy as np
import pytest

from core.analysis.physics import (
    Bound,
    Part,
    Roof,
    Shape,
    bound_of,
    decode_bytes,
    decode_flops,
    decode_part,
    kv_bytes_per_token,
    prefill_bytes,
    prefill_flops,
    prefill_part,
)
from tests.sample_rooflines import GPT2, TINY_LLAMA

ROOF = Roof(bandwidth_bytes_per_s=1e9, peak_flops_per_s=1e10)


def test_sizes_of_gpt2() -> None:
    # A layer: 768·2304 + 768·768 + 768·3072 + 3072·768 = 7,077,888; 12 of them 84,934,656.
    # The head, tied to the embedding: 50,257·768 = 38,597,376. Together 123,532,032, 4 bytes each.
    assert GPT2.matmul_parameters == 12 * 7_077_888 + 38_597_376 == 123_532_032
    assert GPT2.matmul_bytes == 494_128_128
    # Keys and values, 12 layers, 12 heads of 64, 4 bytes: 2·12·12·64·4.
    assert kv_bytes_per_token(GPT2) == 73_728


def test_sizes_of_a_grouped_query_llama() -> None:
    # A layer: q and o 2·2048·2048, k and v 2·2048·256, gate, up and down 3·2048·5632.
    layer = 8_388_608 + 1_048_576 + 34_603_008
    # The head is not tied: 32,000·2048 = 65,536,000; the embedding is not multiplied by.
    assert TINY_LLAMA.matmul_parameters == 22 * layer + 65_536_000 == 1_034_420_224
    assert TINY_LLAMA.matmul_bytes == 2_068_840_448
    # 4 heads of keys and values, not 32: 2·22·4·64·2.
    assert kv_bytes_per_token(TINY_LLAMA) == 22_528


@pytest.mark.parametrize(
    ("batch", "bytes_", "flops"),
    [
        # 494,128,128 + 1·73,728·100;  1·(2·123,532,032 + 4·12·12·64·100)
        (1, 501_500_928, 250_750_464),
        # 494,128,128 + 8·73,728·100;  8·250,750,464
        (8, 553_110_528, 2_006_003_712),
    ],
)
def test_a_cached_step_of_gpt2(batch: int, bytes_: int, flops: int) -> None:
    assert decode_bytes(GPT2, batch, 100, 73_728) == bytes_
    assert decode_flops(GPT2, batch, 100) == flops


@pytest.mark.parametrize(
    ("batch", "bytes_", "flops"),
    [
        # 2,068,840,448 + 1·22,528·1000;  1·(2·1,034,420,224 + 4·22·32·64·1000)
        (1, 2_091_368_448, 2_249_064_448),
        # 2,068,840,448 + 16·22,528,000;  16·2,249,064,448
        (16, 2_429_288_448, 35_985_031_168),
    ],
)
def test_a_cached_step_of_a_grouped_query_llama(batch: int, bytes_: int, flops: int) -> None:
    assert decode_bytes(TINY_LLAMA, batch, 1000, 22_528) == bytes_
    assert decode_flops(TINY_LLAMA, batch, 1000) == flops


def test_reading_a_prompt_needs_the_head_once() -> None:
    # GPT-2, 99 tokens: 99·2·84,934,656 + 2·38,597,376 + 2·12·12·64·99·100
    #                 = 16,817,061,888 + 77,194,752 + 182,476,800
    assert prefill_flops(GPT2, 1, 99) == 17_076_733_440
    assert prefill_flops(GPT2, 4, 99) == 4 * 17_076_733_440
    # The weights once, and 99 tokens of cache for each of 4 rows: 4·73,728·99.
    assert prefill_bytes(GPT2, 4, 99, 73_728) == 494_128_128 + 29_196_288
    # Llama, 10 tokens: 10·2·968,884,224 + 2·65,536,000 + 2·22·32·64·10·11
    assert prefill_flops(TINY_LLAMA, 1, 10) == 19_377_684_480 + 131_072_000 + 9_912_320


def test_a_prompt_of_one_token_is_a_step_at_length_one() -> None:
    assert prefill_flops(GPT2, 3, 1) == decode_flops(GPT2, 3, 1)
    assert prefill_bytes(GPT2, 3, 1, 73_728) == decode_bytes(GPT2, 3, 1, 73_728)


def test_decode_with_a_growing_cache() -> None:
    # 5 prompt tokens, 3 new ones: the first comes of the prefill, two steps at lengths 6 and 7.
    # Bytes: 2·494,128,128 + 73,728·(6 + 7); FLOPs: 2·247,064,064 + 4·12·12·64·(6 + 7).
    part = decode(GPT2, Shape(1, 5, 3, 73_728))
    assert (part.passes, part.bytes, part.flops) == (2, 989_214_720, 494_607_360)
    # Reading takes 0.989 s at 1 GB/s, computing 0.049 s at 10 GFLOP/s: reading decides.
    assert part.least_s == pytest.approx(0.98921472)


def test_decode_without_a_cache_is_a_prefill_per_token() -> None:
    # Lengths 6 and 7 in full: (6 + 7)·169,869,312 + 2·77,194,752 + 18,432·(6·7 + 7·8) FLOPs.
    part = decode(GPT2, Shape(1, 5, 3, 73_728, cached=False))
    assert part.flops == 2_208_301_056 + 154_389_504 + 1_806_336
    assert part.bytes == 2 * 494_128_128  # no cache is read
    # With 4 rows and 30 tokens arithmetic decides: 9.6 s and more of it at 10 GFLOP/s.
    busy = decode(GPT2, Shape(4, 29, 2, 73_728, cached=False))
    assert busy.least_s == pytest.approx(prefill_flops(GPT2, 4, 30) / 1e10)
    assert busy.least_s > busy.bytes / 1e9


def test_decode_with_a_static_cache_reads_its_full_length() -> None:
    # 2 steps over 512 positions, 8 rows: 2·(494,128,128 + 8·73,728·512) bytes,
    # 2·8·(247,064,064 + 36,864·512) FLOPs.
    part = decode(GPT2, Shape(8, 5, 3, 73_728, full_length=512))
    assert part.bytes == 2 * (494_128_128 + 301_989_888)
    assert part.flops == 16 * (247_064_064 + 18_874_368)


def test_a_grouped_query_llama_off_growing_and_static() -> None:
    # Batch 2, 10 prompt tokens, 2 new ones: one step at length 11.
    growing = decode(TINY_LLAMA, Shape(2, 10, 2, 22_528))
    assert growing.bytes == 2_068_840_448 + 2 * 22_528 * 11
    assert growing.flops == 2 * (2_068_840_448 + 180_224 * 11)
    static = decode(TINY_LLAMA, Shape(2, 10, 2, 22_528, full_length=64))
    assert static.bytes == 2_068_840_448 + 2 * 22_528 * 64
    assert static.flops == 2 * (2_068_840_448 + 180_224 * 64)
    off = decode(TINY_LLAMA, Shape(2, 10, 2, 22_528, cached=False))
    assert off.bytes == 2_068_840_448
    # 2·(11·2·968,884,224 + 2·65,536,000 + 90,112·11·12)
    assert off.flops == 2 * (21_315_452_928 + 131_072_000 + 11_894_784)


def test_several_tokens_of_one_pass_read_the_weights_once() -> None:
    # 9 tokens after the first in 3 passes after the first: a third of the bytes, all the FLOPs.
    one_by_one = decode(GPT2, Shape(1, 5, 10, 73_728))
    guessed = decode(GPT2, Shape(1, 5, 10, 73_728, passes=4))
    assert guessed.passes == 3
    assert guessed.bytes == pytest.approx(one_by_one.bytes / 3)
    assert guessed.flops == one_by_one.flops


def test_one_token_has_no_decode() -> None:
    assert decode_part(GPT2, Shape(1, 5, 1, 73_728), ROOF, None) is None


def test_a_hundred_thousand_tokens_are_the_closed_form() -> None:
    # Lengths 6 to 100,004: 99,999 steps, their sum 99,999·(6 + 100,004)/2 = 5,000,449,995.
    part = decode(GPT2, Shape(1, 5, 100_000, 73_728))
    whole = 99_999 * 494_128_128 + 73_728 * 5_000_449_995
    assert part.bytes == pytest.approx(whole, rel=1e-12)


def test_utilisation_is_over_time_and_ceiling() -> None:
    # 0.5 GB and 1 GFLOP in 2 s under 1 GB/s and 10 GFLOP/s.
    part = Part(1, 0.5e9, 1e9, 0.5, ROOF, seconds=2.0)
    assert (part.mbu, part.mfu) == (0.25, 0.05)
    assert (part.intensity, part.flops_per_s) == (2.0, 0.5e9)
    unknown = Part(1, 0.5e9, 1e9, 0.5, ROOF)
    assert (unknown.mbu, unknown.mfu, unknown.bound) == (None, None, None)


def test_the_roof_rises_with_intensity_up_to_the_peak() -> None:
    assert ROOF.attainable_flops_per_s(1) == 1e9
    assert ROOF.attainable_flops_per_s(10) == 1e10
    assert ROOF.attainable_flops_per_s(1000) == 1e10
    least = ROOF.least_s(np.array([1e9, 1e9]), np.array([1e9, 1e11]))
    assert list(least) == [1.0, 10.0]


@pytest.mark.parametrize(
    ("mbu", "mfu", "bound"),
    [
        (0.60, 0.05, Bound.BANDWIDTH),
        (0.59, 0.39, Bound.OVERHEAD),
        (0.10, 0.40, Bound.COMPUTE),
        (0.70, 0.50, Bound.BANDWIDTH),
        (0.61, 0.75, Bound.COMPUTE),
        (1.05, 0.10, Bound.BANDWIDTH),
        (1.20, 0.10, Bound.BEYOND),
        (0.10, 1.20, Bound.BEYOND),
        (None, 0.5, None),
    ],
)
def test_the_label(mbu: float | None, mfu: float, bound: Bound | None) -> None:
    assert bound_of(mbu, mfu) is bound


def test_a_prefill_reads_the_weights_once() -> None:
    part = prefill_part(GPT2, Shape(1, 99, 1, 73_728), ROOF, 4.0)
    assert (part.passes, part.bytes, part.flops) == (1, 501_427_200, 17_076_733_440)
    assert part.least_s == pytest.approx(1.707673344)


def decode(model: object, shape: Shape) -> Part:
    """The decode part under the roof, its time unknown."""
    part = decode_part(model, shape, ROOF, None)  # type: ignore[arg-type]
    assert part is not None
    return part
