"""The history's database as its parts share it: opened at the first use, brought up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from core.home import history_file
from core.results.database import Database
from core.results.schema import prepare


class Store:
    """One database that several processes may use at once; safe in any thread."""

    def __init__(self, path: Path | None = None, busy_timeout_s: float = 5.0) -> None:
        self._database = Database(path or history_file(), busy_timeout_s)
        self._prepared = False

    @property
    def path(self) -> Path:
        """The database's file."""
        return self._database.path

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view for reading; raises HistoryError where the database fails."""
        self._prepare()
        with self._database.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the write lock; raises HistoryError where the database fails,
        and then nothing of it was written.
        """
        self._prepare()
        with self._database.writing() as connection:
            yield connection

    def _prepare(self) -> None:
        """Bring the tables up to date at the first use, and again if the file was taken away."""
        if not (self._prepared and self.path.exists()):
            prepare(self._database)
            self._prepared = True
