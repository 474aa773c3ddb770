"""Explore with another engine: its levers alone, a server's address, links and results."""

import pytest

from core.home import endpoints_file
from core.jobs.manager import JobManager
from core.results.types import RunResult
from core.variants.engine import Engine
from core.variants.engine_environment import EngineState
from core.variants.spec import RunSpec
from pages.widgets import state
from tests.pages.conftest import OpenPage, measured, table, texts
from tests.pages.test_explore_levers import asked, keys, with_tokens
from tests.samples import a_cpu, a_result, a_spec, an_environment

ADDRESS = "http://127.0.0.1:8000/v1"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, jobs: JobManager) -> None:  # noqa: ARG001
    """A machine with llama.cpp, and without OpenVINO."""
    there = {"llama.cpp": EngineState(packages={"llama-cpp-python": "0.3.36"})}
    found = an_environment(a_cpu()).model_copy(update={"engines": there})
    monkeypatch.setattr(state, "read_environment", lambda: found)
    monkeypatch.setattr("core.jobs.slots.read_environment", lambda: found)


def test_another_engine_has_levers_of_its_own(open_page: OpenPage, jobs: JobManager) -> None:
    page = with_tokens(open_page("explore"), 16)
    page.button(key="precision_nf4").click().run()
    page.button(key="compile_per_block").click().run()
    page.button(key="engine_llama.cpp").click().run()
    assert not {"compile_off", "decoding_greedy", "precision_fp32"} & keys(page)
    assert "torch.compile" in texts(page)
    assert page.button(key="attention_sdpa").disabled
    assert "It is a choice of transformers" in texts(page)
    page.button(key="kv_cache_q8_0").click().run()
    spec = asked(page, jobs)
    assert (spec.variant.engine, spec.variant.precision) == (Engine.LLAMA_CPP, "gguf")
    assert (spec.variant.attention, spec.workload.kv_cache) == ("ggml_flash", "q8_0")
    page.button(key="engine_transformers").click().run()
    assert {"compile_off", "precision_fp32"} <= keys(page)
    assert page.button(key="precision_fp32").proto.type == "primary"


def test_the_page_says_which_engines_are_there_and_how_to_get_others(open_page: OpenPage) -> None:
    page = open_page("explore")
    assert "llama-cpp-python 0.3.36" in texts(page)
    commands = [code.value for code in page.code]
    assert "make engine openvino" in commands
    assert "make engine llama.cpp" not in commands
    assert page.button(key="engine_openvino").disabled


def test_a_server_asks_for_an_allowed_address_and_says_how_to_allow_one(
    open_page: OpenPage, jobs: JobManager
) -> None:
    page = with_tokens(open_page("explore"), 16)
    page.button(key="engine_openai").click().run()
    assert page.button(key="run").disabled
    assert str(endpoints_file()) in texts(page)
    endpoints_file().parent.mkdir(parents=True, exist_ok=True)
    endpoints_file().write_text(f'[lab]\naddress = "{ADDRESS}"\nmodels = ["Qwen/Q"]\n')
    page.run()
    page.selectbox(key="endpoint").set_value(ADDRESS).run()
    assert page.selectbox(key="model").value == "Qwen/Q"
    spec = asked(page, jobs)
    assert (spec.variant.endpoint, spec.variant.model) == (ADDRESS, "Qwen/Q")
    page.button(key="engine_transformers").click().run()
    assert page.selectbox(key="model").value == a_spec().variant.model


@pytest.mark.parametrize(
    "spec",
    [a_spec(engine="llama.cpp", kv_cache="q8_0", prompt_tokens=9), a_spec(prompt_tokens=9)],
    ids=["llama.cpp", "transformers"],
)
def test_a_link_brings_the_engine_back(
    open_page: OpenPage, jobs: JobManager, spec: RunSpec
) -> None:
    jobs.history.finish(a_result("run-1", spec))
    assert asked(open_page("explore", job="run-1"), jobs) == spec


def test_a_result_of_llama_cpp_has_no_words_of_torch(open_page: OpenPage, jobs: JobManager) -> None:
    run_id = jobs.submit(a_spec(engine="llama.cpp", prompt_tokens=9))
    assert isinstance(measured(jobs, run_id), RunResult)
    page = open_page("explore", {"result_tabs": "Settings"}, job=run_id)
    shown = table(page, "Setting")
    assert shown.loc["engine", "Requested"] == "llama.cpp"
    assert "torch.compile" not in shown.index
    assert set(shown["As asked?"]) == {""}
