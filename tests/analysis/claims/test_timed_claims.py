"""Claims about times: each verdict follows from the arms' ratio, and flips when it does."""

import numpy as np
import pytest

from core.analysis.claims import (
    attention,
    batching,
    compiling,
    eight_bits,
    no_cache,
    smaller_model,
)
from core.analysis.claims.claim import Measured
from core.analysis.claims.verdict import Verdict, VerdictKind
from core.analysis.physics import score_matrix_bytes
from core.variants.precision import Precision
from tests.sample_claims import (
    CALM,
    WILD,
    in_turns,
    measured,
    specs_of,
    with_memory,
    with_steps,
)
from tests.sample_pairs import QUIET
from tests.samples import a_result

HOLDS, IN_PART, FAILS, GPU, UNDECIDED = VerdictKind
MODELS = (smaller_model.LARGE, smaller_model.SMALL)


@pytest.mark.parametrize(
    ("ratio", "kind"), [(6.2, FAILS), (30, IN_PART), (200, HOLDS), (10, UNDECIDED)]
)
def test_orders_of_magnitude_are_counted(ratio: float, kind: VerdictKind) -> None:
    arms = in_turns(smaller_model.CLAIM, MODELS, 1 / ratio)
    verdict = smaller_model.CLAIM.verdict(measured(arms))
    assert verdict.kind is kind
    assert verdict.parts[0].measured
    assert verdict.parts[0].measured.value == pytest.approx(ratio, rel=0.02)
    assert "as fast as gpt2-large" in verdict.sentence


def test_a_claim_without_its_arms_has_no_verdict_and_says_why() -> None:
    arms = in_turns(smaller_model.CLAIM, MODELS, 0.1)
    alone = Measured({"gpt2": arms["gpt2"]}, {"gpt2-large": "out of memory"})
    verdict = smaller_model.CLAIM.verdict(alone)
    assert verdict.kind is UNDECIDED
    assert not verdict.parts
    assert "gpt2-large was not measured: out of memory" in verdict.untested


def quantised(fp32: float, fp16: float, weights: tuple[int, int, int] | None = None) -> Verdict:
    """int8 so many times as long as either base; weights of fp32, fp16, int8 where given."""
    arms = {}
    for base, ratio in ((Precision.FP32, fp32), (Precision.FP16, fp16)):
        arms |= in_turns(eight_bits.CLAIM, (base, eight_bits.int8_label(base)), ratio)
    if weights:
        for label, result in arms.items():
            size = weights[0] if label == "fp32" else weights[1] if label == "fp16" else weights[2]
            arms[label] = with_memory(result, weights_bytes=size)
    return eight_bits.CLAIM.verdict(Measured(arms))


def test_int8_saves_less_than_claimed_on_a_small_model_and_may_slow_it_down() -> None:
    verdict = quantised(3.0, 4.0)
    kinds = {part.what: part.kind for part in verdict.parts if part.kind}
    assert kinds == {
        "Weights, less than 32-bit floats": IN_PART,
        "Speed, against 32-bit floats": FAILS,
        "Weights, less than 16-bit floats": FAILS,
        "Speed, against 16-bit floats": FAILS,
        "Speed by bitsandbytes' CUDA kernels, against 16-bit floats": GPU,
    }
    assert verdict.kind is IN_PART
    assert "slower: 0.33" in verdict.sentence
    assert "embeddings" in verdict.reason


def test_int8_would_hold_with_everything_quantised_and_fast() -> None:
    verdict = quantised(0.5, 0.6, weights=(400, 200, 100))
    kinds = [part.kind for part in verdict.parts if part.kind]
    assert kinds == [HOLDS, HOLDS, IN_PART, HOLDS, GPU]


def test_the_formula_of_int8_says_what_is_published_of_gpt2() -> None:
    """distilgpt2 −63 % and −26 %, gpt2-large −73 % and −46 %."""
    picture = quantised(1, 1).pictures[0]
    fp32, fp16 = picture.curves[:2]
    by_size = dict(zip(fp32.x, zip(fp32.y, fp16.y, strict=True), strict=True))
    assert by_size[81_912_576] == pytest.approx((0.63, 0.26), abs=0.01)
    assert by_size[774_030_080] == pytest.approx((0.73, 0.46), abs=0.01)


def compiled(ratio: float, noise: tuple[float, ...] = QUIET) -> Verdict:
    labels = (compiling.uncompiled(compiling.PER_BLOCK), compiling.PER_BLOCK)
    return compiling.CLAIM.verdict(measured(in_turns(compiling.CLAIM, labels, 1 / ratio, noise)))


@pytest.mark.parametrize(
    ("ratio", "kind", "words"),
    [
        (2.2, HOLDS, "have paid after"),
        (1.2, IN_PART, "have paid after"),
        (1.0, FAILS, "no faster that can be told"),
        (1.0, FAILS, "may never pay"),
        (0.8, FAILS, "never pay"),
    ],
)
def test_compiling_is_held_against_its_ratio(ratio: float, kind: VerdictKind, words: str) -> None:
    verdict = compiled(ratio)
    assert verdict.kind is kind
    assert words in verdict.sentence


