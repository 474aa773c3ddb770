"""Runs to choose among: read by the ten thousand, with the asked numbers and no samples."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.results.candidate import Candidate
from core.results.schema import runs
from core.results.store import Store
from core.results.types import Grade
from core.variants.spec import RunSpec

FILTERS = (
    "question_id", "environment_id", "device", "device_name", "spec_id", "grade", "model",
    "weights", "precision", "attention", "compile", "kv_cache", "batch_size", "max_new_tokens",
)  # fmt: skip
GRADES = {str(grade): grade for grade in Grade}
IDENTITY = (
    runs.c.run_id, runs.c.spec_id, runs.c.question_id, runs.c.environment_id, runs.c.device,
    runs.c.device_name, runs.c.grade, runs.c.levers,
)  # fmt: skip
Levers = Mapping[str, str | int]


@dataclass(frozen=True)
class Question:
    """What some measured runs were asked, on one device of one environment, and how many they are.

    `prompt` is shortened, or `N synthetic tokens`; `models` are those that answered it, and
    `newest_id` is the newest run.
    """

    question_id: str
    environment_id: str
    device: str
    device_name: str
    prompt: str
    max_new_tokens: int
    models: tuple[str, ...]
    runs: int
    newest_id: str


class Choosing(Store):
    """Measured runs in the light form that choosing needs."""

    def candidates(
        self, keys: Sequence[str], run_ids: Collection[str] | None = None, **filters: str | int
    ) -> list[Candidate]:
        """Measured runs, newest first, with these metrics; of these ids alone, if given, and with
        these values of FILTERS. Raises RequestError for an unknown metric or filter.

        A run is left out where what is stored of it is damaged.
        """
        raise NotImplementedError

    def questions(self) -> list[Question]:
        """What was asked, on which device: the scopes within which runs can be compared; those
        with the newest runs first.
        """
        raise NotImplementedError

    def measured_like(self, spec: RunSpec, environment_id: str) -> str | None:
        """The newest measured run of the very spec in that environment; None where there is none."""
        raise NotImplementedError
