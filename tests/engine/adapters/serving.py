"""A worker's service over an engine that counts, and runs to ask of it."""

from collections.abc import Callable
from datetime import UTC, datetime

from core.engine.adapters.service import EngineService
from core.engine.cancellation import Cancellation
from core.engine.divergence import Encoded
from core.jobs.protocol import Event, Finished, Progress, Residents, RunCommand
from core.results.measured import Phase
from core.results.types import RunResult
from core.variants.kv_cache import KVCache
from core.variants.request import build_spec
from core.variants.spec import VariantSpec
from tests.engine.adapters.fake_engine import CountingEngine

PASSAGES = [Encoded([1, 2, 3], 5), Encoded([4, 5], 2)]


class Served:
    """A service, what it said, and the engines that it opened."""

    def __init__(self, open_one: Callable[[VariantSpec, KVCache], CountingEngine]) -> None:
        self.said: list[Event] = []
        self.opened: list[CountingEngine] = []
        self.cancellation = Cancellation()

        def note(variant: VariantSpec, cache: KVCache) -> CountingEngine:
            self.opened.append(open_one(variant, cache))
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
