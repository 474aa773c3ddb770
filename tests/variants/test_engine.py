"""The engine as a lever: ids that stay, what each engine has, and what is refused with a reason."""

from pathlib import Path

import pytest

from core.errors import RequestError
from core.results.identity import levers_of, present_environment_id
from core.variants.axes import AXES, closed_choices, why_not_here
from core.variants.engine import ENGINES, Engine, usual_device
from core.variants.engine_environment import EngineState
from core.variants.environment import Environment
from core.variants.grid import Grid, cells_of
from core.variants.pairing import pair_problems
from core.variants.request import build_spec, problems, relevant
from core.variants.spec import RunSpec, VariantSpec
from tests.model_files import gguf_bytes
from tests.sample_machines import an_environment

WHOLE = EngineState(python="3.11.7", packages={"llama-cpp-python": "0.3.36"})


@pytest.fixture
def here() -> Environment:
    """A machine where llama.cpp is set up and OpenVINO is not whole."""
    engines = {"llama.cpp": WHOLE, "openvino": EngineState(problem="nncf 3.4.0 is missing")}
    return an_environment().model_copy(update={"engines": engines})


def reasons(here: Environment, **values: object) -> dict[str, str]:
    found = problems(build_spec({"device": "cpu", **values}), here)
    return {error.field: error.reason for error in found}


def test_ids_from_before_there_were_engines_stay() -> None:
    assert RunSpec().id == "ff4549a0fe"
    assert VariantSpec().id == "a9060079e5"
    assert build_spec({"precision": "nf4"}).id == "6424939560"
    assert "engine" not in levers_of(RunSpec())


def test_another_engine_is_another_variant() -> None:
    spec = build_spec({"engine": "llama.cpp"})
    assert spec.variant.id != VariantSpec().id
    assert levers_of(spec)["engine"] == "llama.cpp"
    assert RunSpec.model_validate_json(spec.model_dump_json()) == spec


def test_what_is_not_given_is_usual_of_the_engine() -> None:
    spec = build_spec({"engine": "llama.cpp"})
    found = (spec.variant.precision, spec.variant.attention, spec.workload.kv_cache)
    assert found == ("gguf", "ggml_flash", "f16")
    assert VariantSpec(engine=Engine.LLAMA_CPP).precision == "gguf"


@pytest.mark.parametrize("engine", Engine)
def test_a_usual_value_is_that_of_transformers_or_none_of_its_choices(engine: Engine) -> None:
    """Else a command line that leaves out what is usual would mean something else."""
    defaults = build_spec({})
    values = {**dict(defaults.variant), **dict(defaults.workload)}
    for field, usual in ENGINES[engine].usual.items():
        transformers_has = AXES[field].rows[usual].engines  # type: ignore[attr-defined]
        assert usual == values[field] or Engine.TRANSFORMERS not in transformers_has


def test_an_engine_that_is_there_runs_what_it_has(here: Environment) -> None:
    assert reasons(here, engine="llama.cpp") == {}
    assert reasons(here, engine="llama.cpp", attention="ggml", batch_size=256) == {}
    assert reasons(here, engine="llama.cpp", kv_cache="q8_0") == {}


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"precision": "fp32"}, "precision", "Choose gguf"),
        ({"compile": "whole"}, "compile", "torch.compile is for transformers"),
        ({"kv_cache": "dynamic"}, "kv_cache", "the engine is llama.cpp"),
        ({"kv_cache": "q8_0", "attention": "ggml"}, "kv_cache", "flash attention only"),
        ({"batch_size": 257}, "batch_size", "at most 256 rows"),
        ({"decoding": "prompt_lookup"}, "decoding", "greedy"),
        ({"weights": "random"}, "weights", "no random weights"),
        ({"model": "gpt2"}, "model", "none of GPT-2 here"),
        ({"no_repeat_ngram_size": 3}, "no_repeat_ngram_size", "no such rule"),
        ({"endpoint": "http://127.0.0.1:1"}, "endpoint", "asks no server"),
    ],
)
def test_what_an_engine_lacks_is_refused_and_never_ignored(
    here: Environment, values: dict[str, object], field: str, words: str
) -> None:
    assert words in reasons(here, engine="llama.cpp", **values)[field]


