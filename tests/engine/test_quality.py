"""Quality figures against values computed by hand, and of a tiny real model."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.engine.cancellation import Cancellation
from core.engine.device import CpuDevice
from core.engine.divergence import Encoded, NoQuality, compare, quality_of
from core.engine.loader import Loaded, load
from core.engine.quality import cached_quality, measure_quality
from core.engine.quality_cache import TEXTS, reference_variant
from core.errors import RunCancelled
from core.results.measured import Quality
from core.variants.precision import Precision
from core.variants.spec import VariantSpec

PASSAGE = Encoded([0, 1, 0], scored_bytes=4)
REFERENCE = np.log(np.array([[0.5, 0.5], [0.75, 0.25]], dtype=np.float32))
VARIANT = np.log(np.array([[0.25, 0.75], [0.25, 0.75]], dtype=np.float32))
LoadVariant = Callable[[VariantSpec], Loaded]


@pytest.fixture
def load_variant(tiny_model_folder: Path) -> LoadVariant:
    return lambda variant: load(variant, tiny_model_folder, CpuDevice())


@pytest.fixture
def tiny(tiny_model_folder: Path) -> VariantSpec:
    return VariantSpec(model=str(tiny_model_folder))


def measured(loaded: Loaded, load_reference: LoadVariant) -> Quality:
    folder = Path(loaded.variant.model)
    return measure_quality(loaded, folder, load_reference, Cancellation())


def test_a_variant_equal_to_its_reference_loses_nothing() -> None:
    quality = quality_of(compare(PASSAGE, REFERENCE, REFERENCE), "reference", 1.5)
    assert quality.mean_kl_nats == 0.0
    assert quality.top1_agreement == 1.0
    assert quality.perplexity_ratio == 1.0
    assert quality.perplexity == pytest.approx(math.exp(-(math.log(0.5) + math.log(0.75)) / 2))
    assert quality.bits_per_byte == quality.reference_bits_per_byte
    assert quality.seconds == 1.5


def test_figures_of_two_known_distributions() -> None:
    quality = quality_of(compare(PASSAGE, REFERENCE, VARIANT), "reference", 1.0)
    first = 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)
    second = 0.75 * math.log(0.75 / 0.25) + 0.25 * math.log(0.25 / 0.75)
    assert quality.tokens == 2
    assert quality.mean_kl_nats == pytest.approx((first + second) / 2, rel=1e-5)
    assert quality.top1_agreement == 0.0
    nll = -(math.log(0.75) + math.log(0.25)) / 2
    reference_nll = -(math.log(0.5) + math.log(0.75)) / 2
    assert quality.perplexity == pytest.approx(math.exp(nll), rel=1e-5)
    assert quality.perplexity_ratio == pytest.approx(math.exp(nll - reference_nll), rel=1e-5)
    bits, reference_bits = (-math.log2(a * b) for a, b in ((0.75, 0.25), (0.5, 0.75)))
    assert quality.bits_per_byte == pytest.approx(bits / 4, rel=1e-5)
    assert quality.reference_bits_per_byte == pytest.approx(reference_bits / 4, rel=1e-5)


def test_passages_weigh_by_their_tokens() -> None:
    alone = compare(PASSAGE, REFERENCE, VARIANT)
    short = compare(Encoded([0, 1], 3), REFERENCE[:1], REFERENCE[:1])
    both = alone + short
    assert (both.tokens, both.scored_bytes) == (3, 7)
    assert both.kl_nats / 3 == pytest.approx(alone.kl_nats / 2 * 2 / 3, rel=1e-5)


def test_bytes_that_are_not_known_leave_bits_per_byte_unknown() -> None:
    unknown = compare(Encoded([0, 1, 0], None), REFERENCE, VARIANT)
    quality = quality_of(compare(PASSAGE, REFERENCE, VARIANT) + unknown, "reference", 1.0)
    assert quality.bits_per_byte is None
    assert quality.perplexity > 1


@pytest.mark.parametrize("value", [math.nan, -math.inf])
def test_what_is_no_number_has_no_quality(value: float) -> None:
    broken = np.full_like(VARIANT, value)
    with pytest.raises(NoQuality):
        quality_of(compare(PASSAGE, REFERENCE, broken), "reference", 1.0)


def test_the_fixed_text_has_six_passages_of_about_two_thousand_tokens(
    tiny: VariantSpec, load_variant: LoadVariant
) -> None:
    assert len(list(TEXTS.glob("*.txt"))) == 6
    assert measured(load_variant(tiny), load_variant).tokens == pytest.approx(2000, rel=0.1)


def test_the_reference_keeps_the_weights_and_resets_every_lever() -> None:
    asked = VariantSpec.model_validate(
        {
            "model": "m",
            "precision": "nf4",
            "attention": "eager",
            "compile": "on",
            "device": "cuda:1",
        }
    )
    assert reference_variant(asked) == VariantSpec(model="m", device="cuda:1")


def test_the_reference_is_loaded_once_and_never_again(
    tiny: VariantSpec, load_variant: LoadVariant
) -> None:
    loads: list[VariantSpec] = []

    def load_reference(variant: VariantSpec) -> Loaded:
        loads.append(variant)
        return load_variant(variant)

    half = load_variant(VariantSpec(model=tiny.model, precision=Precision.BF16))
    first = measured(half, load_reference)
    assert loads == [reference_variant(tiny)]
    again = measured(half, lambda _: pytest.fail("the reference was kept"))
    assert again.mean_kl_nats == first.mean_kl_nats > 0
    assert again.perplexity_ratio == first.perplexity_ratio


def test_the_reference_compared_with_itself_is_read_once_and_loses_nothing(
    tiny: VariantSpec, load_variant: LoadVariant
) -> None:
    quality = measured(load_variant(tiny), lambda _: pytest.fail("it is loaded already"))
    assert (quality.mean_kl_nats, quality.perplexity_ratio) == (0.0, 1.0)


def test_a_second_look_comes_from_the_cache_with_the_time_of_the_first(
    tiny: VariantSpec, load_variant: LoadVariant
) -> None:
    folder = Path(tiny.model)
    assert cached_quality(tiny, folder) is None
    quality = measured(load_variant(tiny), load_variant)
    assert not quality.from_cache
    assert quality.seconds is not None
    assert cached_quality(tiny, folder) == quality.model_copy(update={"from_cache": True})


def test_cancelling_stops_between_passages(tiny: VariantSpec, load_variant: LoadVariant) -> None:
    cancellation = Cancellation()
    cancellation.begin("run-1")
    cancellation.cancel("run-1")
    with pytest.raises(RunCancelled):
        measure_quality(load_variant(tiny), Path(tiny.model), load_variant, cancellation)
