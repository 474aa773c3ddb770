"""SQLite: statements that lead from each version to the next, the first from an empty file.

A migration that was released is never edited: a change of the tables in `schema` is a new one.
"""

from core.results.migrations.derived import derive_columns
from core.results.migrations.hardware import derive_hardware
from core.results.migrations.step import Migration

INDEXES_OF_RUNS = (
    "CREATE INDEX ix_runs_status ON runs (status)",
    """CREATE INDEX ix_runs_listed ON runs (
        deleted, submitted_at, run_id, status, model, weights, precision, attention, searched
    )""",
    """CREATE INDEX ix_runs_choices ON runs (
        deleted, status, model, weights, precision, attention
    )""",
    """CREATE INDEX ix_runs_alike ON runs (
        model, device, status, deleted, precision, attention, compile, kv_cache, weights,
        submitted_at, run_id
    )""",
    """CREATE INDEX ix_runs_of_device ON runs (
        model, device, status, deleted, submitted_at, run_id
    )""",
    """CREATE INDEX ix_runs_of_precision ON runs (
        model, status, deleted, precision, submitted_at, run_id
    )""",
    "CREATE INDEX ix_runs_spec ON runs (spec_id, environment_id, submitted_at)",
)

SQLITE: tuple[Migration, ...] = (
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
    (
        "CREATE TABLE kept_baselines AS SELECT model, run_id FROM baselines",
        "DROP TABLE baselines",
        "ALTER TABLE runs RENAME TO old_runs",
        """CREATE TABLE runs (
            run_id VARCHAR(64) NOT NULL PRIMARY KEY,
            submitted_at VARCHAR(32) NOT NULL,
            finished_at VARCHAR(32),
            status VARCHAR(16) NOT NULL,
            phase VARCHAR(16),
            model TEXT NOT NULL,
            weights VARCHAR(16) NOT NULL,
            precision VARCHAR(32) NOT NULL,
            attention VARCHAR(32) NOT NULL,
            compile VARCHAR(32) NOT NULL,
            kv_cache VARCHAR(32) NOT NULL,
            device VARCHAR(32) NOT NULL,
            batch_size INTEGER NOT NULL,
            max_new_tokens INTEGER NOT NULL,
            grade VARCHAR(1),
            deleted BOOLEAN NOT NULL,
            owner_pid INTEGER,
            owner_started FLOAT,
            spec_id VARCHAR(16),
            question_id VARCHAR(16),
            environment_id VARCHAR(16),
            device_name TEXT,
            levers TEXT,
            metrics TEXT,
            intervals TEXT,
            tags TEXT NOT NULL,
            note TEXT NOT NULL,
            message TEXT,
            prompt TEXT NOT NULL,
            searched TEXT,
            spec TEXT NOT NULL,
            outcome TEXT
        )""",
        """INSERT INTO runs (
            run_id, submitted_at, finished_at, status, phase, model, weights, precision, attention,
            compile, kv_cache, device, batch_size, max_new_tokens, grade, deleted, owner_pid,
            owner_started, metrics, tags, note, message, prompt, spec, outcome
        ) SELECT
            run_id, submitted_at, finished_at, status, phase, model, weights, precision, attention,
            compile, kv_cache, device, batch_size, max_new_tokens, grade, deleted, owner_pid,
            owner_started, metrics, tags, note, message, prompt, spec, outcome
        FROM old_runs""",
        "DROP TABLE old_runs",
        """CREATE TABLE baselines (
            model TEXT NOT NULL PRIMARY KEY,
            run_id VARCHAR(64) NOT NULL REFERENCES runs (run_id)
        )""",
        "INSERT INTO baselines SELECT model, run_id FROM kept_baselines",
        "DROP TABLE kept_baselines",
        derive_columns,
        *INDEXES_OF_RUNS,
        """CREATE INDEX ix_runs_scope ON runs (
            status, deleted, question_id, environment_id, device, device_name, model,
            submitted_at, run_id
        )""",
        """CREATE TABLE experiments (
            experiment_id VARCHAR(64) NOT NULL PRIMARY KEY,
            kind VARCHAR(16) NOT NULL,
            title TEXT NOT NULL,
            created_at VARCHAR(32) NOT NULL,
            finished_at VARCHAR(32),
            status VARCHAR(16) NOT NULL,
            owner_pid INTEGER,
            owner_started FLOAT,
            request TEXT NOT NULL,
            result TEXT
        )""",
        "CREATE INDEX ix_experiments_created_at ON experiments (created_at)",
        """CREATE TABLE experiment_runs (
            experiment_id VARCHAR(64) NOT NULL REFERENCES experiments (experiment_id),
            position INTEGER NOT NULL,
            label TEXT NOT NULL,
            run_id VARCHAR(64) NOT NULL,
            reused BOOLEAN NOT NULL,
            PRIMARY KEY (experiment_id, position)
        )""",
        "CREATE INDEX ix_experiment_runs_run_id ON experiment_runs (run_id)",
    ),
    (
        "CREATE TABLE kept_baselines AS SELECT model, run_id FROM baselines",
        "DROP TABLE baselines",
        "ALTER TABLE runs RENAME TO old_runs",
        """CREATE TABLE runs (
            run_id VARCHAR(64) NOT NULL PRIMARY KEY,
            submitted_at VARCHAR(32) NOT NULL,
            finished_at VARCHAR(32),
            status VARCHAR(16) NOT NULL,
            phase VARCHAR(16),
            model TEXT NOT NULL,
            weights VARCHAR(16) NOT NULL,
            precision VARCHAR(32) NOT NULL,
            attention VARCHAR(32) NOT NULL,
            compile VARCHAR(32) NOT NULL,
            kv_cache VARCHAR(32) NOT NULL,
            device VARCHAR(32) NOT NULL,
            batch_size INTEGER NOT NULL,
            max_new_tokens INTEGER NOT NULL,
            grade VARCHAR(1),
            deleted BOOLEAN NOT NULL,
            host_name TEXT,
            owner_host TEXT,
            owner_pid INTEGER,
            owner_started FLOAT,
            owner_seen FLOAT,
            spec_id VARCHAR(16),
            question_id VARCHAR(16),
            environment_id VARCHAR(16),
            device_name TEXT,
            hardware_id VARCHAR(16),
            hardware TEXT,
            levers TEXT,
            metrics TEXT,
            intervals TEXT,
            tags TEXT NOT NULL,
            note TEXT NOT NULL,
            message TEXT,
            prompt TEXT NOT NULL,
            searched TEXT,
            spec TEXT NOT NULL,
            outcome TEXT
        )""",
        """INSERT INTO runs (
            run_id, submitted_at, finished_at, status, phase, model, weights, precision, attention,
            compile, kv_cache, device, batch_size, max_new_tokens, grade, deleted, owner_pid,
            owner_started, spec_id, question_id, environment_id, device_name, levers, metrics,
            intervals, tags, note, message, prompt, searched, spec, outcome
        ) SELECT
            run_id, submitted_at, finished_at, status, phase, model, weights, precision, attention,
            compile, kv_cache, device, batch_size, max_new_tokens, grade, deleted, owner_pid,
            owner_started, spec_id, question_id, environment_id, device_name, levers, metrics,
            intervals, tags, note, message, prompt, searched, spec, outcome
        FROM old_runs""",
        "DROP TABLE old_runs",
        """CREATE TABLE baselines (
            model TEXT NOT NULL PRIMARY KEY,
            run_id VARCHAR(64) NOT NULL REFERENCES runs (run_id)
        )""",
        "INSERT INTO baselines SELECT model, run_id FROM kept_baselines",
        "DROP TABLE kept_baselines",
        derive_hardware,
        *INDEXES_OF_RUNS,
        """CREATE INDEX ix_runs_scope ON runs (
            status, deleted, question_id, hardware_id, hardware, model, submitted_at, run_id
        )""",
        "ALTER TABLE experiments ADD COLUMN host_name TEXT",
        "ALTER TABLE experiments ADD COLUMN owner_host TEXT",
        "ALTER TABLE experiments ADD COLUMN owner_seen FLOAT",
    ),
)
