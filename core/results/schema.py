"""The tables of the history, and how a database is brought up to date.

The columns that lists filter by repeat what the spec's JSON says, so that ten thousand rows can
be listed without parsing one spec or outcome.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    inspect,
    select,
)

from core.errors import HistoryError
from core.home import READ_ONLY_VARIABLE
from core.results.databases.database import Database
from core.results.databases.expressions import JSON, WORDS
from core.results.migrations.postgres import POSTGRES
from core.results.migrations.sqlite import SQLITE
from core.results.migrations.step import Migration, carry_out

TABLES = MetaData()
MIGRATIONS = {"sqlite": SQLITE, "postgresql": POSTGRES}

runs = Table(
    "runs",
    TABLES,
    Column("run_id", WORDS, primary_key=True),
    Column("submitted_at", WORDS, nullable=False),
    Column("finished_at", WORDS),
    Column("status", WORDS, nullable=False),
    Column("phase", WORDS),
    Column("model", WORDS, nullable=False),
    Column("weights", WORDS, nullable=False),
    Column("precision", WORDS, nullable=False),
    Column("attention", WORDS, nullable=False),
    Column("compile", WORDS, nullable=False),
    Column("kv_cache", WORDS, nullable=False),
    Column("device", WORDS, nullable=False),
    Column("batch_size", Integer, nullable=False),
    Column("max_new_tokens", Integer, nullable=False),
    Column("grade", WORDS),
    Column("deleted", Boolean, nullable=False),
    Column("host_name", WORDS),
    Column("owner_host", WORDS),
    Column("owner_pid", Integer),
    Column("owner_started", Float),
    Column("owner_seen", Float),
    Column("spec_id", WORDS),
    Column("question_id", WORDS),
    Column("environment_id", WORDS),
    Column("device_name", WORDS),
    Column("hardware_id", WORDS),
    Column("hardware", WORDS),
    Column("levers", WORDS),
    Column("metrics", JSON),
    Column("intervals", JSON),
    Column("tags", WORDS, nullable=False),
    Column("note", WORDS, nullable=False),
    Column("message", WORDS),
    Column("prompt", WORDS, nullable=False),
    Column("searched", WORDS),
    # SQLite reads a row from its start: what is long stands last, so that lists never pass it.
    Column("spec", WORDS, nullable=False),
    Column("outcome", WORDS),
)

baselines = Table(
    "baselines",
    TABLES,
    Column("model", WORDS, primary_key=True),
    Column("run_id", WORDS, ForeignKey("runs.run_id"), nullable=False),
)

experiments = Table(
    "experiments",
    TABLES,
    Column("experiment_id", WORDS, primary_key=True),
    Column("kind", WORDS, nullable=False),
    Column("title", WORDS, nullable=False),
    Column("created_at", WORDS, nullable=False),
    Column("finished_at", WORDS),
    Column("status", WORDS, nullable=False),
    Column("host_name", WORDS),
    Column("owner_host", WORDS),
    Column("owner_pid", Integer),
    Column("owner_started", Float),
    Column("owner_seen", Float),
    Column("request", WORDS, nullable=False),
    Column("result", WORDS),
)

experiment_runs = Table(
    "experiment_runs",
    TABLES,
    Column("experiment_id", WORDS, ForeignKey("experiments.experiment_id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("label", WORDS, nullable=False),
    Column("run_id", WORDS, nullable=False),
    Column("reused", Boolean, nullable=False),
)

schema_version = Table(
    "schema_version", TABLES, Column("version", Integer, primary_key=True, autoincrement=False)
)


def prepare(database: Database, migrations: tuple[Migration, ...] | None = None) -> None:
    """Bring the database to the newest version of its kind, all or nothing.

    Raises HistoryError, and touches nothing, for a database of a later version of the program or
    of another program.
    """
    if migrations is None:
        migrations = MIGRATIONS[database.kind]
    database.make_place()
    with database.reading() as connection:
        if _version(connection, database, len(migrations)) == len(migrations):
            return
    with database.migrating() as connection:
        # Another process may have migrated it in the meantime: look again under the lock.
        for migration in migrations[_version(connection, database, len(migrations)) :]:
            for step in migration:
                carry_out(step, connection)
        connection.execute(schema_version.delete())
        connection.execute(schema_version.insert().values(version=len(migrations)))


def check(database: Database, migrations: tuple[Migration, ...] | None = None) -> None:
    """Raises HistoryError where the database is not of the newest version: a reader may not bring
    it up to date.
    """
    newest = len(migrations or MIGRATIONS[database.kind])
    version = 0
    if database.is_there():
        with database.reading() as connection:
            version = _version(connection, database, newest)
    if version == 0:
        raise HistoryError(f"There is no history in {database.name} yet, and none is made here.")
    if version < newest:
        raise HistoryError(
            f"The history {database.name} has version {version}, and this program needs {newest}. "
            "It is brought up to date by opening it once where it may be written: without "
            f"{READ_ONLY_VARIABLE}, `python -m core history` does."
        )


def _version(connection: Connection, database: Database, newest: int) -> int:
    """The version of the tables, 0 for an empty database."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return 0
    if schema_version.name not in tables:
        raise HistoryError(f"{database.name} is a database, but not a history of this program.")
    version = connection.execute(select(schema_version.c.version)).scalar_one()
    if version > newest:
        raise HistoryError(
            f"The history {database.name} has version {version}; this program knows versions up to "
            f"{newest}. Use a newer program, or another history ($TRADEOFFS_HOME, $TRADEOFFS_DB)."
        )
    return int(version)
