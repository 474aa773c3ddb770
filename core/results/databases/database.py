"""What the history needs of a database, whichever it is. Knows nothing of tables or runs.

What a database does in a way of its own is in `sqlite` and `postgres`, what statements say in two
ways in `expressions`.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable
from contextlib import AbstractContextManager

from sqlalchemy import Connection


class Database(ABC):
    """One database that threads and processes may use at once, not touched before it is used.

    `name` is what people are shown, without any password; `kind` is SQLAlchemy's word for it.
    """

    kind: str
    name: str

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """A consistent view for reading; raises HistoryError where the database fails."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that holds the write lock from its start, and waits for it so long and no
        longer; raises HistoryError where the database fails, and then nothing of it was written.
        """

    @abstractmethod
    def migrating(self) -> AbstractContextManager[Connection]:
        """The same for changing the tables, which may not be there yet."""

    @abstractmethod
    def make_place(self) -> None:
        """Make what must be there before anything can be read, where it is missing."""

    @abstractmethod
    def is_there(self) -> bool:
        """False where what was prepared was taken away, as far as can be told without asking."""

    @abstractmethod
    def stamp(self) -> Hashable:
        """Changes with every write, whichever process wrote; raises HistoryError."""

    @abstractmethod
    def identity(self, connection: Connection) -> Hashable:
        """Differs for another history in the place of this one."""
