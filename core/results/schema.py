"""The tables of the history, and how a database of an earlier version becomes today's.

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
    String,
    Table,
    Text,
    inspect,
    select,
    text,
)

from core.errors import HistoryError
from core.results.database import Database

TABLES = MetaData()

runs = Table(
    "runs",
    TABLES,
    Column("run_id", String(64), primary_key=True),
    Column("submitted_at", String(32), nullable=False, index=True),
    Column("finished_at", String(32)),
    Column("status", String(16), nullable=False, index=True),
    Column("phase", String(16)),
    Column("model", Text, nullable=False),
    Column("weights", String(16), nullable=False),
    Column("precision", String(32), nullable=False),
    Column("attention", String(32), nullable=False),
    Column("compile", String(32), nullable=False),
    Column("kv_cache", String(32), nullable=False),
    Column("device", String(32), nullable=False),
    Column("batch_size", Integer, nullable=False),
    Column("max_new_tokens", Integer, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("outcome", Text),
    Column("metrics", Text),
    Column("grade", String(1)),
    Column("message", Text),
    Column("owner_pid", Integer),
    Column("owner_started", Float),
    Column("tags", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("deleted", Boolean, nullable=False),
)

baselines = Table(
    "baselines",
    TABLES,
    Column("model", Text, primary_key=True),
    Column("run_id", String(64), ForeignKey("runs.run_id"), nullable=False),
)

schema_version = Table(
    "schema_version", TABLES, Column("version", Integer, primary_key=True, autoincrement=False)
)

Migration = tuple[str, ...]

# Statements that lead from each version to the next, the first from an empty database. A
# migration that was released is never edited: a change of the tables above is a new one here.
MIGRATIONS: tuple[Migration, ...] = (
    (
        "CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY)",
        """CREATE TABLE runs (
            run_id VARCHAR(64) NOT NULL PRIMARY KEY,
            submitted_at VARCHAR(32) NOT NULL,
            finished_at VARCHAR(32),
            status VARCHAR(16) NOT NULL,
            phase VARCHAR(16),
            model TEXT NOT NULL,
            precision VARCHAR(32) NOT NULL,
            attention VARCHAR(32) NOT NULL,
            compile VARCHAR(32) NOT NULL,
            kv_cache VARCHAR(32) NOT NULL,
            device VARCHAR(32) NOT NULL,
            batch_size INTEGER NOT NULL,
            max_new_tokens INTEGER NOT NULL,
            prompt TEXT NOT NULL,
            spec TEXT NOT NULL,
            outcome TEXT,
            metrics TEXT,
            grade VARCHAR(1),
            message TEXT,
            owner_pid INTEGER,
            owner_started FLOAT,
            tags TEXT NOT NULL,
            note TEXT NOT NULL,
            deleted BOOLEAN NOT NULL
        )""",
        "CREATE INDEX ix_runs_submitted_at ON runs (submitted_at)",
        "CREATE INDEX ix_runs_status ON runs (status)",
        """CREATE TABLE baselines (
            model TEXT NOT NULL PRIMARY KEY,
            run_id VARCHAR(64) NOT NULL REFERENCES runs (run_id)
        )""",
    ),
    ("ALTER TABLE runs ADD COLUMN weights VARCHAR(16) NOT NULL DEFAULT 'trained'",),
)


def prepare(database: Database, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Bring the database to the newest version, all or nothing.

    Raises HistoryError, and touches nothing, for a database of a later version of the program or
    of another program.
    """
    database.make_folder()
    with database.reading() as connection:
        if _version(connection, database, len(migrations)) == len(migrations):
            return
    database.use_write_ahead_log()
    with database.writing() as connection:
        # Another process may have migrated it in the meantime: look again under the lock.
        for migration in migrations[_version(connection, database, len(migrations)) :]:
            for statement in migration:
                connection.execute(text(statement))
        connection.execute(schema_version.delete())
        connection.execute(schema_version.insert().values(version=len(migrations)))


def _version(connection: Connection, database: Database, newest: int) -> int:
    """The version of the tables, 0 for an empty database."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return 0
    if schema_version.name not in tables:
        raise HistoryError(f"{database.path} is a database, but not a history of this program.")
    version = connection.execute(select(schema_version.c.version)).scalar_one()
    if version > newest:
        raise HistoryError(
            f"The history {database.path} has version {version}; this program knows versions up "
            f"to {newest}. Use a newer program, or another data folder ($TRADEOFFS_HOME)."
        )
    return int(version)