def test_a_wild_machine_decides_nothing_about_compiling() -> None:
    assert compiled(1.5, WILD).kind is UNDECIDED


def backends(prefill: float, decode: float, matrices: float, length: int = 1024) -> Verdict:
    """sdpa so many times as fast in prefill and decode, and holding so many matrices less."""
    labels = attention.arm_label("eager", length), attention.arm_label("sdpa", length)
    arms = in_turns(attention.CLAIM, labels, 1.0)
    eager, sdpa = (arms[label] for label in labels)
    eager, sdpa = (
        with_steps(arm, [[ttft, *(ttft + tpot * i for i in range(1, 9))] for _ in range(6)])
        for arm, ttft, tpot in ((eager, prefill, decode), (sdpa, 1.0, 1.0))
    )
    assert eager.model
    held = 1_000_000 + int(matrices * score_matrix_bytes(eager.model, length))
    both = with_memory(eager, activation_bytes=held), with_memory(sdpa, activation_bytes=1_000_000)
    return attention.CLAIM.verdict(Measured(dict(zip(labels, both, strict=True))))


def test_attention_is_judged_for_prefill_and_decode_apart() -> None:
    verdict = backends(prefill=2.0, decode=1.0, matrices=2.0)
    assert [part.kind for part in verdict.parts] == [HOLDS, HOLDS, FAILS, GPU]
    assert verdict.kind is IN_PART
    assert "sdpa is 2.00 × (2.00 to 2.00) as fast in the prefill" in verdict.sentence
    assert [picture.title for picture in verdict.pictures][2] == "Memory held in a prefill"


def test_attention_that_saves_nothing_fails() -> None:
    assert backends(prefill=1.0, decode=0.9, matrices=0.1).kind is FAILS
    assert backends(prefill=2.0, decode=2.0, matrices=1.0).kind is HOLDS


def batches(longer: float) -> Verdict:
    """The largest batch, of 32, takes so many times as long as one row."""
    labels = batching.arm_label(1), batching.arm_label(32)
    arms = in_turns(batching.CLAIM, labels, longer, CALM)
    return batching.CLAIM.verdict(measured(arms))


def test_batching_holds_where_both_rise() -> None:
    verdict = batches(3.0)
    assert verdict.kind is HOLDS
    more, longer = (part.measured for part in verdict.parts[:2])
    assert more
    assert longer
    assert more.value == pytest.approx(32 / 3, rel=0.02)
    assert longer.value == pytest.approx(3, rel=0.02)


def test_batching_holds_in_part_where_rows_are_free_or_worth_nothing() -> None:
    assert batches(1.0).kind is IN_PART
    assert batches(32.0).kind is IN_PART


def test_the_batch_that_turns_compute_bound_follows_from_the_ceilings() -> None:
    arms = in_turns(batching.CLAIM, (batching.arm_label(1), batching.arm_label(32)), 3.0)
    ridge = batching.ridge_batch(dict(enumerate(arms.values(), start=1)))
    # 4 bytes per weight at 20 GB/s against 2 operations at 160 GFLOP/s: 0.2 ns and 0.0125 ns.
    assert ridge == pytest.approx(16)


def uncached(token_s: np.ndarray) -> Verdict:
    arms = in_turns(no_cache.CLAIM, (no_cache.SHORT_OFF, no_cache.SHORT_ON), 1 / 3)
    specs = specs_of(no_cache.CLAIM)
    off = with_steps(a_result(spec=specs[no_cache.OFF]), [token_s.tolist()] * 3)
    steady = (0.02 * np.arange(1.0, len(token_s) + 1)).tolist()
    on = with_steps(a_result(spec=specs[no_cache.ON]), [steady] * 3)
    return no_cache.CLAIM.verdict(Measured({**arms, no_cache.OFF: off, no_cache.ON: on}))


def test_a_quadratic_growth_is_no_exponential_one() -> None:
    n = np.arange(1.0, 97.0)
    verdict = uncached(0.02 * n + 0.0006 * n**2)
    assert verdict.kind is FAILS
    assert "not exponentially" in verdict.sentence
    assert "it is slower, 3.0" in verdict.sentence
    assert verdict.pictures[0].split == 65.0
    doubling = verdict.parts[1]
    assert doubling.measured
    assert doubling.measured.value == pytest.approx(
        (0.02 * 96 + 0.0006 * 96**2) / (0.02 * 48 + 0.0006 * 48**2)
    )


def test_an_exponential_growth_would_be_told() -> None:
    verdict = uncached(0.5 * np.exp(0.05 * np.arange(1.0, 97.0)))
    assert verdict.kind is HOLDS
    assert "grows exponentially" in verdict.sentence