def test_choices_of_other_engines_are_refused_too(here: Environment) -> None:
    assert "choice of llama.cpp" in reasons(here, precision="gguf")["precision"]
    assert "choice of llama.cpp" in reasons(here, kv_cache="q8_0")["kv_cache"]


def test_an_engine_that_is_not_there_says_how_to_get_it(here: Environment) -> None:
    nowhere = an_environment()
    assert "make engine llama.cpp" in reasons(nowhere, engine="llama.cpp")["engine"]
    broken = reasons(here, engine="openvino")["engine"]
    assert "nncf 3.4.0 is missing" in broken
    assert "make engine openvino" in broken
    assert "make engine llama.cpp" in str(why_not_here("precision", "gguf", "cpu", nowhere))


def test_the_other_levers_of_the_moment_do_not_close_an_engine(here: Environment) -> None:
    levers = {"device": "cpu", "engine": "transformers", "precision": "nf4", "attention": "eager"}
    closed = closed_choices(AXES["engine"], levers, here)
    assert "llama.cpp" not in closed
    assert closed["openvino"].here


def test_what_means_nothing_with_an_engine_is_left_out() -> None:
    asked = {"engine": "llama.cpp", "compile": "whole", "compute_dtype": "float16"}
    assert relevant(asked) == {"engine": "llama.cpp"}


def test_a_sweep_over_engines_has_a_cell_of_each(here: Environment) -> None:
    cells = cells_of(Grid({"engine": ("transformers", "llama.cpp", "openvino")}), here)
    assert [cell.variant.engine for cell in cells.cells] == ["transformers", "llama.cpp"]
    assert cells.cells[0] == build_spec({})
    (impossible,) = cells.impossible
    assert impossible.values["engine"] == "openvino"


def test_a_gguf_file_is_for_llama_cpp_alone(
    here: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own.gguf"
    file.write_bytes(gguf_bytes())
    assert reasons(here, engine="llama.cpp", model=str(file)) == {}
    assert "llama.cpp alone" in reasons(here, model=str(file))["engine"]
    monkeypatch.setenv("TRADEOFFS_MODEL_ROOTS", str(tmp_path / "elsewhere"))
    with pytest.raises(RequestError, match="these folders only"):
        build_spec({"engine": "llama.cpp", "model": str(file)})


def test_runs_of_an_engine_are_of_the_environment_that_it_has(here: Environment) -> None:
    own, mine = (present_environment_id(here, "cpu", e) for e in (Engine.LLAMA_CPP, Engine.OPENAI))
    assert own not in (None, present_environment_id(here, "cpu"))
    assert mine is None
    assert present_environment_id(here, "cpu", Engine.OPENVINO) is None
    newer = EngineState(python="3.11.7", packages={"llama-cpp-python": "0.4.0"})
    later = here.model_copy(update={"engines": {"llama.cpp": newer}})
    assert present_environment_id(later, "cpu", Engine.LLAMA_CPP) != own
    assert present_environment_id(later, "cpu") == present_environment_id(here, "cpu")


def test_two_engines_may_be_measured_in_turns(here: Environment) -> None:
    assert pair_problems(build_spec({}), build_spec({"engine": "llama.cpp"}), here) == ()
    found = pair_problems(build_spec({}), build_spec({"engine": "openvino"}), here)
    assert [error.field for error in found] == ["b.engine"]


def test_an_engine_without_gpu_is_asked_for_the_cpu() -> None:
    assert usual_device("llama.cpp", "cuda:0") == "cpu"
    assert usual_device(None, "cuda:0") == "cuda:0"
    assert usual_device("nonsense", "cuda:0") == "cuda:0"
