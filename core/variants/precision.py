"""Precisions of the weights. A new one is a value of the enum and a row of the table."""

from dataclasses import dataclass
from enum import StrEnum

from core.variants.environment import Device, Environment
from core.variants.support import USABLE, Support, needs_cuda, needs_package


class Precision(StrEnum):
    """How the weights are stored."""

    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"
    INT8 = "int8"
    NF4 = "nf4"


@dataclass(frozen=True)
class PrecisionRow:
    """`linear_bits` per weight of a linear layer, scales included; everything that is not
    quantised (embeddings, norms, a tied head) keeps `dtype`, which activations use too.
    """

    label: str
    summary: str
    linear_bits: float
    dtype: str
    quantised: bool = False


PRECISIONS: dict[Precision, PrecisionRow] = {
    Precision.FP32: PrecisionRow(
        "fp32", "32-bit floats: 4 bytes per weight. The reference for quality.", 32, "float32"
    ),
    Precision.BF16: PrecisionRow(
        "bf16", "16-bit floats with the range of fp32: 2 bytes per weight.", 16, "bfloat16"
    ),
    Precision.FP16: PrecisionRow(
        "fp16", "16-bit floats with more digits and less range than bf16.", 16, "float16"
    ),
    Precision.INT8: PrecisionRow(
        "int8",
        "bitsandbytes LLM.int8(): linear layers in 8 bits, outliers in 16; computes in 16 bits.",
        8,
        "float16",
        quantised=True,
    ),
    Precision.NF4: PrecisionRow(
        "nf4",
        "bitsandbytes 4-bit NormalFloat: linear layers in 4 bits plus a scale per 64 weights.",
        4.5,
        "bfloat16",
        quantised=True,
    ),
}


def support(precision: Precision, environment: Environment, device: Device) -> Support:
    """Whether weights of this precision can run on that device."""
    if PRECISIONS[precision].quantised:
        return needs_package(environment, "bitsandbytes", "pip install bitsandbytes")
    if precision is Precision.BF16 and device.kind == "cuda":
        return needs_cuda(device, least_capability=8.0)
    return USABLE
