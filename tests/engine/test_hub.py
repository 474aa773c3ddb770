"""Models from a hub: a real client downloads from a real server of this machine.

The client runs in a process of its own, which reads the variables that a test has set.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.engine import download
from core.engine import hub as engine_hub
from core.errors import LoadFailed, RequestError, RunCancelled
from core.jobs.local_executor import LocalExecutor
from core.jobs.protocol import Progress
from core.results.types import RunFailure, RunResult
from core.variants import hub as hub_state
from core.variants.models import find_model
from core.variants.request import build_spec
from tests.carrying import run
from tests.engine.hub_server import COMMIT, Hub, serving


@pytest.fixture
def hub(tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with a tiny model in several states."""
    files = {file.name: file.read_bytes() for file in tiny_model_folder.iterdir()}
    texts = {name: body for name, body in files.items() if not name.endswith(".safetensors")}
    coded = {**files, "config.json": add_code(files["config.json"])}
    repositories = {
        "owner/tiny": {**files, "pytorch_model.bin": b"pickle", "onnx/config.json": b"{}"},
        "owner/pickled": {**texts, "pytorch_model.bin": b"pickle"},
        "owner/coded": {**coded, "modeling_x.py": b"raise SystemExit"},
        "owner/gated": files,
    }
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr(hub_state, "_probes", {})
    with serving(Hub(repositories, gated=("owner/gated",))) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        yield served


def add_code(config: bytes) -> bytes:
    return json.dumps({**json.loads(config), "auto_map": {"AutoModel": "modeling_x.Y"}}).encode()


def fetch(name: str, tell: Callable[[str], None] = lambda _: None) -> Path:
    return engine_hub.fetch(find_model(name), tell)


def test_a_model_is_downloaded_once_without_pickles_and_loaded_from_then_on(hub: Hub) -> None:
    told: list[str] = []
    folder = fetch("owner/tiny", told.append)
    assert folder.name == COMMIT
    there = hub.repositories["owner/tiny"]
    assert {file.name for file in folder.iterdir()} == {n for n in there if hub_state.is_loaded(n)}
    assert (folder / "model.safetensors").read_bytes() == there["model.safetensors"]
    assert any("MB" in words for words in told)
    assert not [path for path in hub.asked if "pytorch_model" in path or "onnx" in path]
    hub.asked.clear()
    assert fetch(f"owner/tiny@{COMMIT}") == folder
    assert hub.asked == []
    assert hub_state.cached_model("owner/tiny", "main") == folder


def test_the_pinned_revision_is_what_is_asked_for(hub: Hub) -> None:
    fetch(f"owner/tiny@{COMMIT}")
    resolved = [path for path in hub.asked if "/resolve/" in path]
    assert resolved
    assert all(f"/resolve/{COMMIT}/" in path for path in resolved)


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("owner/pickled", RequestError, "no .safetensors weights"),
        ("owner/coded", RequestError, "asks for custom code"),
        ("owner/gated", LoadFailed, "owner/gated is gated: accept its terms"),
        ("owner/unknown", LoadFailed, "has no model owner/unknown"),
        ("owner/tiny@v9", LoadFailed, "owner/tiny has no revision v9"),
    ],
)
@pytest.mark.usefixtures("hub")
def test_what_cannot_be_loaded_is_told_in_plain_words(
    name: str, kind: type[Exception], reason: str
) -> None:
    with pytest.raises(kind, match=reason):
        fetch(name)


def test_a_hub_out_of_reach_is_told_with_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(LoadFailed, match=r"127\.0\.0\.1 could not be reached"):
        fetch("owner/tiny")


@pytest.mark.usefixtures("hub")
def test_a_cancelled_run_ends_its_download(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []
    popen = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> Any:
        started.append(popen(*arguments, **options))
        return started[-1]

    def cancel(detail: str) -> None:
        if "MB" in detail:
            raise RunCancelled("stopped")

    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(RunCancelled):
        fetch("owner/tiny", cancel)
    assert started[0].returncode is not None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(28, "No space left on device"), "The disk of"),
        (ValueError("odd"), "owner/tiny could not be downloaded: odd"),
    ],
)
def test_other_faults_are_told_in_plain_words(error: Exception, reason: str) -> None:
    assert reason in download.in_words(error, "owner/tiny", "main")


def test_a_hub_that_is_switched_off_is_not_asked(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEOFFS_HUB", "off")
    with pytest.raises(LoadFailed, match="TRADEOFFS_HUB is off"):
        fetch("gpt2")
    assert hub.asked == []


@pytest.mark.slow
@pytest.mark.usefixtures("hub")
def test_a_run_of_a_hub_model_through_the_worker() -> None:
    executor = LocalExecutor("cpu")
    details: list[str] = []

    def follow(progress: Progress) -> None:
        details.append(progress.detail)

    try:
        spec = build_spec({"model": "owner/tiny", "max_new_tokens": 4, "repeats": 1, "warmup": 0})
        result = run(executor, "run-1", spec, follow)
        refused = run(executor, "run-2", build_spec({"model": "owner/pickled"}), follow)
    finally:
        executor.close()
    assert isinstance(result, RunResult), result
    assert spec.variant.weights == "trained"
    assert (result.effective.weights, result.effective.revision) == ("trained", COMMIT)
    assert result.quality is not None
    assert any(detail.startswith("downloading owner/tiny") for detail in details)
    assert isinstance(refused, RunFailure)
    assert refused.field == "model"


@pytest.mark.slow
@pytest.mark.usefixtures("bundled_model")
def test_a_run_with_random_weights_has_no_text_and_no_quality(tiny_model_folder: Path) -> None:
    executor = LocalExecutor("cpu")
    values = {"model": str(tiny_model_folder), "weights": "random", "max_new_tokens": 4}
    try:
        result = run(executor, "run-1", build_spec({**values, "repeats": 1}), lambda _: None)
    finally:
        executor.close()
    assert isinstance(result, RunResult), result
    assert result.effective.weights == "random"
    assert (result.quality, result.output.text) == (None, "")
    assert result.quality_missing == "random weights have no quality"
    assert result.output.new_tokens == (4,)
