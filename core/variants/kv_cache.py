"""Whether and how keys and values of earlier tokens are kept."""

from dataclasses import dataclass
from enum import StrEnum

from core.variants.engine import Engine
from core.variants.environment import Device, Environment
from core.variants.support import USABLE, Support, needs_cuda, needs_package, needs_version


class KVCache(StrEnum):
    """Where keys and values are kept between steps."""

    OFF = "off"
    DYNAMIC = "dynamic"
    STATIC = "static"
    QUANTISED_QUANTO = "quantised_quanto"
    QUANTISED_HQQ = "quantised_hqq"
    QUANTISED_FP8 = "quantised_fp8"
    QUANTISED_U8 = "quantised_u8"
    OFFLOADED = "offloaded"
    F16 = "f16"
    Q8_0 = "q8_0"
    OWN = "own"


@dataclass(frozen=True)
class CacheRow:
    """`bits` of a stored value without scales; None where it has the computing type's.

    `backend` is a quantised cache's name in transformers. Those of a `package` quantise in groups
    once there are NEWEST_IN_FULL new tokens, and keep those in full until then. Only `engines` have
    it.
    """

    label: str
    summary: str
    bits: float | None = None
    backend: str | None = None
    package: str | None = None
    engines: tuple[Engine, ...] = (Engine.TRANSFORMERS,)


NEWEST_IN_FULL = 128
KV_CACHES: dict[KVCache, CacheRow] = {
    KVCache.OFF: CacheRow(
        "off", "Each step computes the whole text again: no cache memory, far more work."
    ),
    KVCache.DYNAMIC: CacheRow(
        "dynamic",
        "Each step reads the stored keys and values and adds one token: grows as it goes.",
        engines=(Engine.TRANSFORMERS, Engine.OPENVINO),
    ),
    KVCache.STATIC: CacheRow(
        "static",
        "Allocated whole before the first token: what a compiled forward pass needs; each step "
        "reads its full length.",
    ),
    KVCache.QUANTISED_QUANTO: CacheRow(
        "quantised: quanto",
        "4-bit keys and values by optimum-quanto; the newest 128 tokens stay in full.",
        4,
        "quanto",
        "optimum-quanto",
    ),
    KVCache.QUANTISED_HQQ: CacheRow(
        "quantised: hqq",
        "4-bit keys and values by HQQ; the newest 128 tokens stay in full.",
        4,
        "hqq",
        "hqq",
    ),
    KVCache.QUANTISED_FP8: CacheRow(
        "quantised: fp8", "8-bit floats with one scale per layer.", 8, "fp8"
    ),
    KVCache.QUANTISED_U8: CacheRow(
        "quantised: u8",
        "OpenVINO's 8-bit integers, with a scale and a zero point for each token's vector.",
        8 + 64 / 64,
        engines=(Engine.OPENVINO,),
    ),
    KVCache.OFFLOADED: CacheRow(
        "offloaded",
        "Kept in the host's memory; each layer's part is copied to the GPU when it is needed.",
    ),
    KVCache.F16: CacheRow(
        "f16",
        "llama.cpp's: 16-bit floats, allocated whole before the first token; each step reads as "
        "far as it is filled.",
        16,
        engines=(Engine.LLAMA_CPP,),
    ),
    KVCache.Q8_0: CacheRow(
        "q8_0",
        "llama.cpp's in 8-bit integers with a scale per 32 values.",
        8 + 16 / 32,
        engines=(Engine.LLAMA_CPP,),
    ),
    KVCache.OWN: CacheRow(
        "the engine's own",
        "What the engine keeps by itself; it is no lever there.",
        engines=(Engine.OPENAI,),
    ),
}


def support(cache: KVCache, environment: Environment, device: Device) -> Support:
    """Whether that cache can work on that device."""
    if cache is KVCache.OFFLOADED:
        return needs_cuda(device)
    if cache is KVCache.QUANTISED_FP8:
        return needs_version(environment, "transformers", "5.21")
    package = KV_CACHES[cache].package
    return needs_package(environment, package, f"pip install {package}") if package else USABLE
