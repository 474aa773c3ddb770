"""From what a person typed to a spec, or to an error that names field, value and valid values."""

from pathlib import Path

import pytest

from core.errors import RequestError
from core.variants import request
from core.variants.environment import Device, Environment
from core.variants.request import FIELDS, build_spec, flat_values, problems, valid_values
from core.variants.spec import DEFAULT_PROMPT, RunSpec
from tests.samples import a_cpu, a_gpu, an_environment

FREE_TEXTS = ["prompt", "stop_strings", "time_limit_s", "draft_model", "task"]


def refused(**values: object) -> RequestError:
    with pytest.raises(RequestError) as caught:
        build_spec(values)
    return caught.value


def fields_of(spec: RunSpec, environment: Environment) -> list[str]:
    return [problem.field for problem in problems(spec, environment)]


def test_defaults_make_a_spec_that_runs() -> None:
    spec = build_spec({})
    assert spec.workload.prompt == DEFAULT_PROMPT
    assert problems(spec, an_environment(a_cpu())) == ()


@pytest.mark.parametrize(
    ("field", "value", "valid"),
    [
        ("precision", "fp8", "nf4"),
        ("attention", "owner/kernel", "sdpa"),
        ("kv_cache", "maybe", "off"),
        ("batch_size", 0, "from 1 to"),
        ("batch_size", 10**9, "from 1 to"),
        ("max_new_tokens", -5, "from 1 to"),
        ("max_new_tokens", 1.5, "from 1 to"),
        ("repeats", "many", "from 1 to"),
        ("device", "tpu", "cpu"),
        ("model", "gpt-17", "smollm2-135m"),
        ("weights", "imagined", "random"),
        ("revision", "../../etc", "a commit"),
    ],
)
def test_a_bad_value_names_its_field_and_the_valid_values(
    field: str, value: object, valid: str
) -> None:
    error = refused(**{field: value})
    assert error.field == field
    assert str(value)[:20] in str(error)
    assert valid in str(error)


def test_an_unknown_field_lists_the_known_ones() -> None:
    assert refused(colour="red").valid == tuple(FIELDS)


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t"])
def test_an_empty_prompt_is_refused(prompt: str) -> None:
    error = refused(prompt=prompt)
    assert error.field == "prompt"
    assert "empty" in error.reason


def test_a_prompt_and_synthetic_tokens_exclude_each_other() -> None:
    assert "not both" in refused(prompt="x", prompt_tokens=5).reason


def test_a_prompt_that_is_no_text_is_refused() -> None:
    assert refused(prompt="\ud800").field == "prompt"


def test_flat_values_are_the_inverse() -> None:
    spec = build_spec({"precision": "nf4", "prompt_tokens": 7, "kv_cache": "off"})
    assert build_spec(flat_values(spec)) == spec


def test_equal_specs_have_equal_ids_and_each_field_counts() -> None:
    assert build_spec({}).id == build_spec({"precision": "fp32"}).id
    ids = {build_spec(changed).id for changed in ({}, {"seed": 1}, {"precision": "nf4"})}
    assert len(ids) == 3


def test_every_closed_field_tells_its_values() -> None:
    assert [field for field in FIELDS if not valid_values(field)] == ["prompt", "task"]


def test_an_unknown_device_lists_those_that_are_here() -> None:
    (problem,) = problems(build_spec({"device": "cuda:3"}), an_environment(a_gpu(), a_cpu()))
    assert (problem.field, problem.valid) == ("device", ("cuda:0", "cpu"))


def test_a_missing_package_names_the_command_that_installs_it() -> None:
    bare = an_environment(a_cpu(), packages=("torch", "transformers"))
    (problem,) = problems(build_spec({"precision": "nf4"}), bare)
    assert problem.field == "precision"
    assert "pip install bitsandbytes" in problem.reason


def test_flash_attention_needs_a_gpu_its_package_and_16_bits() -> None:
    flash: dict[str, object] = {"attention": "flash_attention_2", "precision": "bf16"}
    on_cpu = an_environment(a_cpu(), packages=("flash-attn",))
    assert fields_of(build_spec(flash), on_cpu) == ["attention"]
    on_gpu = an_environment(a_gpu(), packages=("flash-attn",))
    flash["device"] = "cuda:0"
    assert fields_of(build_spec(flash), on_gpu) == []
    assert fields_of(build_spec({**flash, "precision": "fp32"}), on_gpu) == ["attention"]
    assert fields_of(build_spec(flash), an_environment(a_gpu())) == ["attention"]


