"""torch.compile: what of the model is compiled, by which backend, and how hard it tries."""

from dataclasses import dataclass
from enum import StrEnum

from core.variants.choice import Choice
from core.variants.environment import Device, Environment
from core.variants.support import USABLE, Support, needs_compiler, needs_cuda, needs_package


class Compilation(StrEnum):
    """How much of the model is compiled."""

    OFF = "off"
    WHOLE = "whole"
    PER_BLOCK = "per_block"


class CompileBackend(StrEnum):
    """What turns the traced graph into something faster."""

    INDUCTOR = "inductor"
    CUDAGRAPHS = "cudagraphs"
    TENSORRT = "tensorrt"


class CompileMode(StrEnum):
    """How hard Inductor tries."""

    DEFAULT = "default"
    REDUCE_OVERHEAD = "reduce-overhead"
    MAX_AUTOTUNE = "max-autotune"


@dataclass(frozen=True)
class BackendRow:
    """A backend; `modes` are those that it knows."""

    label: str
    summary: str
    modes: tuple[CompileMode, ...] = (CompileMode.DEFAULT,)


COMPILATIONS: dict[Compilation, Choice] = {
    Compilation.OFF: Choice("off", "Runs the model's Python code as it is."),
    Compilation.WHOLE: Choice(
        "whole forward",
        "Compiles the whole forward pass: the first run of each shape takes long, often a minute.",
    ),
    Compilation.PER_BLOCK: Choice(
        "per block",
        "Compiles each block's feed-forward part and norms once for all blocks: compile time does "
        "not grow with depth; attention and the cache stay as they are.",
    ),
}
BACKENDS: dict[CompileBackend, BackendRow] = {
    CompileBackend.INDUCTOR: BackendRow(
        "inductor", "PyTorch's own: fuses kernels and generates code.", (*CompileMode,)
    ),
    CompileBackend.CUDAGRAPHS: BackendRow(
        "cudagraphs", "Records the kernels as they are and replays them as one launch."
    ),
    CompileBackend.TENSORRT: BackendRow(
        "tensorrt", "NVIDIA TensorRT through torch-tensorrt: builds an engine for this GPU."
    ),
}
MODES: dict[CompileMode, Choice] = {
    CompileMode.DEFAULT: Choice("default", "Fuses kernels; no search."),
    CompileMode.REDUCE_OVERHEAD: Choice(
        "reduce-overhead", "Also records CUDA graphs, so that launches cost next to nothing."
    ),
    CompileMode.MAX_AUTOTUNE: Choice(
        "max-autotune", "Also times several kernels for each matrix product: compiles longest."
    ),
}


def support(compilation: Compilation, device: Device) -> Support:
    """Whether so much can be compiled on that device."""
    return USABLE if compilation is Compilation.OFF else needs_compiler(device)


def support_backend(backend: CompileBackend, environment: Environment, device: Device) -> Support:
    """Whether that backend can run on that device."""
    if backend is CompileBackend.INDUCTOR:
        return USABLE
    on_gpu = needs_cuda(device)
    if not on_gpu.usable or backend is CompileBackend.CUDAGRAPHS:
        return on_gpu
    return needs_package(environment, "torch-tensorrt", "pip install torch-tensorrt")


def support_mode(mode: CompileMode, backend: CompileBackend, device: Device) -> Support:
    """Whether that mode is one of the backend's, and does something on that device."""
    if mode not in BACKENDS[backend].modes:
        return Support(f"{backend} has no modes; choose default.")
    if device.kind == "cuda" or mode is CompileMode.DEFAULT:
        return USABLE
    if mode is CompileMode.REDUCE_OVERHEAD:
        return Support("It records CUDA graphs, and this device is a CPU: nothing would change.")
    return USABLE
