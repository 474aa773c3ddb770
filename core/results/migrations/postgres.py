"""PostgreSQL: statements that lead from each version to the next, the first from an empty database.

Versions are counted apart from SQLite's. Texts are compared byte by byte, as there, so that both
sort alike; a limit of length would cut off what it is compared with. A migration that was released
is never edited.
"""

from core.results.migrations.step import Migration

POSTGRES: tuple[Migration, ...] = (
    (
        "CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY)",
        "CREATE TABLE changes (count BIGINT NOT NULL)",
        "INSERT INTO changes VALUES (0)",
        # Rows of up to half a page keep their metrics as they are, not compressed: they are read
        # by the ten thousand, a number at a time.
        """CREATE TABLE runs (
            run_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
            submitted_at TEXT COLLATE "C" NOT NULL,
            finished_at TEXT COLLATE "C",
            status TEXT COLLATE "C" NOT NULL,
            phase TEXT COLLATE "C",
            model TEXT COLLATE "C" NOT NULL,
            weights TEXT COLLATE "C" NOT NULL,
            precision TEXT COLLATE "C" NOT NULL,
            attention TEXT COLLATE "C" NOT NULL,
            compile TEXT COLLATE "C" NOT NULL,
            kv_cache TEXT COLLATE "C" NOT NULL,
            device TEXT COLLATE "C" NOT NULL,
            batch_size BIGINT NOT NULL,
            max_new_tokens BIGINT NOT NULL,
            grade TEXT COLLATE "C",
            deleted BOOLEAN NOT NULL,
            host_name TEXT COLLATE "C",
            owner_host TEXT COLLATE "C",
            owner_pid BIGINT,
            owner_started DOUBLE PRECISION,
            owner_seen DOUBLE PRECISION,
            spec_id TEXT COLLATE "C",
            question_id TEXT COLLATE "C",
            environment_id TEXT COLLATE "C",
            device_name TEXT COLLATE "C",
            hardware_id TEXT COLLATE "C",
            hardware TEXT COLLATE "C",
            levers TEXT COLLATE "C",
            metrics JSONB,
            intervals JSONB,
            tags TEXT COLLATE "C" NOT NULL,
            note TEXT COLLATE "C" NOT NULL,
            message TEXT COLLATE "C",
            prompt TEXT COLLATE "C" NOT NULL,
            searched TEXT COLLATE "C",
            spec TEXT COLLATE "C" NOT NULL,
            outcome TEXT COLLATE "C"
        ) WITH (toast_tuple_target = 4080)""",
        """CREATE INDEX ix_runs_unfinished ON runs (owner_host, device)
            WHERE status IN ('queued', 'running')""",
        "CREATE INDEX ix_runs_listed ON runs (submitted_at, run_id) WHERE NOT deleted",
        """CREATE INDEX ix_runs_choices ON runs (status, model, weights, precision, attention)
            WHERE NOT deleted""",
        """CREATE INDEX ix_runs_alike ON runs (model, device, submitted_at, run_id)
            WHERE status = 'done' AND NOT deleted""",
        """CREATE INDEX ix_runs_of_precision ON runs (model, precision, submitted_at, run_id)
            WHERE status = 'done' AND NOT deleted""",
        """CREATE INDEX ix_runs_scope ON runs (
            question_id, hardware_id, hardware, model, submitted_at, run_id
        ) WHERE status = 'done' AND NOT deleted""",
        "CREATE INDEX ix_runs_spec ON runs (spec_id, environment_id, submitted_at)",
        """CREATE TABLE baselines (
            model TEXT COLLATE "C" NOT NULL PRIMARY KEY,
            run_id TEXT COLLATE "C" NOT NULL REFERENCES runs (run_id)
        )""",
        """CREATE TABLE experiments (
            experiment_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
            kind TEXT COLLATE "C" NOT NULL,
            title TEXT COLLATE "C" NOT NULL,
            created_at TEXT COLLATE "C" NOT NULL,
            finished_at TEXT COLLATE "C",
            status TEXT COLLATE "C" NOT NULL,
            host_name TEXT COLLATE "C",
            owner_host TEXT COLLATE "C",
            owner_pid BIGINT,
            owner_started DOUBLE PRECISION,
            owner_seen DOUBLE PRECISION,
            request TEXT COLLATE "C" NOT NULL,
            result TEXT COLLATE "C"
        )""",
        "CREATE INDEX ix_experiments_created_at ON experiments (created_at, experiment_id)",
        """CREATE TABLE experiment_runs (
            experiment_id TEXT COLLATE "C" NOT NULL REFERENCES experiments (experiment_id),
            position BIGINT NOT NULL,
            label TEXT COLLATE "C" NOT NULL,
            run_id TEXT COLLATE "C" NOT NULL,
            reused BOOLEAN NOT NULL,
            PRIMARY KEY (experiment_id, position)
        )""",
        "CREATE INDEX ix_experiment_runs_run_id ON experiment_runs (run_id)",
    ),
)
