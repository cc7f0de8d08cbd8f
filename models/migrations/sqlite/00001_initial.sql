-- One row a run, small, because every step rewrites it. What does not change
-- with a step (the spec, the result) stands in run_bodies.
CREATE TABLE runs (
    id          TEXT    NOT NULL PRIMARY KEY,
    grp         TEXT    NOT NULL DEFAULT '',
    label       TEXT    NOT NULL DEFAULT '',
    environment TEXT    NOT NULL,
    purpose     TEXT    NOT NULL,
    seed        INTEGER NOT NULL,
    status      TEXT    NOT NULL,
    reason      TEXT    NOT NULL DEFAULT '',
    steps       INTEGER NOT NULL DEFAULT 0,
    phi         REAL    NOT NULL DEFAULT 0,
    spark       TEXT    NOT NULL DEFAULT '',
    success     INTEGER,
    source      TEXT    NOT NULL DEFAULT '',
    score       REAL    NOT NULL DEFAULT 0,
    tokens_in   INTEGER NOT NULL DEFAULT 0,
    tokens_out  INTEGER NOT NULL DEFAULT 0,
    calls       INTEGER NOT NULL DEFAULT 0,
    last_seq    INTEGER NOT NULL DEFAULT 0,
    created_at  INTEGER NOT NULL,            -- times are Unix nanoseconds
    started_at  INTEGER,
    ended_at    INTEGER,
    -- How the run is worked. wake_at is when a worker should take it, NULL
    -- while nobody should; job is the queued job that will, 0 without one.
    epoch       INTEGER NOT NULL DEFAULT 0,
    owner       TEXT    NOT NULL DEFAULT '',
    lease_until INTEGER NOT NULL DEFAULT 0,
    wake_at     INTEGER,
    job         INTEGER NOT NULL DEFAULT 0,
    priority    INTEGER NOT NULL DEFAULT 1,
    control     TEXT    NOT NULL DEFAULT '',
    control_by  TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX runs_created ON runs (created_at, id);
CREATE INDEX runs_status ON runs (status, created_at, id);
CREATE INDEX runs_group ON runs (grp, created_at, id) WHERE grp <> '';
CREATE INDEX runs_wake ON runs (wake_at, priority) WHERE wake_at IS NOT NULL;

CREATE TABLE run_bodies (
    run    TEXT NOT NULL PRIMARY KEY,
    spec   TEXT NOT NULL,
    result TEXT
);

-- The log. A step's event refers to the steps row and has no body of its own.
CREATE TABLE events (
    run    TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    step   INTEGER,
    body   TEXT    NOT NULL DEFAULT '',
    hidden TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (run, seq)
) WITHOUT ROWID;

-- Row idx holds the state after step idx, row 0 the initial state; the state
-- before step idx is row idx-1's, unless before_state says otherwise.
CREATE TABLE steps (
    run          TEXT    NOT NULL,
    idx          INTEGER NOT NULL,
    phi          REAL    NOT NULL,
    delta        REAL    NOT NULL,
    label        TEXT    NOT NULL DEFAULT '',
    marks        INTEGER NOT NULL DEFAULT 0, -- what the lanes under the line show
    body         TEXT    NOT NULL DEFAULT '',
    summary      TEXT    NOT NULL DEFAULT '',
    data         TEXT    NOT NULL DEFAULT '',
    hidden       TEXT    NOT NULL DEFAULT '',
    before_state TEXT    NOT NULL DEFAULT ''
);
-- Covers the Φ line, so that drawing it never touches a body.
CREATE INDEX steps_line ON steps (run, idx, phi, delta, label, marks);

CREATE TABLE trajectories (
    id           TEXT    NOT NULL PRIMARY KEY,
    run          TEXT    NOT NULL,
    environment  TEXT    NOT NULL,
    dynamics     TEXT    NOT NULL DEFAULT '',
    schema       TEXT    NOT NULL DEFAULT '',
    purpose      TEXT    NOT NULL,
    description  TEXT    NOT NULL DEFAULT '',
    success      INTEGER NOT NULL,
    source       TEXT    NOT NULL,
    score        REAL    NOT NULL,
    steps        INTEGER NOT NULL,
    final_phi    REAL    NOT NULL,
    total_delta  REAL    NOT NULL,
    reward       REAL    NOT NULL,
    success_rate REAL    NOT NULL,
    q_value      REAL    NOT NULL,
    retrieved    INTEGER NOT NULL DEFAULT 0,
    pinned       INTEGER NOT NULL DEFAULT 0,
    spark        TEXT    NOT NULL DEFAULT '',
    at           INTEGER NOT NULL,
    n            INTEGER NOT NULL            -- order of arrival
);
CREATE UNIQUE INDEX trajectories_n ON trajectories (n);
CREATE INDEX trajectories_value ON trajectories (q_value, n);

CREATE TABLE trajectory_bodies (
    id   TEXT NOT NULL PRIMARY KEY,
    body BLOB NOT NULL
);

CREATE TABLE heuristics (
    id          TEXT    NOT NULL PRIMARY KEY,
    version     INTEGER NOT NULL,
    tier        TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    pinned      INTEGER NOT NULL,
    author      TEXT    NOT NULL,
    environment TEXT    NOT NULL DEFAULT '',
    dynamics    TEXT    NOT NULL DEFAULT '',
    schema      TEXT    NOT NULL DEFAULT '',
    key         TEXT    NOT NULL,
    text        TEXT    NOT NULL,            -- title and words, for search
    support     REAL    NOT NULL,
    uses        INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    body        TEXT    NOT NULL
);
CREATE INDEX heuristics_scope ON heuristics (environment, dynamics, key);
CREATE INDEX heuristics_key ON heuristics (key);
CREATE INDEX heuristics_updated ON heuristics (updated_at, id);
-- Support and uses have none: each task moves them in many rows, and a list sorts some thousands quickly.

CREATE TABLE heuristic_versions (
    id      TEXT    NOT NULL,
    n       INTEGER NOT NULL,                -- order of entry
    version INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    body    TEXT    NOT NULL,
    PRIMARY KEY (id, n)
) WITHOUT ROWID;

-- What a person deleted: the distiller must not bring it back.
CREATE TABLE tombstones (
    environment TEXT    NOT NULL,
    dynamics    TEXT    NOT NULL,
    schema      TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    actor       TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (environment, dynamics, schema, key)
) WITHOUT ROWID;

CREATE TABLE distilled (
    trajectory TEXT    NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL
) WITHOUT ROWID;

-- Counts up with every change of the library; last_id numbers the heuristics.
CREATE TABLE library_state (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    last_id  INTEGER NOT NULL
);
CREATE INDEX tombstones_key ON tombstones (key);
INSERT INTO library_state (id, revision, last_id) VALUES (1, 1, 0);

CREATE TABLE settings (
    key        TEXT    NOT NULL PRIMARY KEY,
    value      TEXT    NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    detail  TEXT    NOT NULL DEFAULT ''
);
