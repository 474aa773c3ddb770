"""Runs to choose among: read by the ten thousand, with the asked numbers and no samples."""

import contextlib
import gc
import json
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, Select

from core.errors import RequestError
from core.results import candidate_queries
from core.results.candidate import Candidate
from core.results.candidate_queries import IDENTITY
from core.results.completing import complete
from core.results.databases.address import Address
from core.results.databases.expressions import LACKING
from core.results.metrics import BY_KEY
from core.results.statistics import Interval
from core.results.store import Store
from core.results.types import Grade
from core.variants.spec import RunSpec

FILTERS = (
    "question_id", "environment_id", "hardware_id", "device", "device_name", "spec_id", "grade",
    "model", "weights", "precision", "attention", "compile", "kv_cache", "batch_size",
    "max_new_tokens",
)  # fmt: skip
MOST_KNOWN = 40_000  # candidates that are kept, of about a kilobyte each
NUMBERS = frozenset({int, float, type(None)})
GRADES = {str(grade): grade for grade in Grade}
Levers = Mapping[str, str | int]
Record = tuple[Any, ...]


@dataclass(frozen=True)
class Question:
    """What some measured runs were asked, on one hardware, and how many they are.

    `prompt` is shortened, or `N synthetic tokens`; `models` are those that answered it, and
    `newest_id` is the newest run, `device` and `device_name` that run's. `hardware` is in words.
    """

    question_id: str
    hardware_id: str
    hardware: str
    device: str
    device_name: str
    prompt: str
    max_new_tokens: int
    models: tuple[str, ...]
    runs: int
    newest_id: str


@dataclass(frozen=True)
class RunOfSpec:
    """One run of a spec, whatever became of it."""

    run_id: str
    status: str
    environment_id: str | None


