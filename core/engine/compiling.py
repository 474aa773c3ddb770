"""torch.compile: what is compiled, and what dynamo's own counters say of it."""

import contextlib
import functools
import gc
import warnings
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch._dynamo.guards import CheckFunctionManager
from torch._dynamo.utils import clear_compilation_metrics, counters
from torch._inductor.utils import clear_caches

from core.errors import LoadFailed
from core.variants.compilation import Compilation, CompileBackend, CompileMode
from core.variants.spec import VariantSpec

MOST_RECOMPILES = 64
COMPILED = "_has_compiled_forward"


@dataclass(frozen=True)
class CompileCounts:
    """Counts since the process began. `disk_hits` are kernels found in Inductor's disk cache,
    which makes a compile look cheaper than a first one is.
    """

    graphs: int
    breaks: int
    disk_hits: int

    def plus(self, more: "CompileCounts") -> "CompileCounts":
        """Both added up."""
        return CompileCounts(
            self.graphs + more.graphs,
            self.breaks + more.breaks,
            self.disk_hits + more.disk_hits,
        )

    def since(self, earlier: "CompileCounts") -> "CompileCounts":
        """What has been added since."""
        return CompileCounts(
            self.graphs - earlier.graphs,
            self.breaks - earlier.breaks,
            self.disk_hits - earlier.disk_hits,
        )


def compile_counts() -> CompileCounts:
    """Graphs compiled (recompiles included) and graph breaks so far."""
    return CompileCounts(
        graphs=counters["stats"]["unique_graphs"],
        breaks=sum(counters["graph_break"].values()),
        disk_hits=counters["inductor"]["fxgraph_cache_hit"],
    )


def never_fall_back_silently() -> None:
    """Past its recompile limit dynamo runs eager code with only a log line; make it raise."""
    torch._dynamo.config.recompile_limit = MOST_RECOMPILES
    torch._dynamo.config.fail_on_recompile_limit_hit = True


@contextlib.contextmanager
def uncompiled() -> Iterator[None]:
    """Nothing compiles within, and compiled modules run their plain code."""
    with torch.compiler.set_stance("force_eager"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "flex_attention called without torch.compile")
        yield


def compile_model(model: Any, variant: VariantSpec) -> None:
    """Compile what the variant asks for, in place; nothing is compiled before the first run.

    Raises LoadFailed where the model has no blocks to compile one by one.
    """
    if variant.compile_backend is CompileBackend.TENSORRT:
        import torch_tensorrt  # noqa: F401  registers the backend
    if variant.compile is Compilation.WHOLE:
        plain = model.forward
        # generate() reads the signature to learn what forward takes.
        _install(model, functools.wraps(plain)(_optimised(_own_code(plain), variant)))
    elif variant.compile is Compilation.PER_BLOCK:
        _compile_blocks(model, variant)


def _compile_blocks(model: Any, variant: VariantSpec) -> None:
    """Compile each block's parts but attention, whose layer index and cache would make a graph
    for each layer. Parts of one class share one compiled function, hence its graphs.
    """
    parts = list(_parts_without_attention(model))
    if not parts:
        raise LoadFailed("The model has no list of blocks whose parts could be compiled.")
    compiled: dict[type, Callable[..., Any]] = {}
    for part in parts:
        kind = type(part)
        if kind not in compiled:
            compiled[kind] = _optimised(_own_code(kind.forward), variant)
        _install(part, functools.partial(compiled[kind], part))


def forget_compiled() -> None:
    """Free all graphs and their guards. Dynamo itself holds the guards of graphs that are gone for
    as long as what they looked at lives, such as the model's class: megabytes for each load.
    """
    torch._dynamo.reset()
    clear_caches()
    clear_compilation_metrics()
    for found in gc.get_objects():
        if type(found) is weakref.finalize and _waits_for_a_guard(found):
            found.detach()


def _waits_for_a_guard(finalizer: "weakref.finalize[..., Any]") -> bool:
    held = finalizer.peek()
    call = held[1] if held else None
    owner = getattr(call.func, "__self__", None) if isinstance(call, functools.partial) else None
    return isinstance(owner, CheckFunctionManager)


def compiled_parts(model: Any) -> int:
    """How many modules have a compiled forward pass."""
    return sum(COMPILED in module.__dict__ for module in model.modules())


def _install(module: Any, forward: Callable[..., Any]) -> None:
    module.forward = forward
    setattr(module, COMPILED, True)


def _parts_without_attention(model: Any) -> Iterator[Any]:
    """The model's own classes among the blocks' parts; dynamo leaves torch's alone."""
    lists = (m for m in model.modules() if isinstance(m, torch.nn.ModuleList))
    blocks = max(lists, key=len, default=())
    for block in blocks:
        for name, part in block.named_children():
            attends = "attn" in name or "attention" in name.removeprefix("post_attention")
            if not attends and not type(part).__module__.startswith("torch."):
                yield part


def _optimised(function: Callable[..., Any], variant: VariantSpec) -> Callable[..., Any]:
    mode = None if variant.compile_mode is CompileMode.DEFAULT else variant.compile_mode.value
    optimised: Callable[..., Any] = torch.compile(
        function, backend=variant.compile_backend.value, mode=mode
    )
    return optimised


def _own_code(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with a code object of its own. Dynamo keeps graphs by code object, so variants
    would share graphs that their guards cannot tell apart, such as those of two sdpa kernels.
    """

    def forward(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    forward.__code__ = forward.__code__.replace()
    return forward
