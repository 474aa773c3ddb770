"""Which Python a worker is started with, and that two engines' workers are never there at once."""

import queue
import subprocess
import sys
from pathlib import Path

import pytest

from core.home import DATABASE_VARIABLE
from core.jobs.local_executor import LocalExecutor
from core.jobs.protocol import Residents
from core.jobs.worker import Sent
from core.jobs.worker_process import WorkerProcess, python_of
from core.results.types import RunFailure
from core.variants.engine import Engine
from core.variants.request import build_spec
from tests.carrying import ignore, run


class EndingWorker:
    """A worker that ends at its first command; `living` counts those that were not ended yet."""

    living = 0
    residents: Residents | None = None
    retired = False
    alive = True
    killed_for_memory = False

    def __init__(self) -> None:
        self.events: queue.Queue[None] = queue.Queue()
        EndingWorker.living += 1

    def send(self, _: Sent) -> None:
        self.events.put(None)

    def describe_end(self) -> str:
        return "as it should."

    def end(self) -> None:
        EndingWorker.living -= 1


class LastingWorker(EndingWorker):
    """One that stays when a run has ended, as after a result."""

    def end(self) -> None:
        self.alive = False
        super().end()


def test_a_worker_has_the_python_of_its_engines_environment(home: Path) -> None:
    assert python_of(Engine.TRANSFORMERS) == python_of(Engine.OPENAI) == sys.executable
    assert python_of(Engine.LLAMA_CPP) == str(home / "engines" / "llama.cpp" / "bin" / "python")


def test_a_worker_counts_gpus_as_what_is_told_of_them_and_has_no_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, str] = {}

    def unstarted(*_: object, env: dict[str, str], **__: object) -> None:
        given.update(env)
        raise FileNotFoundError

    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql://ana:hidden@db/lab")
    monkeypatch.setattr(subprocess, "Popen", unstarted)
    with pytest.raises(FileNotFoundError):
        WorkerProcess("cpu")
    assert given["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    assert "hidden" not in "".join(given.values())


def test_the_worker_of_another_engine_is_ended_before_the_next_starts() -> None:
    started: list[tuple[str, Engine]] = []

    def start(device: str, engine: Engine) -> EndingWorker:
        assert EndingWorker.living == 0
        started.append((device, engine))
        return LastingWorker()

    executor = LocalExecutor("cpu", start=start)  # type: ignore[arg-type]
    for number, engine in enumerate(("transformers", "llama.cpp", "llama.cpp", "transformers")):
        outcome = run(executor, f"run-{number}", build_spec({"engine": engine}), ignore)
        assert isinstance(outcome, RunFailure)
    executor.close()
    assert [str(engine) for _, engine in started] == [
        "transformers", "llama.cpp", "llama.cpp", "transformers"
    ]  # fmt: skip
    assert EndingWorker.living == 0


def test_an_engine_whose_python_is_gone_is_a_failure_and_no_crash(home: Path) -> None:
    executor = LocalExecutor("cpu")
    outcome = run(executor, "run-1", build_spec({"engine": "llama.cpp"}), ignore)
    executor.close()
    assert isinstance(outcome, RunFailure)
    assert str(home) in outcome.message
