-- One row an experiment, small, because its progress rewrites it a few times a
-- second. revision counts its changes, for those who follow it.
CREATE TABLE experiments (
    id          TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    environment TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    reason      TEXT    NOT NULL DEFAULT '',
    asked_by    TEXT    NOT NULL DEFAULT '',
    config_hash TEXT    NOT NULL,
    verdict     TEXT    NOT NULL DEFAULT '',
    effect      TEXT    NOT NULL DEFAULT '',
    progress    TEXT    NOT NULL DEFAULT '',
    revision    INTEGER NOT NULL DEFAULT 1,
    spent       INTEGER NOT NULL DEFAULT 0,  -- nanoseconds of work, over all interruptions
    created_at  INTEGER NOT NULL,            -- times are Unix nanoseconds
    started_at  INTEGER,
    ended_at    INTEGER,
    -- Whoever holds the lease works it; the epoch fences every write.
    epoch       INTEGER NOT NULL DEFAULT 0,
    owner       TEXT    NOT NULL DEFAULT '',
    lease_until INTEGER NOT NULL DEFAULT 0,
    cancel_by   TEXT    NOT NULL DEFAULT ''  -- who asked the holder to cancel
);
CREATE INDEX experiments_created ON experiments (created_at, id);
CREATE INDEX experiments_due ON experiments (created_at, id) WHERE status IN ('queued', 'running');

CREATE TABLE experiment_bodies (
    experiment TEXT NOT NULL PRIMARY KEY,
    spec       TEXT NOT NULL,
    report     TEXT NOT NULL DEFAULT ''
);

-- The journal of an experiment that has not finished: each task that ended.
-- When it finishes all of it is in the report, and these rows go.
CREATE TABLE experiment_records (
    experiment TEXT NOT NULL,
    key        TEXT NOT NULL,
    value      BLOB NOT NULL,
    PRIMARY KEY (experiment, key)
);
