"""A worker's service over an engine that counts: results, pairs, faults, and what it holds."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.engine.adapters.asking import Inquiry
from core.engine.adapters.service import EngineService
from core.engine.adapters.shelf import Shelf
from core.engine.cancellation import Cancellation
from core.engine.divergence import Encoded, NoQuality
from core.engine.quality_cache import keep_log_probabilities, keep_passages
from core.errors import FailureKind, LoadFailed, RequestError
from core.jobs.protocol import (
    DropCommand,
    Event,
    Failed,
    Finished,
    PairCommand,
    PairEnded,
    Progress,
    Residents,
    RunCommand,
)
from core.results.measured import Phase, TaskKind
from core.results.types import RunResult
from core.variants.pairing import PairPlan
from core.variants.request import build_spec
from core.variants.spec import VariantSpec
from tests.engine.adapters.fake_engine import VOCABULARY, CountingEngine

ROOT = Path(__file__).resolve().parents[3]
PASSAGES = [Encoded([1, 2, 3], 5), Encoded([4, 5], 2)]


class Served:
    """A service, what it said, and the engines that it opened."""

    def __init__(self, open_one: Callable[[VariantSpec], CountingEngine]) -> None:
        self.said: list[Event] = []
        self.opened: list[CountingEngine] = []
        self.cancellation = Cancellation()

        def note(variant: VariantSpec) -> CountingEngine:
            self.opened.append(open_one(variant))
            return self.opened[-1]

        self.service = EngineService("cpu", self.cancellation, self.said.append, note)

    def run(self, run_id: str = "run-1", **values: object) -> Event:
        self.service.take(a_run(run_id, **values))
        return self.said[-1]

    def result(self, run_id: str = "run-1", **values: object) -> RunResult:
        ended = self.run(run_id, **values)
        assert isinstance(ended, Finished), ended
        return ended.result

    def phases(self) -> list[Phase]:
        told = [event.phase for event in self.said if isinstance(event, Progress)]
        return list(dict.fromkeys(told))

    def residents(self) -> list[int]:
        return [len(event.residents) for event in self.said if isinstance(event, Residents)]


def a_run(run_id: str, **values: object) -> RunCommand:
    usual = {"engine": "llama.cpp", "prompt": "a b c", "max_new_tokens": 4, "quality": False}
    spec = build_spec({**usual, **values})
    return RunCommand(run_id=run_id, spec=spec, submitted_at=datetime.now(UTC))


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Served:
    """With a reference in which every token is as likely as any other, as with the engine."""

    def reference(*_: object) -> Path:
        even = np.full((1, VOCABULARY), -np.log(VOCABULARY), dtype=np.float32)
        for number, passage in enumerate(PASSAGES):
            keep_log_probabilities(tmp_path, number, even.repeat(len(passage.ids) - 1, axis=0))
        keep_passages(tmp_path, PASSAGES)
        return tmp_path

    monkeypatch.setattr(Inquiry, "ceilings", lambda _: None)
    monkeypatch.setattr(Inquiry, "reference", reference)
    return Served(CountingEngine)


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


def a_pair(b: dict[str, Any], **plan: Any) -> PairCommand:
    sides = (a_run("run-a"), a_run("run-b", **b))
    return PairCommand(a=sides[0], b=sides[1], plan=PairPlan(**{"most_pairs": 12, **plan}))


def test_two_variants_of_an_engine_take_turns(served: Served) -> None:
    served.service.take(a_pair({"attention": "ggml"}))
    ended = served.said[-1]
    assert isinstance(ended, PairEnded), ended
    a, b = ended.outcomes
    assert isinstance(a, RunResult)
    assert isinstance(b, RunResult)
    assert a.pairing is not None
    assert b.pairing is not None
    assert (a.pairing.partner_id, b.pairing.partner_id) == ("run-b", "run-a")
    assert len(a.samples.e2e_s) == len(b.samples.e2e_s) == a.pairing.pairs
    assert a.memory.other_variants_bytes == b.memory.other_variants_bytes == 1000


def test_of_a_pair_the_side_that_failed_says_why(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = CountingEngine.load

    def refuse_plain(engine: CountingEngine, tell: Callable[[str], None]) -> None:
        if engine.variant.attention == "ggml":
            raise LoadFailed("not this one")
        load(engine, tell)

    monkeypatch.setattr(CountingEngine, "load", refuse_plain)
    served.service.take(a_pair({"attention": "ggml"}))
    ended = served.said[-1]
    assert isinstance(ended, PairEnded)
    kinds = [outcome.kind for outcome in ended.outcomes if not isinstance(outcome, RunResult)]
    assert kinds == [FailureKind.CANCELLED, FailureKind.LOAD]
    assert [engine.closed for engine in served.opened] == [1, 1]


def test_questions_of_an_own_task_are_asked_of_the_engine(served: Served) -> None:
    task = "prompt,expected\nCount,0 1 2 3\nCount on,five\n"
    score = served.result(task=task).task
    assert score is not None
    assert (score.kind, score.items, score.correct) == (TaskKind.ANSWERS, 2, 1)


def test_a_text_of_an_own_task_is_read_by_the_engine(served: Served) -> None:
    score = served.result(task="Some text to read.").task
    assert score is not None
    assert (score.kind, score.items) == (TaskKind.TEXT, 17)
    assert score.perplexity == pytest.approx(VOCABULARY, rel=1e-4)


def test_a_shelf_frees_before_it_loads() -> None:
    order: list[str] = []

    class Noted(CountingEngine):
        def load(self, tell: Callable[[str], None]) -> None:
            order.append(f"load {self.variant.attention}")
            super().load(tell)

        def close(self) -> None:
            order.append(f"free {self.variant.attention}")

    shelf = Shelf(Noted, lambda: None)
    first, second = (build_spec({"engine": "llama.cpp", "attention": attention}).variant
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
