"""What would another engine do here: asked of every engine that is there, answered side by side."""

import pytest

from core.jobs.manager import JobManager
from core.variants.engine_environment import EngineState
from core.variants.environment import Environment
from pages.widgets import state
from pages.widgets.sweep import sweep_state
from tests.pages.conftest import OpenPage, table, texts
from tests.pages.wording import unexplained
from tests.samples import a_cpu, a_result, a_spec, an_environment

PACKAGES = {"llama-cpp-python": "0.3.32"}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, jobs: JobManager) -> Environment:  # noqa: ARG001
    """A machine with llama.cpp, and without OpenVINO."""
    there = {"llama.cpp": EngineState(packages=PACKAGES)}
    found = an_environment(a_cpu()).model_copy(update={"engines": there})
    monkeypatch.setattr(state, "read_environment", lambda: found)
    monkeypatch.setattr("core.jobs.slots.read_environment", lambda: found)
    return found


@pytest.mark.usefixtures("machine")
def test_the_engines_are_asked_and_stand_side_by_side(
    open_page: OpenPage, jobs: JobManager
) -> None:
    jobs.history.finish(a_result("run-1", a_spec(prompt_tokens=16, batch_size=2)))
    page = open_page("compare", of="run-1")
    assert "make engine openvino" in [code.value for code in page.code]
    assert "to measure" in texts(page)
    page.button(key="ask_engines").click().run()
    asked = page.query_params["engines"]
    assert sweep_state.sweeps().wait(asked, 30)
    later = open_page("compare", engines=asked)
    shown = table(later, "Metric")
    names = [name.replace("\\", "") for name in shown.columns]
    assert names == ["transformers · fp32 · sdpa", "llama.cpp · GGUF · ggml: flash"]
    assert "Bound by" in shown.index
    assert "2 measured" in texts(later) or "1 measured before" in texts(later)
    assert unexplained(page) == unexplained(later) == []
