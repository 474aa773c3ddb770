"""Quality of the bundled model: against itself, against fp16, and against a plain script."""

import math
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from core.engine.cancellation import Cancellation
from core.engine.device import CpuDevice
from core.engine.loader import Loaded, load
from core.engine.quality import measure_quality
from core.engine.quality_cache import TEXTS
from core.results.measured import Quality
from core.variants.precision import Precision
from core.variants.spec import VariantSpec

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def quality_in(precision: Precision, folder: Path) -> Quality:
    def load_variant(variant: VariantSpec) -> Loaded:
        return load(variant, folder, CpuDevice())

    loaded = load_variant(VariantSpec(precision=precision))
    return measure_quality(loaded, folder, load_variant, Cancellation())


def plain_perplexity(folder: Path, quantisation: BitsAndBytesConfig | None) -> float:
    """What anyone would write with transformers alone."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, quantization_config=quantisation
    ).eval()
    nll, tokens = 0.0, 0
    for file in sorted(TEXTS.glob("*.txt")):
        ids = tokenizer(file.read_text(encoding="utf-8"), return_tensors="pt").input_ids
        with torch.no_grad():
            loss = model(ids, labels=ids).loss
        nll += float(loss) * (ids.shape[1] - 1)
        tokens += ids.shape[1] - 1
    return math.exp(nll / tokens)


def test_fp32_loses_nothing_and_fp16_next_to_nothing(prepared_model: Path) -> None:
    assert quality_in(Precision.FP32, prepared_model).mean_kl_nats == 0.0
    half = quality_in(Precision.FP16, prepared_model)
    assert 0.0 < half.mean_kl_nats < 1e-3
    assert half.top1_agreement > 0.98


def test_nf4_loses_what_a_plain_script_says(prepared_model: Path) -> None:
    quality = quality_in(Precision.NF4, prepared_model)
    nf4 = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4")
    plain = plain_perplexity(prepared_model, None)
    ratio = plain_perplexity(prepared_model, nf4) / plain
    assert quality.perplexity_ratio == pytest.approx(ratio, rel=0.01)
    assert quality.perplexity_ratio > 1.05
    assert quality.perplexity == pytest.approx(plain * ratio, rel=0.01)
