"""A worker's service over an engine that counts: results, faults, and what it holds."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.engine.adapters.asking import Inquiry
from core.engine.adapters.shelf import Shelf
from core.engine.divergence import NoQuality
from core.errors import FailureKind, LoadFailed, RequestError
from core.jobs.protocol import DropCommand, Failed
from core.results.measured import Phase
from core.variants.request import build_spec
from tests.engine.adapters.fake_engine import VOCABULARY, CountingEngine
from tests.engine.adapters.serving import Served

ROOT = Path(__file__).resolve().parents[3]


def test_a_run_goes_through_the_same_phases_to_the_same_record(served: Served) -> None:
    result = served.result(batch_size=2)
    assert served.phases() == ["loading", "warming_up", "measuring", "memory", "done"]
    assert result.output.token_ids == (0, 1, 2, 3)
    assert result.samples.e2e_tokens == (8,) * 5
    assert all(len(times) == 4 for times in result.samples.token_s)
    assert result.times.first_s == result.samples.warmup_s[0]
    assert result.quality_missing == "not asked for"


def test_memory_is_the_process_with_the_parts_that_the_engine_tells(served: Served) -> None:
    memory = served.result().memory
    assert memory.weights_bytes == 1000
    assert memory.peak_bytes is not None
    parts = (memory.weights_bytes, memory.runtime_bytes, memory.rest_bytes)
    assert sum(part or 0 for part in parts) == memory.peak_bytes


def test_the_engines_packages_stand_in_the_environment(served: Served) -> None:
    assert served.result().environment.packages == {"counting": "1.0"}


def test_quality_is_against_the_kept_reference_and_is_kept_itself(served: Served) -> None:
    first = served.result(quality=True)
    assert first.quality is not None
    assert (first.quality.tokens, first.quality.perplexity_ratio) == (3, pytest.approx(1.0))
    assert first.quality.perplexity == pytest.approx(VOCABULARY, rel=1e-4)
    assert Phase.QUALITY in served.phases()
    again = served.result("run-2", quality=True)
    assert again.quality is not None
    assert again.quality.from_cache


def test_without_a_reference_quality_says_why(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> Path:
        raise NoQuality("the fp32 reference could not be computed: no room")

    monkeypatch.setattr(Inquiry, "reference", none)
    result = served.result(quality=True)
    assert result.quality is None
    assert result.quality_missing == "the fp32 reference could not be computed: no room"


def test_the_second_run_of_a_variant_finds_it_there(served: Served) -> None:
    served.result()
    again = served.result("run-2")
    assert again.times.was_resident
    assert again.times.first_s is None
    assert len(served.opened) == 1
    assert served.residents()[-1] == 1


def test_another_variant_is_loaded_once_the_first_is_gone(served: Served) -> None:
    served.result()
    served.result("run-2", attention="ggml")
    assert [engine.closed for engine in served.opened] == [1, 0]
    assert served.residents()[-2:] == [1, 1]


OPENVINO = {"engine": "openvino", "precision": "openvino_int8"}


def test_another_cache_is_another_load_of_an_engine_that_loads_for_one(served: Served) -> None:
    served.result(**OPENVINO)
    other = served.result("run-2", **OPENVINO, kv_cache="quantised_u8")
    assert not other.times.was_resident
    assert other.times.first_s is not None
    assert [engine.cache for engine in served.opened] == ["dynamic", "quantised_u8"]
    assert [engine.closed for engine in served.opened] == [1, 0]
    served.service.take(DropCommand(variant_id=other.spec.variant.id))
    assert served.opened[1].closed == 1


def test_another_cache_is_no_load_of_an_engine_that_makes_one_for_each_workload(
    served: Served,
) -> None:
    served.result()
    assert served.result("run-2", kv_cache="q8_0").times.was_resident
    assert len(served.opened) == 1


def test_a_variant_is_dropped_on_demand(served: Served) -> None:
    variant = served.result().spec.variant
    served.service.take(DropCommand(variant_id=variant.id))
    assert served.opened[0].closed == 1
    assert served.residents()[-1] == 0


def test_a_cancelled_run_ends_as_cancelled_and_leaves_nothing(served: Served) -> None:
    served.cancellation.cancel("run-1")
    ended = served.run()
    assert isinstance(ended, Failed)
    assert ended.failure.kind is FailureKind.CANCELLED
    assert served.residents()[-1] == 0
    assert served.result("run-2").run_id == "run-2"


@pytest.mark.parametrize(
    ("error", "kind", "field"),
    [
        (LoadFailed("no such file"), FailureKind.LOAD, None),
        (RequestError("prompt", "x", "too long."), FailureKind.UNSUPPORTED, "prompt"),
        (MemoryError("cannot allocate"), FailureKind.OUT_OF_MEMORY, None),
        (ValueError("a bug"), FailureKind.ERROR, None),
    ],
)
def test_what_the_engine_raises_ends_the_run_and_not_the_worker(
    error: Exception, kind: FailureKind, field: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise error

    served = Served(CountingEngine)
    monkeypatch.setattr(CountingEngine, "load", refuse)
    ended = served.run()
    assert isinstance(ended, Failed)
    assert (ended.failure.kind, ended.failure.field) == (kind, field)
    assert ended.failure.phase is Phase.LOADING
    assert served.opened[0].closed == 1


def test_a_shelf_frees_before_it_loads() -> None:
    order: list[str] = []

    class Noted(CountingEngine):
        def load(self, tell: Callable[[str], None]) -> None:
            order.append(f"load {self.variant.attention}")
            super().load(tell)

        def close(self) -> None:
            order.append(f"free {self.variant.attention}")

    shelf = Shelf(Noted, lambda: None)
    first, second = (build_spec({"engine": "llama.cpp", "attention": attention})
                     for attention in ("ggml", "ggml_flash"))  # fmt: skip
    shelf.take(first, lambda _: None)
    shelf.take(second, lambda _: None)
    assert order == ["load ggml", "free ggml", "load ggml_flash"]


def test_the_service_of_an_engine_needs_neither_torch_nor_its_kin() -> None:
    blocked = "torch", "transformers", "streamlit", "accelerate", "bitsandbytes", "sqlalchemy"
    script = f"""
import sys
for name in {blocked!r}:
    sys.modules[name] = None
import core.engine.worker, core.engine.adapters.service
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
