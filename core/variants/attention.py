"""Attention backends. A closed set: an open name would let transformers download a kernel."""

from enum import StrEnum

from core.variants.choice import Choice
from core.variants.environment import Device, Environment
from core.variants.precision import PRECISIONS, Precision
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
    FLASH_ATTENTION_2 = "flash_attention_2"
    FLEX_ATTENTION = "flex_attention"


ATTENTIONS: dict[Attention, Choice] = {
    Attention.EAGER: Choice(
        "eager", "Plain matrix products: writes the whole score matrix to memory."
    ),
    Attention.SDPA: Choice(
        "sdpa", "PyTorch's scaled_dot_product_attention: a fused kernel where there is one."
    ),
    Attention.FLASH_ATTENTION_2: Choice(
        "flash_attention_2", "FlashAttention-2: tiles the scores on chip; 16-bit on a GPU only."
    ),
    Attention.FLEX_ATTENTION: Choice(
        "flex_attention", "PyTorch's flex_attention: compiles its kernel on the first run."
    ),
}


def support(attention: Attention, environment: Environment, device: Device) -> Support:
    """Whether that backend can run on that device."""
    if attention is Attention.FLEX_ATTENTION:
        return needs_compiler(device)
    if attention is not Attention.FLASH_ATTENTION_2:
        return USABLE
    on_gpu = needs_cuda(device, least_capability=8.0)
    if not on_gpu.usable:
        return on_gpu
    return needs_package(environment, "flash-attn", "pip install flash-attn --no-build-isolation")


def support_with(attention: Attention, precision: Precision) -> Support:
    """Whether that backend takes activations of that precision."""
    dtype = PRECISIONS[precision].dtype
    if attention is Attention.FLASH_ATTENTION_2 and dtype == "float32":
        return Support("flash_attention_2 computes in 16 bits only; choose bf16 or fp16.")
    return USABLE
