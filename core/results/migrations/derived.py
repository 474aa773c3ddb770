"""Fills the columns that follow from stored texts, for runs that were stored before these columns.

What is damaged leaves its columns empty and keeps no other run from being filled.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, text

from core.errors import RequestError
from core.results.columns import identity_columns, searched_column
from core.results.identity import environment_id
from core.results.observed import RunEnvironment
from core.variants.spec import RunSpec

CHUNK = 500
UNKNOWN = dict.fromkeys(("spec_id", "question_id", "levers", "environment_id", "device_name"), None)

# SQLite finds the two parts of a long outcome that are needed; a damaged one would fail them all.
READ = text(
    """SELECT rowid AS place, run_id, model, weights, precision, attention, compile, kv_cache,
        device, prompt, message, note, tags, spec,
        CASE WHEN status = 'done' AND json_valid(outcome)
            THEN json_extract(outcome, '$.environment') END AS environment,
        CASE WHEN status = 'done' AND json_valid(outcome)
            THEN json_extract(outcome, '$.effective.threads') END AS threads
    FROM runs WHERE rowid > :after ORDER BY rowid LIMIT :chunk"""
)
WRITE = text(
    """UPDATE runs SET spec_id = :spec_id, question_id = :question_id, levers = :levers,
        environment_id = :environment_id, device_name = :device_name, searched = :searched
    WHERE rowid = :place"""
)


def derive_columns(connection: Connection) -> None:
    """Fill the columns of migration 3 for every stored run, some hundred at a time."""
    for chunk in _chunks(connection):
        connection.execute(WRITE, [_derived(record) for record in chunk])


def _chunks(connection: Connection) -> Iterator[list[Row[Any]]]:
    after = 0
    while chunk := [*connection.execute(READ, {"after": after, "chunk": CHUNK})]:
        yield chunk
        after = chunk[-1].place


def _derived(record: Row[Any]) -> dict[str, Any]:
    known = {"place": record.place, "searched": searched_column(record._asdict())}
    return {**UNKNOWN, **known, **_of_spec(record), **_of_environment(record)}


def _of_spec(record: Row[Any]) -> dict[str, str]:
    try:
        return identity_columns(RunSpec.model_validate_json(record.spec))
    except (ValueError, TypeError, RequestError):
        return {}


def _of_environment(record: Row[Any]) -> dict[str, str]:
    if record.environment is None:
        return {}
    try:
        ran_on = RunEnvironment.model_validate(json.loads(record.environment))
    except (ValueError, TypeError):
        return {}
    threads = record.threads if isinstance(record.threads, int) else None
    return {
        "environment_id": environment_id(ran_on, record.device, threads),
        "device_name": ran_on.device_name,
    }
