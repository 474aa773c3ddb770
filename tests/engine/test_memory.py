"""Memory parts of a tiny real model, against what its sizes say."""

from pathlib import Path

from core.engine.cancellation import Cancellation
from core.engine.device import CpuDevice
from core.engine.generate import Generation
from core.engine.loader import load
from core.engine.memory import memory_pass
from core.variants.models import find_model, shape_of
from core.variants.spec import VariantSpec, Workload


def test_the_parts_add_up_to_the_peak_and_the_cache_has_its_formula(
    tiny_model_folder: Path,
) -> None:
    device = CpuDevice()
    loaded = load(VariantSpec(model=str(tiny_model_folder)), tiny_model_folder, device)
    workload = Workload(batch_size=2, max_new_tokens=9)
    once = Generation(loaded, workload, device, Cancellation())
    done = memory_pass(once, others_bytes=1000, activation_bytes=5000)
    memory = done.memory
    shape = shape_of(find_model(str(tiny_model_folder)))
    assert shape is not None
    # The last token is never fed back, so the cache holds one token less than the text.
    length = once.inputs.prompt_tokens + 9 - 1
    assert memory.kv_cache_bytes == shape.kv_bytes(2, length, 4)
    assert done.cache.get_seq_length() == length
    assert memory.activation_bytes == 5000
    parts = (
        memory.weights_bytes,
        memory.kv_cache_bytes,
        memory.activation_bytes,
        memory.runtime_bytes,
        memory.rest_bytes,
    )
    assert sum(part or 0 for part in parts) == memory.peak_bytes
    assert memory.peak_bytes is not None
    assert memory.peak_bytes > device.runtime_bytes - 1000