@pytest.mark.parametrize(
    "masked",
    [
        {"decoding": "prompt_lookup"},
        {"compile": "whole", "kv_cache": "off"},
        {"kv_cache": "static"},
        {"batch_size": 2, "shortest_prompt_tokens": 3},
    ],
)
def test_flash_kernels_take_no_mask_on_a_gpu(masked: dict[str, object]) -> None:
    both = an_environment(a_gpu(), a_cpu())
    flash = {"attention": "sdpa_flash", "precision": "bf16", "prompt_tokens": 9}
    assert fields_of(build_spec({**flash, "device": "cuda:0"}), both) == []
    assert fields_of(build_spec({**flash, **masked, "device": "cuda:0"}), both) == ["attention"]
    assert fields_of(build_spec({**flash, **masked, "device": "cpu"}), both) == []


def test_stop_strings_and_guessed_tokens_exclude_each_other() -> None:
    here = an_environment(a_cpu())
    stopped = {"stop": "natural", "stop_strings": (" dog",)}
    assert fields_of(build_spec(stopped), here) == []
    (problem,) = problems(build_spec({**stopped, "decoding": "prompt_lookup"}), here)
    assert problem.field == "decoding"
    assert "stop string" in problem.reason


def test_bf16_needs_a_gpu_that_has_it() -> None:
    old = an_environment(a_gpu(capability=7.5))
    spec = build_spec({"precision": "bf16", "device": "cuda:0"})
    assert fields_of(spec, old) == ["precision"]


def test_compiling_needs_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = problems(build_spec({"compile": "whole"}), an_environment(a_cpu()))
    assert [problem.field for problem in found] == ["compile"]
    assert "g++" in found[0].reason


def test_flex_attention_and_a_compiled_forward_pass_exclude_each_other() -> None:
    here = an_environment(a_cpu())
    together = {"attention": "flex_attention", "compile": "whole", "kv_cache": "off"}
    assert fields_of(build_spec(together), here) == ["compile"]
    assert fields_of(build_spec({"attention": "flex_attention"}), here) == []


@pytest.mark.usefixtures("bundled_model")
def test_a_prompt_is_counted_in_tokens_against_the_context() -> None:
    here = an_environment(a_cpu())
    assert problems(build_spec({"prompt": "word " * 8000}), here) == ()
    (problem,) = problems(build_spec({"prompt": "word " * 8300}), here)
    assert problem.field == "prompt"
    assert "8192" in problem.reason


def test_output_beyond_the_context_tells_how_much_room_there_is() -> None:
    spec = build_spec({"prompt_tokens": 8000, "max_new_tokens": 500})
    (problem,) = problems(spec, an_environment(a_cpu()))
    assert (problem.field, problem.valid) == ("max_new_tokens", ("whole numbers from 1 to 192",))


def test_a_model_folder_that_went_bad_is_a_problem_and_no_crash(
    tiny_model_folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    copy.symlink_to(tiny_model_folder)
    spec = build_spec({"model": str(copy)})
    assert spec.variant.model == str(tiny_model_folder)
    gone = spec.model_copy(
        update={"variant": spec.variant.model_copy(update={"model": str(tmp_path / "gone")})}
    )
    assert fields_of(gone, an_environment(a_cpu())) == ["model"]


def test_long_values_are_shortened_in_messages() -> None:
    message = str(RequestError("prompt", "x" * 5000, "it is too long."))
    assert len(message) < 200
    assert "5002 characters" in message


def test_bounds_of_numbers() -> None:
    assert request.bounds("batch_size") == (1, 4096)
    assert request.bounds("prompt") == (None, None)


def test_environment_knows_its_default_device() -> None:
    gpu, cpu = a_gpu(), a_cpu()
    assert an_environment(gpu, cpu).default_device == "cuda:0"
    assert an_environment(cpu).default_device == "cpu"
    assert isinstance(an_environment(cpu).device("cpu"), Device)
