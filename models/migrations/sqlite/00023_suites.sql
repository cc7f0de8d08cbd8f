-- Sets of tasks that are done as a group again and again.
CREATE TABLE suites (
    id           TEXT    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL UNIQUE,    -- the name in small letters
    description  TEXT    NOT NULL,
    version      INTEGER NOT NULL,           -- the newest
    hash         TEXT    NOT NULL,           -- of the newest version's tasks
    tasks        INTEGER NOT NULL,
    environments TEXT    NOT NULL,           -- with spaces between
    frozen       INTEGER NOT NULL DEFAULT 0,
    author       TEXT    NOT NULL,           -- who changed it last
    created_at   INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL
);

-- A row is one version of a suite's tasks and is never changed.
CREATE TABLE suite_versions (
    suite   TEXT    NOT NULL,
    version INTEGER NOT NULL,
    hash    TEXT    NOT NULL,
    count   INTEGER NOT NULL,
    author  TEXT    NOT NULL,
    note    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    tasks   TEXT    NOT NULL,                -- a JSON array
    PRIMARY KEY (suite, version)
);

-- One time that a suite was done.
CREATE TABLE suite_runs (
    id      TEXT    NOT NULL PRIMARY KEY,
    suite   TEXT    NOT NULL,
    grp     TEXT    NOT NULL,                -- of its runs, '' where it is one
    version INTEGER NOT NULL,
    hash    TEXT    NOT NULL,
    tasks   INTEGER NOT NULL,
    ask     TEXT    NOT NULL,                -- how it was done, JSON
    author  TEXT    NOT NULL,
    at      INTEGER NOT NULL
);

CREATE INDEX suite_runs_suite ON suite_runs (suite, at, id);

CREATE INDEX suite_runs_group ON suite_runs (grp) WHERE grp <> '';

-- Which run is which try of which task.
CREATE TABLE suite_tries (
    suite_run TEXT    NOT NULL,
    place     INTEGER NOT NULL,              -- in the order of the launch
    task      TEXT    NOT NULL,
    try       INTEGER NOT NULL,
    run       TEXT    NOT NULL,
    PRIMARY KEY (suite_run, place)
) WITHOUT ROWID;
