"""Which database holds the history: the file of the data folder, or what `$TRADEOFFS_DB` names."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from core.errors import HistoryError
from core.home import DATABASE_VARIABLE
from core.results.databases.database import Database
from core.results.databases.sqlite import Sqlite

Address = str | Path
FORMS = "postgresql://user@host:5432/database or sqlite:////folder/history.sqlite3"
POSTGRES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})
INSTALL = "pip install -r requirements-postgres.txt"


def open_database(address: Address, busy_timeout_s: float, read_only: bool = False) -> Database:
    """The database at that file or address; nothing is read of it yet. One that is `read_only` may
    lie where nothing can be written.

    Raises HistoryError for an address that cannot be read, and for PostgreSQL without psycopg.
    """
    if isinstance(address, Path):
        return Sqlite(address, busy_timeout_s, read_only)
    url = _url(address)
    if url.drivername in POSTGRES:
        return _postgres(url, busy_timeout_s)
    if url.drivername == "sqlite" and url.database:
        return Sqlite(Path(url.database).expanduser(), busy_timeout_s, read_only)
    raise HistoryError(f"{DATABASE_VARIABLE} names no database that is known here. Valid: {FORMS}.")


def _url(address: str) -> URL:
    """What is wrong is said without the address: its password would be shown. Where there is more
    than one @, nobody can tell where a password ends.
    """
    if not address.strip().startswith("sqlite:") and address.count("@") > 1:
        raise HistoryError(
            f"{DATABASE_VARIABLE} has more than one @. Write one that belongs to the password, or "
            "to what stands behind ?, as %40, or leave the password to ~/.pgpass."
        )
    try:
        return make_url(address.strip())
    except (ArgumentError, ValueError):
        raise HistoryError(
            f"{DATABASE_VARIABLE} is no address of a database. Valid: {FORMS}."
        ) from None


def _postgres(url: URL, busy_timeout_s: float) -> Database:
    try:
        from core.results.databases.postgres import Postgres
    except ImportError as error:
        raise HistoryError(
            f"{DATABASE_VARIABLE} names a PostgreSQL database, and its driver is not installed "
            f"here ({error}). Install it with `{INSTALL}`."
        ) from error
    return Postgres(url, busy_timeout_s)
