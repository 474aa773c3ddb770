"""One step of a migration: a statement, or a function that derives values from what is stored."""

from collections.abc import Callable

from sqlalchemy import Connection, text

Step = str | Callable[[Connection], None]
Migration = tuple[Step, ...]


def carry_out(step: Step, connection: Connection) -> None:
    """One step of a migration, within the transaction of all of them."""
    if callable(step):
        step(connection)
    else:
        connection.execute(text(step))
