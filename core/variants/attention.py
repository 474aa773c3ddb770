"""Attention backends. A closed set: an open name would let transformers download a kernel."""

from dataclasses import dataclass
from enum import StrEnum

from core.variants.engine import Engine
from core.variants.environment import Device, Environment
from core.variants.precision import ComputeDtype
from core.variants.support import (
    USABLE,
    Support,
    needs_compiler,
    needs_cuda,
    needs_package,
)


class Attention(StrEnum):
    """Which implementation computes attention."""

    EAGER = "eager"
    SDPA = "sdpa"
    SDPA_MATH = "sdpa_math"
    SDPA_FLASH = "sdpa_flash"
    SDPA_EFFICIENT = "sdpa_efficient"
    SDPA_CUDNN = "sdpa_cudnn"
    FLASH_ATTENTION_2 = "flash_attention_2"
    FLASH_ATTENTION_3 = "flash_attention_3"
    FLASH_ATTENTION_4 = "flash_attention_4"
    FLEX_ATTENTION = "flex_attention"
    GGML = "ggml"
    GGML_FLASH = "ggml_flash"
    OWN = "own"


@dataclass(frozen=True)
class AttentionRow:
    """`kernel` names the one kernel that sdpa may use, where it may not choose for itself.

    `package` must be installed, on a CUDA device of at least `capability`; `takes_fp32` and
    `takes_mask` (needed for padded rows and a static cache) hold on a CUDA device. Only `engines`
    have it.
    """

    label: str
    summary: str
    implementation: str
    kernel: str | None = None
    cuda_only: bool = False
    capability: float = 0.0
    package: str | None = None
    takes_fp32: bool = True
    takes_mask: bool = True
    engines: tuple[Engine, ...] = (Engine.TRANSFORMERS,)


ATTENTIONS: dict[Attention, AttentionRow] = {
    Attention.EAGER: AttentionRow(
        "eager", "Plain matrix products: writes the whole score matrix to memory.", "eager"
    ),
    Attention.SDPA: AttentionRow(
        "sdpa",
        "PyTorch's scaled_dot_product_attention; it picks its kernel by itself, and the result "
        "says which.",
        "sdpa",
    ),
    Attention.SDPA_MATH: AttentionRow(
        "sdpa: math", "Only sdpa's plain kernel: separate matrix products.", "sdpa", "MATH"
    ),
    Attention.SDPA_FLASH: AttentionRow(
        "sdpa: flash",
        "Only sdpa's fused FlashAttention kernel; on a GPU 16-bit and without a mask.",
        "sdpa",
        "FLASH_ATTENTION",
        capability=8.0,
        takes_fp32=False,
        takes_mask=False,
    ),
    Attention.SDPA_EFFICIENT: AttentionRow(
        "sdpa: memory-efficient",
        "Only sdpa's memory-efficient kernel (a GPU's): tiles the scores, takes a mask.",
        "sdpa",
        "EFFICIENT_ATTENTION",
        cuda_only=True,
    ),
    Attention.SDPA_CUDNN: AttentionRow(
        "sdpa: cuDNN",
        "Only sdpa's cuDNN kernel: 16-bit on a GPU.",
        "sdpa",
        "CUDNN_ATTENTION",
        cuda_only=True,
        capability=8.0,
        takes_fp32=False,
    ),
    Attention.FLASH_ATTENTION_2: AttentionRow(
        "flash_attention_2",
        "FlashAttention-2: tiles the scores on chip; 16-bit on a GPU only.",
        "flash_attention_2",
        cuda_only=True,
        capability=8.0,
        package="flash-attn",
        takes_fp32=False,
    ),
    Attention.FLASH_ATTENTION_3: AttentionRow(
        "flash_attention_3",
        "FlashAttention-3: overlaps copies and products; 16-bit on Hopper GPUs.",
        "flash_attention_3",
        cuda_only=True,
        capability=9.0,
        package="flash-attn-3",
        takes_fp32=False,
    ),
    Attention.FLASH_ATTENTION_4: AttentionRow(
        "flash_attention_4",
        "FlashAttention-4: written for Hopper and Blackwell GPUs; 16-bit.",
        "flash_attention_4",
        cuda_only=True,
        capability=9.0,
        package="flash-attn-4",
        takes_fp32=False,
    ),
    Attention.FLEX_ATTENTION: AttentionRow(
        "flex_attention",
        "PyTorch's flex_attention: compiles its kernel on the first run.",
        "flex_attention",
    ),
    Attention.GGML: AttentionRow(
        "ggml: plain",
        "llama.cpp's separate matrix products: writes the whole score matrix to memory.",
        "ggml",
        engines=(Engine.LLAMA_CPP,),
    ),
    Attention.GGML_FLASH: AttentionRow(
        "ggml: flash",
        "llama.cpp's fused FlashAttention kernel: tiles the scores.",
        "ggml_flash",
        engines=(Engine.LLAMA_CPP,),
    ),
    Attention.OWN: AttentionRow(
        "the engine's own",
        "What the engine chooses by itself; it is no lever there.",
        "own",
        engines=(Engine.OPENAI, Engine.OPENVINO),
    ),
}


def support(attention: Attention, environment: Environment, device: Device) -> Support:
    """Whether that backend can run on that device."""
    row = ATTENTIONS[attention]
    if attention is Attention.FLEX_ATTENTION:
        return needs_compiler(device)
    if row.cuda_only or device.kind == "cuda":
        on_gpu = needs_cuda(device, row.capability)
        if not on_gpu.usable:
            return on_gpu
    if row.package:
        return needs_package(environment, row.package, f"pip install {row.package}")
    return USABLE


def support_dtype(attention: Attention, dtype: ComputeDtype, device: Device) -> Support:
    """Whether that backend takes activations of that type."""
    row = ATTENTIONS[attention]
    on_gpu = row.cuda_only or device.kind == "cuda"
    if dtype is ComputeDtype.FLOAT32 and on_gpu and not row.takes_fp32:
        return Support(f"{row.label} computes in 16 bits only; choose bf16 or fp16.")
    return USABLE


def support_mask(attention: Attention, device: Device, why: str) -> Support:
    """Whether that backend takes a mask, which `why` makes necessary."""
    row = ATTENTIONS[attention]
    if device.kind == "cuda" and not row.takes_mask:
        return Support(f"{row.label} takes no mask, which {why} needs.")
    return USABLE