class Choosing(Store):
    """Measured runs in the light form that choosing needs."""

    def __init__(
        self,
        address: Address | None = None,
        busy_timeout_s: float = 5.0,
        refused: str | None = None,
    ) -> None:
        super().__init__(address, busy_timeout_s, refused)
        self._read_before: dict[tuple[Hashable, tuple[str, ...]], dict[str, Candidate]] = {}

    def candidates(
        self, keys: Sequence[str], run_ids: Collection[str] | None = None, **filters: str | int
    ) -> list[Candidate]:
        """Measured runs, newest first, with these metrics; of these ids alone, if given, and with
        these values of FILTERS. Raises RequestError for an unknown metric or filter.

        A run is left out where what is stored of it is damaged.
        """
        _check("metric", keys, BY_KEY)
        _check("filter", filters, FILTERS)
        query = candidate_queries.measured_ids(run_ids, filters)
        with self.reading() as connection:
            ids = connection.execute(query).scalars().all()
            known = self._known(self.database.identity(connection), tuple(keys))
        missing = [run_id for run_id in ids if run_id not in known]
        if missing:
            # Where all are missing, the very conditions find them sooner than their ids would.
            wanted = run_ids if len(missing) == len(ids) else missing
            read = self._read(candidate_queries.candidates(keys, wanted, filters), keys)
            known.update((candidate.run_id, candidate) for candidate in read)
        return [known[run_id] for run_id in ids if run_id in known]

    def questions(self) -> list[Question]:
        """What was asked, on which hardware: the scopes within which runs can be compared; those
        with the newest runs first.
        """
        return [_question(record) for record in self._all(candidate_queries.questions())]

    def measured_like(self, spec: RunSpec, environment_id: str) -> str | None:
        """The newest measured run of the very spec in that environment, or None."""
        found = self._all(candidate_queries.measured_like(spec.id, environment_id))
        return found[0].run_id if found else None

    def measured_like_each(self, spec_ids: Collection[str], environment_id: str) -> dict[str, str]:
        """Of each of these specs that has one, by its id: the newest measured run of it in that
        environment.
        """
        query = candidate_queries.measured_like_each(spec_ids, environment_id)
        return {record.spec_id: record.run_id for record in reversed(self._all(query))}

    def runs_of_each(self, spec_ids: Collection[str]) -> dict[str, list[RunOfSpec]]:
        """The runs of each of these specs that are not deleted, the newest first."""
        found: dict[str, list[RunOfSpec]] = {spec_id: [] for spec_id in spec_ids}
        for row in self._all(candidate_queries.runs_of_each(spec_ids)):
            found[row.spec_id].append(RunOfSpec(row.run_id, row.status, row.environment_id))
        return found

    def _known(self, history: Hashable, keys: tuple[str, ...]) -> dict[str, Candidate]:
        """Its candidates by id, as they were read before: a measured run stays as it is."""
        name = (history, keys)
        if sum(map(len, self._read_before.values())) > MOST_KNOWN:
            self._read_before.clear()
        return self._read_before.setdefault(name, {})

    def _read(self, query: Select[Any], keys: Sequence[str]) -> list[Candidate]:
        """Those that a query names and are whole, once they have all that METRICS asks for."""
        with _without_collecting():
            records = self._records(query)
            if complete(self, [record[0] for record in records if _lacks(record)]):
                records = self._records(query)
            return [*_candidates(records, keys)]

    def _records(self, query: Select[Any]) -> list[Record]:
        """As the driver gives them, without the time that a row of names takes."""
        with self.reading() as connection:
            cursor = connection.execute(query).cursor
            return [] if cursor is None else [*cursor.fetchall()]

    def _all(self, query: Select[Any]) -> Sequence[Row[Any]]:
        with self.reading() as connection:
            return connection.execute(query).all()


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """Nothing of ten thousand records becomes garbage while they are read, and Python's looking for
    some would take as long as reading them.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _check(field: str, names: Iterable[str], valid: Collection[str]) -> None:
    for name in names:
        if name not in valid:
            raise RequestError(field, name, f"there is no such {field}.", valid)


def _lacks(record: Record) -> bool:
    return LACKING in record[len(IDENTITY) :]


def _candidates(records: Iterable[Record], keys: Sequence[str]) -> Iterator[Candidate]:
    """Those that are whole; written for ten thousand in a twentieth of a second."""
    with_interval = [key for key in keys if BY_KEY[key].interval]
    first_value, first_bound = len(IDENTITY), len(IDENTITY) + len(keys)
    for record in records:
        (
            run_id, spec_id, question, environment, device, device_name, hardware_id, hardware,
            host, grade, text,
        ) = identity = record[:first_value]  # fmt: skip
        numbers, levers = record[first_value:first_bound], _levers(text)
        if levers is None or grade not in GRADES or None in identity:
            continue
        if not NUMBERS.issuperset(map(type, numbers)) or LACKING in numbers:
            continue
        bounds = iter(record[first_bound:])
        intervals = {
            key: Interval(low, high)
            for key, low, high in zip(with_interval, bounds, bounds, strict=True)
            if type(low) is type(high) is float
        }
        yield Candidate(
            run_id, spec_id, question, environment, device, device_name, hardware_id, hardware,
            host, GRADES[grade], levers, dict(zip(keys, numbers, strict=True)), intervals,
        )  # fmt: skip


@lru_cache(maxsize=20_000)
def _levers(text: str | None) -> Levers | None:
    """None where they are damaged."""
    with contextlib.suppress(ValueError, TypeError):
        return MappingProxyType(json.loads(text or ""))
    return None


def _question(record: Row[Any]) -> Question:
    return Question(
        question_id=record.question_id,
        hardware_id=record.hardware_id,
        hardware=record.hardware,
        device=record.device,
        device_name=record.device_name,
        prompt=record.prompt,
        max_new_tokens=record.max_new_tokens,
        models=tuple(sorted(json.loads(record.models))),
        runs=record.run_count,
        newest_id=record.newest_id,
    )
