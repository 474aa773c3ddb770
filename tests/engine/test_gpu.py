"""The engine on a CUDA device: the same promises as on a CPU, kept by other means."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.analysis.effective import effective_differences
from core.engine.cancellation import Cancellation
from core.engine.device import CudaDevice, timed
from core.engine.generate import Generation
from core.engine.loader import load
from core.engine.memory import memory_pass
from core.engine.weights import quantised_modules, weight_bytes_by_dtype
from core.errors import FailureKind
from core.jobs.local_executor import LocalExecutor
from core.jobs.protocol import Progress
from core.results.types import RunFailure, RunResult
from core.variants.engine import Engine
from core.variants.engine_support import choices_of
from core.variants.environment import read_environment
from core.variants.precision import PRECISIONS, Precision, support
from core.variants.request import build_spec, problems
from core.variants.spec import VariantSpec, Workload
from tests.carrying import run

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(600)]
ENVIRONMENT = read_environment()
GPU = ENVIRONMENT.device("cuda:0")
PRECISIONS_HERE = [
    p
    for p in map(Precision, choices_of(Engine.TRANSFORMERS, "precision"))
    if GPU and support(p, ENVIRONMENT, GPU).usable
]
LEVERS = [
    {"attention": "sdpa_math"},
    {"attention": "sdpa_flash"},
    {"attention": "sdpa_efficient"},
    {"attention": "sdpa_cudnn"},
    {"attention": "flex_attention"},
    {"attention": "sdpa_efficient", "batch_size": 3, "shortest_prompt_tokens": 2},
    {"kv_cache": "static"},
    {"kv_cache": "offloaded"},
    {"kv_cache": "quantised_fp8"},
    {"compile": "whole", "compile_mode": "reduce-overhead"},
    {"compile": "whole", "compile_mode": "max-autotune"},
    {"compile": "whole", "compile_backend": "cudagraphs"},
    {"compile": "whole", "compile_backend": "tensorrt"},
    {"compile": "per_block", "compile_mode": "reduce-overhead"},
    {"decoding": "prompt_lookup"},
]


@pytest.fixture
def device() -> CudaDevice:
    return CudaDevice("cuda:0")


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    made = LocalExecutor("cuda:0")
    yield made
    made.close()


def ignore(_: Progress) -> None:
    """For runs whose progress is of no interest."""


def generation(folder: Path, device: CudaDevice, **variant: object) -> Generation:
    spec = build_spec({"model": str(folder), "device": "cuda:0", **variant})
    loaded = load(spec.variant, folder, device)
    return Generation(loaded, Workload(max_new_tokens=16), device, Cancellation())


@pytest.mark.parametrize("precision", PRECISIONS_HERE)
def test_weights_are_on_the_device_in_the_asked_precision(
    prepared_model: Path, device: CudaDevice, precision: Precision
) -> None:
    variant = VariantSpec(model=str(prepared_model), precision=precision, device="cuda:0")
    model = load(variant, prepared_model, device).model
    assert {parameter.device.type for parameter in model.parameters()} == {"cuda"}
    assert bool(quantised_modules(model)) is PRECISIONS[precision].quantised
    assert PRECISIONS[precision].computes[0] in weight_bytes_by_dtype(model)


def test_events_and_the_host_clock_tell_the_same_time(
    prepared_model: Path, device: CudaDevice
) -> None:
    once = generation(prepared_model, device)
    for _ in range(3):
        once.headline()
    stamps, _ = once.step()
    seconds, _ = timed(device, once.run)
    assert len(stamps) == 16
    assert list(stamps) == sorted(stamps)
    assert stamps[-1] == pytest.approx(seconds, rel=0.5)


def test_memory_is_the_allocators_and_its_parts_add_up(
    prepared_model: Path, device: CudaDevice
) -> None:
    memory = memory_pass(generation(prepared_model, device, precision="fp16"), 0).memory
    assert memory.weights_bytes is not None
    assert memory.weights_bytes == pytest.approx(269e6, rel=0.02)
    parts = (memory.weights_bytes, memory.kv_cache_bytes, memory.rest_bytes)
    assert sum(part or 0 for part in parts) == memory.peak_bytes == memory.reserved_bytes
    assert memory.rest_bytes is not None
    assert memory.rest_bytes > 0


@pytest.mark.parametrize("compile_mode", ["off", "whole", "per_block"])
def test_a_whole_run_through_the_worker(
    prepared_model: Path, executor: LocalExecutor, compile_mode: str
) -> None:
    spec = build_spec(
        {
            "model": str(prepared_model),
            "device": "cuda:0",
            "precision": "fp16",
            "compile": compile_mode,
            "max_new_tokens": 16,
        }
    )
    result = run(executor, "run-1", spec, ignore)
    assert isinstance(result, RunResult), result
    assert result.effective.device.startswith("cuda")
    assert result.effective.recompiles_while_timed == 0
    assert (result.effective.compiled_graphs > 0) is (compile_mode != "off")
    assert result.quality is not None
    assert result.quality.perplexity_ratio == pytest.approx(1.0, abs=0.05)
    assert result.environment.after.power_w is not None
    assert len(result.samples.clock_mhz) == 2
    assert result.times.first_s is not None
    assert result.energy is not None, result.energy_missing
    assert result.energy.window_s >= 1
    assert 0.01 < result.energy.joules / result.energy.tokens < 100


@pytest.mark.parametrize("precision", PRECISIONS_HERE)
@pytest.mark.usefixtures("bundled_model")
def test_random_weights_run_in_each_precision(executor: LocalExecutor, precision: str) -> None:
    values = {"model": "gpt2", "weights": "random", "device": "cuda:0", "precision": precision}
    result = run(executor, "run-1", build_spec({**values, "max_new_tokens": 8}), ignore)
    assert isinstance(result, RunResult), result
    assert result.effective.weights == "random"
    assert (result.quality, result.output.text) == (None, "")


@pytest.mark.parametrize("levers", LEVERS, ids=lambda levers: "-".join(map(str, levers.values())))
def test_a_lever_that_is_offered_on_a_gpu_runs_as_it_was_asked(
    prepared_model: Path, executor: LocalExecutor, levers: dict[str, object]
) -> None:
    values = {"model": str(prepared_model), "device": "cuda:0", "precision": "bf16"}
    spec = build_spec({**values, "max_new_tokens": 8, "quality": False, **levers})
    refused = problems(spec, ENVIRONMENT)
    if refused:
        pytest.skip(refused[0].reason)
    result = run(executor, "run-1", spec, ignore)
    assert isinstance(result, RunResult), result
    assert effective_differences(result) == ()
    assert result.effective.recompiles_while_timed == 0


def test_out_of_memory_leaves_the_next_run_working(
    prepared_model: Path, executor: LocalExecutor
) -> None:
    values = {"model": str(prepared_model), "device": "cuda:0", "quality": False}
    greedy = build_spec({**values, "batch_size": 4096, "max_new_tokens": 8000})
    failure = run(executor, "run-1", greedy, ignore)
    assert isinstance(failure, RunFailure)
    assert failure.kind is FailureKind.OUT_OF_MEMORY
    assert isinstance(run(executor, "run-2", build_spec(values), ignore), RunResult)


@pytest.mark.parametrize("compile_mode", ["off", "whole"])
def test_quality_and_an_own_task_compile_nothing(
    prepared_model: Path, executor: LocalExecutor, compile_mode: str
) -> None:
    values = {"model": str(prepared_model), "device": "cuda:0", "compile": compile_mode}
    task = "prompt,expected\nThe capital of France is,Paris\n2 4 6 8 10,12"
    result = run(executor, "run-1", build_spec({**values, "task": task}), ignore)
    assert isinstance(result, RunResult), result
    assert result.quality is not None
    assert result.quality.mean_kl_nats == 0.0
    assert result.task is not None
    assert result.task.answers[0].correct
    again = run(executor, "run-2", build_spec({**values, "task": task}), ignore)
    assert isinstance(again, RunResult), again
    assert again.effective.recompiles_while_timed == 0
    assert again.quality is not None
    assert again.quality.from_cache
