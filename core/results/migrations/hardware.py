"""Fills the columns of the hardware, for runs that SQLite stored before these columns.

What is damaged leaves its columns empty and keeps no other run from being filled.
"""

import json
from typing import Any

from sqlalchemy import Connection, Row, text

from core.results.hardware import hardware_of
from core.results.observed import RunEnvironment

CHUNK = 500
# SQLite finds the one part of a long outcome that is needed.
READ = text(
    """SELECT rowid AS place, device, json_extract(outcome, '$.environment') AS environment
    FROM runs WHERE rowid > :after AND status = 'done' AND json_valid(outcome)
    ORDER BY rowid LIMIT :chunk"""
)
WRITE = text(
    "UPDATE runs SET hardware_id = :hardware_id, hardware = :hardware WHERE rowid = :place"
)


def derive_hardware(connection: Connection) -> None:
    """Fill them for every measured run, some hundred at a time."""
    after = 0
    while chunk := [*connection.execute(READ, {"after": after, "chunk": CHUNK})]:
        after = chunk[-1].place
        found = [columns for record in chunk if (columns := _columns(record))]
        if found:
            connection.execute(WRITE, found)


def _columns(record: Row[Any]) -> dict[str, Any]:
    try:
        ran_on = RunEnvironment.model_validate(json.loads(record.environment or ""))
    except (ValueError, TypeError):
        return {}
    hardware = hardware_of(ran_on, record.device)
    return {"place": record.place, "hardware_id": hardware.id, "hardware": str(hardware)}
