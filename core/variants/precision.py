"""Precisions of the weights. A new one is a value of the enum and a row of the table."""

from dataclasses import dataclass
from enum import StrEnum

from core.variants.engine import Engine
from core.variants.environment import Device, Environment
from core.variants.support import USABLE, Support, needs_cuda, needs_package


class Precision(StrEnum):
    """How the weights are stored."""

    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"
    INT8 = "int8"
    INT8_THRESHOLD_0 = "int8_threshold_0"
    NF4 = "nf4"
    NF4_DOUBLE = "nf4_double"
    FP4 = "fp4"
    TORCHAO_INT8 = "torchao_int8"
    TORCHAO_INT4 = "torchao_int4"
    OPENVINO_INT8 = "openvino_int8"
    OPENVINO_INT4 = "openvino_int4"
    GGUF = "gguf"
    AS_SERVED = "as_served"


class ComputeDtype(StrEnum):
    """The float type of activations, and of all weights that are not quantised."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


BITSANDBYTES, TORCHAO = "bitsandbytes", "torchao"
ANY_FLOAT = (ComputeDtype.BFLOAT16, ComputeDtype.FLOAT16, ComputeDtype.FLOAT32)
DTYPE_BYTES = {ComputeDtype.FLOAT32: 4, ComputeDtype.BFLOAT16: 2, ComputeDtype.FLOAT16: 2}


@dataclass(frozen=True)
class PrecisionRow:
    """`linear_bits` per weight of a linear layer, `bits_per_row` beside them for each of its
    outputs: scales. What is not quantised (embeddings, norms, the output head) has the float type
    that is computed in: one of `computes`, the first unless another is asked for; or `other_bits`
    where embeddings and head are quantised too. Only `engines` have it.
    """

    label: str
    summary: str
    linear_bits: float
    computes: tuple[ComputeDtype, ...]
    library: str | None = None
    bits_per_row: int = 0
    other_bits: float | None = None
    engines: tuple[Engine, ...] = (Engine.TRANSFORMERS,)

    @property
    def quantised(self) -> bool:
        """Whether linear layers have fewer bits than a float type."""
        return self.linear_bits < 16


PRECISIONS: dict[Precision, PrecisionRow] = {
    Precision.FP32: PrecisionRow(
        "fp32",
        "32-bit floats: 4 bytes per weight. The reference for quality.",
        32,
        (ComputeDtype.FLOAT32,),
        engines=(Engine.TRANSFORMERS, Engine.OPENVINO),
    ),
    Precision.BF16: PrecisionRow(
        "bf16",
        "16-bit floats with the range of fp32: 2 bytes per weight.",
        16,
        (ComputeDtype.BFLOAT16,),
    ),
    Precision.FP16: PrecisionRow(
        "fp16",
        "16-bit floats with more digits and less range than bf16.",
        16,
        (ComputeDtype.FLOAT16,),
    ),
    Precision.INT8: PrecisionRow(
        "int8",
        "bitsandbytes LLM.int8(): linear layers in 8 bits, activations above 6 and their weights "
        "in 16; computes in 16 bits.",
        8,
        (ComputeDtype.FLOAT16,),
        BITSANDBYTES,
        bits_per_row=32,
    ),
    Precision.INT8_THRESHOLD_0: PrecisionRow(
        "int8, threshold 0",
        "bitsandbytes int8 without the 16-bit path for outliers: faster, and may lose quality.",
        8,
        (ComputeDtype.FLOAT16,),
        BITSANDBYTES,
        bits_per_row=32,
    ),
    Precision.NF4: PrecisionRow(
        "nf4",
        "bitsandbytes 4-bit NormalFloat: linear layers in 4 bits plus a scale per 64 weights.",
        4 + 32 / 64,
        ANY_FLOAT,
        BITSANDBYTES,
    ),
    Precision.NF4_DOUBLE: PrecisionRow(
        "nf4, double",
        "nf4 whose scales are quantised too (8 bits each): 0.37 bits fewer per weight.",
        4 + 8 / 64 + 32 / (64 * 256),
        ANY_FLOAT,
        BITSANDBYTES,
    ),
    Precision.FP4: PrecisionRow(
        "fp4",
        "bitsandbytes 4-bit float: as nf4, with levels that fit normal weights less well.",
        4 + 32 / 64,
        ANY_FLOAT,
        BITSANDBYTES,
    ),
    Precision.TORCHAO_INT8: PrecisionRow(
        "torchao int8",
        "torchao weight-only 8-bit integers, a scale per output: activations stay in 16 bits.",
        8,
        (ComputeDtype.BFLOAT16, ComputeDtype.FLOAT32),
        TORCHAO,
        bits_per_row=32,
    ),
    Precision.TORCHAO_INT4: PrecisionRow(
        "torchao int4",
        "torchao weight-only 4-bit integers, a scale and a zero per 64 weights; on a GPU, in bf16.",
        4 + 32 / 64,
        (ComputeDtype.BFLOAT16,),
        TORCHAO,
    ),
    Precision.OPENVINO_INT8: PrecisionRow(
        "OpenVINO int8",
        "8-bit integers with a scale and a zero point per output, embedding and head too; "
        "activations are rounded to 8 bits before each product.",
        8,
        (ComputeDtype.FLOAT32, ComputeDtype.BFLOAT16),
        bits_per_row=32 + 8,
        other_bits=8,
        engines=(Engine.OPENVINO,),
    ),
    Precision.OPENVINO_INT4: PrecisionRow(
        "OpenVINO int4",
        "4-bit integers with a scale and a zero point per group of 128, 64 or 32 weights, the most "
        "that divides every matrix; embedding and head in 8 bits; activations as with int8.",
        4 + (32 + 4) / 64,
        (ComputeDtype.FLOAT32, ComputeDtype.BFLOAT16),
        other_bits=8,
        engines=(Engine.OPENVINO,),
    ),
    Precision.GGUF: PrecisionRow(
        "GGUF",
        "The file's own quantisation, as the result says: Q4_1 in the bundled one, 4-bit integers "
        "with a scale and a minimum per 32 weights, multiplied with 8-bit activations.",
        4 + 32 / 32,
        (ComputeDtype.FLOAT32,),
        engines=(Engine.LLAMA_CPP,),
    ),
    Precision.AS_SERVED: PrecisionRow(
        "as served",
        "Whatever the server has loaded: its interface does not say.",
        16,
        (ComputeDtype.FLOAT32,),
        engines=(Engine.OPENAI,),
    ),
}


def own_compute_dtype(precision: Precision) -> ComputeDtype:
    """What a precision computes in unless another type is asked for."""
    return PRECISIONS[precision].computes[0]


def support(precision: Precision, environment: Environment, device: Device) -> Support:
    """Whether weights of this precision can run on that device."""
    library = PRECISIONS[precision].library
    if precision is Precision.TORCHAO_INT4:
        on_gpu = needs_cuda(device, least_capability=8.0)
        if not on_gpu.usable:
            return on_gpu
    if library:
        return needs_package(environment, library, f"pip install {library}")
    if precision is Precision.BF16 and device.kind == "cuda":
        return needs_cuda(device, least_capability=8.0)
    return USABLE


def support_compute(precision: Precision, dtype: ComputeDtype) -> Support:
    """Whether that precision can compute in that type."""
    row = PRECISIONS[precision]
    if dtype in row.computes:
        return USABLE
    known = " or ".join(row.computes)
    return Support(f"{row.label} computes in {known} only.")
