"""The history's database as its parts share it: opened at the first use, brought up to date."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import Connection

from core.errors import HistoryError, ReadOnly
from core.home import history_address, refusal
from core.results.databases.address import Address, open_database
from core.results.databases.database import Database
from core.results.rescuing.rescue import Rescue, rescued
from core.results.schema import check, prepare


class Store:
    """One database that several processes may use at once; safe in any thread.

    Where a file is damaged, `rescue` tells what is used in its place.

    `address` is a file or a database's URL, by default what `core.home` says. It may hold a
    password: what is shown is `database.name`. Where `refused` says why, nothing of it is ever
    written, not even its tables brought up to date; by default `core.home` says, and "" lets write.
    """

    def __init__(
        self,
        address: Address | None = None,
        busy_timeout_s: float = 5.0,
        refused: str | None = None,
    ) -> None:
        self.address = address or history_address()
        self.refused = refusal() if refused is None else refused or None
        self._busy_timeout_s = busy_timeout_s
        self._prepared = False
        self.rescue: Rescue | None = None

    @cached_property
    def database(self) -> Database:
        """The database; raises HistoryError where its address cannot be used."""
        return open_database(self.address, self._busy_timeout_s, self.refused is not None)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view for reading; raises HistoryError where the database fails."""
        with self._ready() as database, database.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the write lock; raises HistoryError where the database fails,
        and then nothing of it was written. Raises ReadOnly where writing is refused.
        """
        if self.refused is not None:
            raise ReadOnly(self.refused)
        with self._ready() as database, database.writing() as connection:
            yield connection

    def stamp(self) -> Hashable:
        """Changes with every write to the history, whichever process wrote."""
        with self._ready() as database:
            return database.stamp()

    @contextmanager
    def _ready(self) -> Iterator[Database]:
        """The database with its tables up to date: at the first use, and again where they may
        have been taken away.
        """
        if not (self._prepared and self.database.is_there()):
            self._prepare()
        try:
            yield self.database
        except HistoryError:
            self._prepared = False
            raise

    def _prepare(self) -> None:
        """Bring the tables up to date; of a damaged file, those that take its place."""
        if self.rescue is not None:
            del self.database
        self.rescue = rescued(self.database, may_write=self.refused is None)
        if self.rescue is not None:
            self.database = self.rescue.database
        check(self.database) if self.refused is not None else prepare(self.database)
        self._prepared = True
