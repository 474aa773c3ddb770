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
)

from core.errors import HistoryError
from core.results.database import Database
from core.results.migrations import MIGRATIONS, Migration, carry_out

TABLES = MetaData()

runs = Table(
    "runs",
    TABLES,
    Column("run_id", String(64), primary_key=True),
    Column("submitted_at", String(32), nullable=False),
    Column("finished_at", String(32)),
    Column("status", String(16), nullable=False),
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
    Column("grade", String(1)),
    Column("deleted", Boolean, nullable=False),
    Column("owner_pid", Integer),
    Column("owner_started", Float),
    Column("spec_id", String(16)),
    Column("question_id", String(16)),
    Column("environment_id", String(16)),
    Column("device_name", Text),
    Column("levers", Text),
    Column("metrics", Text),
    Column("intervals", Text),
    Column("tags", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("message", Text),
    Column("prompt", Text, nullable=False),
    Column("searched", Text),
    # SQLite reads a row from its start: what is long stands last, so that lists never pass it.
    Column("spec", Text, nullable=False),
    Column("outcome", Text),
)

baselines = Table(
    "baselines",
    TABLES,
    Column("model", Text, primary_key=True),
    Column("run_id", String(64), ForeignKey("runs.run_id"), nullable=False),
)

experiments = Table(
    "experiments",
    TABLES,
    Column("experiment_id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("finished_at", String(32)),
    Column("status", String(16), nullable=False),
    Column("owner_pid", Integer),
    Column("owner_started", Float),
    Column("request", Text, nullable=False),
    Column("result", Text),
)

experiment_runs = Table(
    "experiment_runs",
    TABLES,
    Column("experiment_id", ForeignKey("experiments.experiment_id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("label", Text, nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("reused", Boolean, nullable=False),
)

schema_version = Table(
    "schema_version", TABLES, Column("version", Integer, primary_key=True, autoincrement=False)
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
            for step in migration:
                carry_out(step, connection)
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
