"""Deploy scripts: one for every value of every lever, and some of them run."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.analysis.deciding.deploy import deploy_script
from core.engine.cancellation import Cancellation
from core.engine.device import CpuDevice
from core.engine.generate import Generation
from core.engine.loader import load
from core.home import models_folder
from core.variants.axes import AXES
from core.variants.models import BUNDLED_KEY
from core.variants.spec import RunSpec
from tests.sample_machines import a_run_environment
from tests.samples import a_result, a_spec

NEEDS: dict[tuple[str, str], dict[str, object]] = {
    ("decoding", "speculative"): {"draft_model": BUNDLED_KEY},
    ("compile_backend", "tensorrt"): {"compile": "whole"},
}
BESIDE: dict[str, dict[str, object]] = {"compile_mode": {"compile": "whole"}}


def values_of_levers() -> Iterator[dict[str, object]]:
    for field, axis in AXES.items():
        for value in map(str, axis.rows):
            more = {**BESIDE.get(field, {}), **NEEDS.get((field, value), {})}
            yield {field: value, **more}
    yield {"prompt_tokens": 64, "batch_size": 3, "shortest_prompt_tokens": 2}
    yield {"stop": "natural", "stop_strings": ["\n", 'a"b'], "time_limit_s": 2.5}
    yield {"max_length": 64, "no_repeat_ngram_size": 2, "device": "cuda:1"}
    for engine in ("llama.cpp", "openvino"):
        yield {"engine": engine, "prompt_tokens": 64, "batch_size": 3, "shortest_prompt_tokens": 2}
        natural = {"stop": "natural", "stop_strings": ["\n"], "time_limit_s": 2.5}
        yield {"engine": engine, **natural, "max_length": 64}


@pytest.mark.parametrize("values", list(values_of_levers()), ids=str)
def test_each_value_of_each_lever_has_a_script_that_compiles(values: dict[str, object]) -> None:
    script = deploy_script(a_result(spec=a_spec(**values)))
    compile(script, "deploy.py", "exec")
    assert "core." not in script.replace("core.engine.bundled", "")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"precision": "nf4_double"}, "bnb_4bit_use_double_quant=True"),
        ({"precision": "int8_threshold_0"}, "llm_int8_threshold=0.0"),
        ({"precision": "torchao_int4"}, "Int4WeightOnlyConfig(group_size=64"),
        ({"precision": "nf4", "compute_dtype": "float16"}, "compute_dtype=torch.float16"),
        ({"attention": "sdpa_cudnn"}, "sdpa_kernel(SDPBackend.CUDNN_ATTENTION)"),
        ({"compile": "whole", "compile_mode": "max-autotune"}, 'mode="max-autotune"'),
        ({"compile": "per_block"}, "An approximation"),
        ({"kv_cache": "off"}, "use_cache=False"),
        ({"kv_cache": "quantised_hqq"}, 'QuantizedCache("hqq"'),
        ({"kv_cache": "offloaded"}, "offloading=True"),
        ({"decoding": "prompt_lookup", "draft_tokens": 7}, "prompt_lookup_num_tokens=7"),
        ({"device": "cuda:1"}, 'device_map={"": "cuda:1"}'),
        ({"engine": "llama.cpp", "kv_cache": "q8_0"}, "type_k=llama_cpp.GGML_TYPE_Q8_0"),
        ({"engine": "llama.cpp", "attention": "ggml"}, "flash_attn=False"),
        ({"engine": "llama.cpp", "batch_size": 4}, "llama-server --parallel 4"),
        ({"engine": "llama.cpp", "stop": "natural", "time_limit_s": 2.5}, "perf_counter() + 2.5"),
        ({"engine": "llama.cpp", "stop": "natural", "stop_strings": ["x"]}, "stop=['x']"),
        ({"engine": "llama.cpp"}, "llama_vocab_is_eog"),
        ({"engine": "openvino", "stop": "natural", "stop_strings": ["x"]}, "tokenizer=tokenizer"),
        ({"engine": "openvino", "precision": "openvino_int8"}, "(bits=8, sym=False)"),
        ({"engine": "openvino", "kv_cache": "quantised_u8"}, "'KV_CACHE_PRECISION': 'u8'"),
        ({"engine": "openai", "endpoint": "http://a/v1", "batch_size": 3}, "[PROMPT] * 3"),
        ({"engine": "openai", "endpoint": "http://a/v1"}, "'http://a/v1'"),
        ({"max_length": 64}, "64 - prompt_tokens"),
        ({"weights": "random"}, "Measured with random weights"),
        ({"prompt_tokens": 64}, "64 synthetic tokens"),
        ({"model": "gpt2"}, "607a30d783dfa663caf39e06633721c8d4cfcd7e"),
        ({}, "core.engine.bundled"),
    ],
)
def test_a_script_has_what_the_levers_ask_for(values: dict[str, object], said: str) -> None:
    assert said in deploy_script(a_result(spec=a_spec(**values)))


def test_a_script_names_the_versions_that_the_run_had() -> None:
    packages = {"torch": "2.13.0", "bitsandbytes": "0.50.2"}
    environment = a_run_environment().model_copy(update={"packages": packages})
    script = deploy_script(a_result(spec=a_spec(precision="nf4"), environment=environment))
    assert "pip install torch==2.13.0 transformers accelerate bitsandbytes==0.50.2" in script


SHORT = {"prompt": "Hello there", "max_length": 40, "max_new_tokens": 100_000}  # 9 tokens of it


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"engine": "llama.cpp"}, ("n_ctx=1119,", "min(100000, 40 - len(prompt))")),
        ({"engine": "openvino"}, ("min(100000, 40 - prompt_tokens)",)),
        (
            {"engine": "openai", "endpoint": "http://a/v1"},
            ("max_tokens=31,", '"min_tokens": 31'),
        ),
    ],
    ids=str,
)
def test_prompt_and_output_together_have_no_more_tokens_than_in_the_run(
    values: dict[str, object], said: tuple[str, ...]
) -> None:
    script = deploy_script(a_result(spec=a_spec(**SHORT, **values)))
    assert [words for words in said if words not in script] == []
    assert "=100000" not in script


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ("llama.cpp", ("n_threads=3,", "n_threads_batch=3,")),
        ("openvino", ("'INFERENCE_NUM_THREADS': 3,",)),
    ],
)
def test_a_script_has_as_many_threads_as_the_run(engine: str, said: tuple[str, ...]) -> None:
    result = a_result(spec=a_spec(engine=engine))
    ran = result.effective.model_copy(update={"threads": 3})
    script = deploy_script(result.model_copy(update={"effective": ran}))
    assert [words for words in said if words not in script] == []


@pytest.mark.parametrize(
    ("modules", "size"),
    [
        ({"FullyConnected uint4, groups of 32": 210, "FullyConnected uint8": 1}, 32),
        ({"FullyConnected uint4": 30, "FullyConnected uint4, groups of 128": 180}, 128),
        ({"FullyConnected uint4": 210}, -1),
    ],
)
def test_four_bit_weights_have_the_runs_groups(modules: dict[str, int], size: int) -> None:
    result = a_result(spec=a_spec(engine="openvino", precision="openvino_int4"))
    ran = result.effective.model_copy(update={"quantised_modules": modules})
    script = deploy_script(result.model_copy(update={"effective": ran}))
    assert f"bits=4, sym=False, group_size={size}, ratio=1.0" in script


def engines_text(spec: RunSpec, folder: Path) -> str:
    device = CpuDevice()
    loaded = load(spec.variant, folder, device)
    generation = Generation(loaded, spec.workload, device, Cancellation())
    return generation.describe(generation.run()).text


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Inductor itself
@pytest.mark.parametrize(
    "values",
    [
        {"precision": "fp32", "batch_size": 2},
        {"precision": "nf4", "kv_cache": "static"},
        {"precision": "int8", "attention": "eager", "kv_cache": "off"},
        {"precision": "bf16", "stop": "natural", "stop_strings": ["."], "max_length": 30},
        {"precision": "fp32", "attention": "sdpa_math", "decoding": "prompt_lookup"},
        {"precision": "fp32", "compile": "per_block"},
    ],
    ids=str,
)
def test_a_script_gives_the_runs_text(
    values: dict[str, object], prepared_model: Path, tmp_path: Path
) -> None:
    """The engine's text for the spec is what the script prints for each row."""
    spec = a_spec(**{"max_new_tokens": 12, **values})
    script = deploy_script(a_result(spec=spec)).replace(
        str(models_folder() / BUNDLED_KEY), str(prepared_model)
    )
    file = tmp_path / "deploy.py"
    file.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, file],
        capture_output=True,
        text=True,
        timeout=280,
        cwd=tmp_path,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr
    rows = done.stdout.removesuffix("\n")
    expected = engines_text(spec, prepared_model)
    assert rows == "\n".join([expected] * spec.workload.batch_size)
