"""Per-block compilation of the bundled model: few graphs, no recompile once a shape is warm."""

import gc
from pathlib import Path

import pytest
from torch._dynamo.guards import CheckFunctionManager
from torch._dynamo.utils import counters

from core.engine.cancellation import Cancellation
from core.engine.compiling import (
    compile_counts,
    compile_model,
    compiled_parts,
    forget_compiled,
    never_fall_back_silently,
)
from core.engine.device import CpuDevice
from core.engine.generate import Generation
from core.engine.loader import Loaded, load
from core.errors import LoadFailed
from core.variants.compilation import Compilation, CompileMode
from core.variants.kv_cache import KVCache
from core.variants.spec import VariantSpec, Workload

# The compiler itself uses what its own library has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SHAPES = (
    Workload(max_new_tokens=4),
    Workload(max_new_tokens=4, batch_size=3, prompt_tokens=20, shortest_prompt_tokens=5),
    Workload(max_new_tokens=4, kv_cache=KVCache.OFF),
    Workload(max_new_tokens=4, kv_cache=KVCache.STATIC, prompt_tokens=33),
)


@pytest.fixture(scope="module")
def compiled(tiny_model_folder: Path) -> Loaded:
    never_fall_back_silently()
    variant = VariantSpec(model=str(tiny_model_folder), compile=Compilation.PER_BLOCK)
    return load(variant, tiny_model_folder, CpuDevice())


@pytest.mark.slow
def test_no_shape_compiles_again_once_it_has_run(compiled: Loaded, tiny_model_folder: Path) -> None:
    device = CpuDevice()
    plain = load(VariantSpec(model=str(tiny_model_folder)), tiny_model_folder, device)
    for workload in SHAPES:
        once = Generation(compiled, workload, device, Cancellation())
        first = once.run()
        warm = compile_counts()
        assert once.run().tolist() == first.tolist()
        assert compile_counts().since(warm).graphs == 0
        assert (
            once.run().tolist()
            == Generation(plain, workload, device, Cancellation()).run().tolist()
        )
    assert compile_counts().since(compiled.counts_before).breaks == 0


@pytest.mark.slow
def test_each_blocks_own_parts_are_compiled_and_attention_is_not(compiled: Loaded) -> None:
    blocks = compiled.model.config.num_hidden_layers
    assert compiled_parts(compiled.model) == 3 * blocks  # feed-forward and two norms
    attention = compiled.model.model.layers[0].self_attn
    assert "forward" not in vars(attention)


def test_a_model_without_blocks_is_refused(tiny_model_folder: Path) -> None:
    variant = VariantSpec(model=str(tiny_model_folder), compile=Compilation.PER_BLOCK)
    model = load(VariantSpec(model=str(tiny_model_folder)), tiny_model_folder, CpuDevice()).model
    with pytest.raises(LoadFailed, match="no list of blocks"):
        compile_model(model.lm_head, variant)


@pytest.mark.slow
def test_on_a_cpu_no_cuda_graph_is_recorded_whatever_the_mode(tiny_model_folder: Path) -> None:
    variant = VariantSpec(
        model=str(tiny_model_folder),
        compile=Compilation.PER_BLOCK,
        compile_mode=CompileMode.REDUCE_OVERHEAD,
    )
    loaded = load(variant, tiny_model_folder, CpuDevice())
    skipped = counters["inductor"]["cudagraph_skips"]
    Generation(loaded, Workload(max_new_tokens=3), CpuDevice(), Cancellation()).run()
    graphs = compile_counts().since(loaded.counts_before).graphs
    assert graphs > 0
    assert counters["inductor"]["cudagraph_skips"] - skipped == graphs


@pytest.mark.slow
def test_nothing_of_a_freed_graph_stays(tiny_model_folder: Path) -> None:
    variant = VariantSpec(model=str(tiny_model_folder), compile=Compilation.PER_BLOCK)
    loaded = load(variant, tiny_model_folder, CpuDevice())
    Generation(loaded, Workload(max_new_tokens=2), CpuDevice(), Cancellation()).run()
    assert _guards() > 0
    del loaded
    forget_compiled()
    gc.collect()
    assert _guards() == 0


def _guards() -> int:
    return sum(type(found) is CheckFunctionManager for found in gc.get_objects())
