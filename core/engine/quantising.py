"""From a precision to what the quantising libraries are told."""

from typing import Any

import torch
from transformers import BitsAndBytesConfig, TorchAoConfig

from core.variants.precision import Precision
from core.variants.spec import VariantSpec

INT4_GROUP = 64


def quantisation(variant: VariantSpec) -> Any:
    """The library's configuration; None where weights are plain floats."""
    dtype = getattr(torch, variant.compute_dtype)
    match variant.precision:
        case Precision.INT8:
            return BitsAndBytesConfig(load_in_8bit=True, llm_int8_threshold=6.0)
        case Precision.INT8_THRESHOLD_0:
            return BitsAndBytesConfig(load_in_8bit=True, llm_int8_threshold=0.0)
        case Precision.NF4 | Precision.NF4_DOUBLE | Precision.FP4:
            return BitsAndBytesConfig(
                load_in_4bit=True,
                bnb_4bit_quant_type="fp4" if variant.precision is Precision.FP4 else "nf4",
                bnb_4bit_compute_dtype=dtype,
                bnb_4bit_use_double_quant=variant.precision is Precision.NF4_DOUBLE,
            )
        case Precision.TORCHAO_INT8 | Precision.TORCHAO_INT4:
            return TorchAoConfig(_torchao(variant.precision))
    return None


def _torchao(precision: Precision) -> Any:
    from torchao.quantization import Int4WeightOnlyConfig, Int8WeightOnlyConfig

    if precision is Precision.TORCHAO_INT8:
        return Int8WeightOnlyConfig()
    return Int4WeightOnlyConfig(group_size=INT4_GROUP, int4_packing_format="tile_packed_to_4d")
