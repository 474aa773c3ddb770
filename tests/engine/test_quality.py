"""Quality figures against values computed by hand."""

import math

import pytest
import torch

from core.engine.quality import Passage, compare


def passage(ids: list[int], rows: list[list[float]]) -> Passage:
    return Passage(torch.tensor(ids), torch.tensor(rows).log())


REFERENCE = passage([0, 1, 0], [[0.5, 0.5], [0.75, 0.25]])
VARIANT = passage([0, 1, 0], [[0.25, 0.75], [0.25, 0.75]])


def test_a_variant_equal_to_its_reference_loses_nothing() -> None:
    quality = compare([REFERENCE], [REFERENCE], "reference")
    assert quality.mean_kl_nats == 0.0
    assert quality.top1_agreement == 1.0
    assert quality.perplexity_ratio == 1.0
    assert quality.perplexity == pytest.approx(math.exp(-(math.log(0.5) + math.log(0.75)) / 2))


def test_figures_of_two_known_distributions() -> None:
    quality = compare([REFERENCE], [VARIANT], "reference")
    first = 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)
    second = 0.75 * math.log(0.75 / 0.25) + 0.25 * math.log(0.25 / 0.75)
    assert quality.tokens == 2
    assert quality.mean_kl_nats == pytest.approx((first + second) / 2, rel=1e-5)
    assert quality.top1_agreement == 0.0
    nll = -(math.log(0.75) + math.log(0.25)) / 2
    reference_nll = -(math.log(0.5) + math.log(0.75)) / 2
    assert quality.perplexity == pytest.approx(math.exp(nll), rel=1e-5)
    assert quality.perplexity_ratio == pytest.approx(math.exp(nll - reference_nll), rel=1e-5)


def test_passages_weigh_by_their_tokens() -> None:
    short = passage([0, 1], [[0.5, 0.5]])
    quality = compare([REFERENCE, short], [VARIANT, short], "reference")
    alone = compare([REFERENCE], [VARIANT], "reference")
    assert quality.tokens == 3
    assert quality.mean_kl_nats == pytest.approx(alone.mean_kl_nats * 2 / 3, rel=1e-5)
