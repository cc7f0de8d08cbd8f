CREATE TABLE schema_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);

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
, tokens_cached INTEGER NOT NULL DEFAULT 0, usd REAL NOT NULL DEFAULT 0, asks INTEGER NOT NULL DEFAULT 0, origin TEXT NOT NULL DEFAULT '', origin_step INTEGER NOT NULL DEFAULT 0, model TEXT NOT NULL DEFAULT '', memory TEXT NOT NULL DEFAULT 'on', tags TEXT NOT NULL DEFAULT '', binned INTEGER NOT NULL DEFAULT 0, estimated INTEGER NOT NULL DEFAULT 0, holdout TEXT NOT NULL DEFAULT '');

CREATE INDEX runs_status ON runs (status, created_at, id);

CREATE INDEX runs_group ON runs (grp, created_at, id) WHERE grp <> '';

CREATE INDEX runs_wake ON runs (wake_at, priority) WHERE wake_at IS NOT NULL;

CREATE TABLE run_bodies (
    run    TEXT NOT NULL PRIMARY KEY,
    spec   TEXT NOT NULL,
    result TEXT
, asked TEXT);

CREATE TABLE events (
    run    TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    step   INTEGER,
    body   TEXT    NOT NULL DEFAULT '',
    hidden TEXT    NOT NULL DEFAULT '', steps INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run, seq)
) WITHOUT ROWID;

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
, at INTEGER NOT NULL DEFAULT 0);

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
, type TEXT NOT NULL DEFAULT '');

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
, kind TEXT NOT NULL DEFAULT 'rule', uplift REAL NOT NULL DEFAULT 0, uplift_low REAL NOT NULL DEFAULT -9, uplift_n REAL NOT NULL DEFAULT 0, advantage REAL NOT NULL DEFAULT -9, hits INTEGER NOT NULL DEFAULT 0, misses INTEGER NOT NULL DEFAULT 0);

CREATE INDEX heuristics_key ON heuristics (key);

CREATE INDEX heuristics_updated ON heuristics (updated_at, id);

CREATE TABLE heuristic_versions (
    id      TEXT    NOT NULL,
    n       INTEGER NOT NULL,                -- order of entry
    version INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    body    TEXT    NOT NULL, revision INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0, block INTEGER NOT NULL DEFAULT 0, place INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id, n)
) WITHOUT ROWID;

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

CREATE TABLE library_state (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    last_id  INTEGER NOT NULL
);

CREATE INDEX tombstones_key ON tombstones (key);

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

CREATE TABLE ledgers (
    environment TEXT NOT NULL,
    dynamics    TEXT NOT NULL,
    schema      TEXT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (environment, dynamics, schema)
) WITHOUT ROWID;

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

CREATE TABLE experiment_records (
    experiment TEXT NOT NULL,
    key        TEXT NOT NULL,
    value      BLOB NOT NULL,
    PRIMARY KEY (experiment, key)
);

CREATE INDEX heuristic_versions_revision ON heuristic_versions (revision, at);

CREATE TABLE library_changes (
    revision  INTEGER NOT NULL PRIMARY KEY,
    at        INTEGER NOT NULL,
    actor     TEXT    NOT NULL,
    action    TEXT    NOT NULL,
    note      TEXT    NOT NULL,
    rules     INTEGER NOT NULL,
    undoes    INTEGER NOT NULL DEFAULT 0,
    undone_by INTEGER NOT NULL DEFAULT 0,
    detail    TEXT    NOT NULL DEFAULT ''
);

CREATE TABLE library_snapshots (
    id       TEXT    NOT NULL PRIMARY KEY,
    name     TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    actor    TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    rules    INTEGER NOT NULL,
    digest   TEXT    NOT NULL,
    bytes    INTEGER NOT NULL,
    counts   BLOB    NOT NULL
);

CREATE INDEX library_snapshots_at ON library_snapshots (at, id);

CREATE TABLE rule_pairs (
    a        TEXT    NOT NULL,
    b        TEXT    NOT NULL,
    decision TEXT    NOT NULL,
    actor    TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (a, b)
) WITHOUT ROWID;

CREATE TABLE critics (
    id          INTEGER NOT NULL PRIMARY KEY,
    critic      TEXT    NOT NULL,
    environment TEXT    NOT NULL,
    dynamics    TEXT    NOT NULL,
    schema      TEXT    NOT NULL,
    total       INTEGER NOT NULL,            -- pairs it has had
    standing    TEXT    NOT NULL             -- its right
);

CREATE UNIQUE INDEX critics_key ON critics (environment, dynamics, schema, critic);

CREATE TABLE critic_pairs (
    critic  INTEGER NOT NULL REFERENCES critics (id),
    n       INTEGER NOT NULL,                -- from 1, in the order of arrival
    run     TEXT    NOT NULL,
    phi     REAL    NOT NULL,
    success INTEGER NOT NULL,
    PRIMARY KEY (critic, n)
) WITHOUT ROWID;

CREATE UNIQUE INDEX critic_pairs_run ON critic_pairs (run);

CREATE TABLE review_put_off (
    key    TEXT    NOT NULL PRIMARY KEY,
    until  INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    at     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX trajectories_type ON trajectories (type, n);

CREATE TABLE connections (
    name        TEXT    NOT NULL PRIMARY KEY,
    provider    TEXT    NOT NULL,
    base_url    TEXT    NOT NULL,
    key_env     TEXT    NOT NULL,
    key         BLOB,
    concurrency INTEGER NOT NULL,
    per_minute  INTEGER NOT NULL,
    day_tokens  INTEGER NOT NULL,
    day_usd     REAL    NOT NULL,
    disabled    INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
, key_for TEXT NOT NULL DEFAULT '', thinking_tokens INTEGER NOT NULL DEFAULT 0, overflow_words TEXT NOT NULL DEFAULT '') WITHOUT ROWID;

CREATE TABLE prices (
    model        TEXT NOT NULL PRIMARY KEY,
    price_in     REAL NOT NULL,
    price_cached REAL NOT NULL,
    price_out    REAL NOT NULL
) WITHOUT ROWID;

CREATE TABLE prompts (
    role   TEXT    NOT NULL,
    n      INTEGER NOT NULL,                   -- from 1, in the order of writing
    text   TEXT    NOT NULL,
    note   TEXT    NOT NULL,
    actor  TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    used   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (role, n)
) WITHOUT ROWID;

CREATE TABLE vectors (
    model  TEXT NOT NULL,
    key    BLOB NOT NULL,                      -- SHA-256 of the text
    vector BLOB NOT NULL,                      -- float32, little-endian
    PRIMARY KEY (model, key)
) WITHOUT ROWID;

CREATE INDEX runs_asks ON runs (asks, created_at, id) WHERE asks > 0;

CREATE INDEX runs_origin ON runs (origin, created_at, id) WHERE origin <> '';

CREATE INDEX events_people ON events (run, seq)
    WHERE kind IN ('note', 'approval_asked', 'approval_answered', 'run_paused', 'run_resumed', 'run_stopped');

CREATE TABLE phi_words (
    run       TEXT    NOT NULL,
    step      INTEGER NOT NULL,
    state_key TEXT    NOT NULL,
    phi       REAL    NOT NULL,
    was       REAL    NOT NULL,
    reason    TEXT    NOT NULL,
    by        TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (run, step)
) WITHOUT ROWID;

CREATE TABLE run_changes (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    action TEXT    NOT NULL,
    tag    TEXT    NOT NULL DEFAULT '',
    actor  TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    runs   TEXT    NOT NULL DEFAULT '[]', -- ids, JSON
    undone INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX runs_binned ON runs (binned) WHERE binned > 0;

CREATE TABLE saved_views (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    list  TEXT    NOT NULL,
    name  TEXT    NOT NULL,
    query TEXT    NOT NULL,
    actor TEXT    NOT NULL,
    at    INTEGER NOT NULL
);

CREATE UNIQUE INDEX saved_views_name ON saved_views (list, name);

CREATE INDEX trajectories_facets ON trajectories (n, environment, type, success, pinned);

CREATE TABLE replay_prunes (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    actor  TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE pruned_trajectories (
    prune INTEGER NOT NULL,
    id    TEXT    NOT NULL,
    row   TEXT    NOT NULL,
    body  BLOB    NOT NULL,
    PRIMARY KEY (prune, id)
);

CREATE TABLE run_wishes (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    run  TEXT    NOT NULL,
    kind TEXT    NOT NULL,
    by   TEXT    NOT NULL,
    body TEXT    NOT NULL DEFAULT '{}',
    at   INTEGER NOT NULL
);

CREATE INDEX run_wishes_run ON run_wishes (run, id);

CREATE TABLE comments (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    line       TEXT    NOT NULL,                -- its title at the time
    text       TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    deleted_at INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE comment_rules (
    rule    TEXT    NOT NULL,
    comment INTEGER NOT NULL,
    place   INTEGER NOT NULL,                   -- in the order of the line
    PRIMARY KEY (rule, comment)
) WITHOUT ROWID;

CREATE INDEX comment_rules_comment ON comment_rules (comment, place);

CREATE TABLE milestones (
    environment TEXT    NOT NULL,
    dynamics    TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    items       TEXT    NOT NULL,           -- a JSON array of texts
    author      TEXT    NOT NULL,
    note        TEXT    NOT NULL,
    status      TEXT    NOT NULL,           -- in_use, waiting, rejected
    reviewed    INTEGER NOT NULL,           -- a person looked at it
    at          INTEGER NOT NULL,
    PRIMARY KEY (environment, dynamics, version)
) WITHOUT ROWID;

CREATE INDEX runs_created ON runs (created_at, id, binned, status, environment, model, memory, success, source, tags);

CREATE INDEX runs_phi ON runs (phi, id, status, binned) WHERE ended_at IS NOT NULL;

CREATE INDEX runs_steps ON runs (steps, id, status, binned) WHERE ended_at IS NOT NULL;

CREATE INDEX runs_tokens ON runs (tokens_in + tokens_out, id, status, binned) WHERE ended_at IS NOT NULL;

CREATE INDEX runs_usd ON runs (usd, id, status, binned) WHERE ended_at IS NOT NULL;

CREATE INDEX runs_took ON runs (ended_at - coalesce(started_at, ended_at), id, status, binned) WHERE ended_at IS NOT NULL;

CREATE TABLE contents (
    id     INTEGER PRIMARY KEY,
    hash   TEXT    NOT NULL UNIQUE,         -- SHA-256 in hex
    size   INTEGER NOT NULL,                -- bytes, unpacked
    packed INTEGER NOT NULL,                -- body is compressed
    body   BLOB    NOT NULL
);

CREATE TABLE run_contents (
    run     TEXT    NOT NULL,
    content INTEGER NOT NULL,
    PRIMARY KEY (run, content)
) WITHOUT ROWID;

CREATE INDEX run_contents_content ON run_contents (content);

CREATE TABLE heuristic_blocks (
    block INTEGER PRIMARY KEY,
    body  BLOB    NOT NULL                  -- rules as JSON, a line each, deflated
);

CREATE TABLE "calls" (
    run           TEXT    NOT NULL,
    n             INTEGER NOT NULL,            -- order within the run, from 1
    step          INTEGER NOT NULL,            -- 0 before the first and after the last
    role          TEXT    NOT NULL,
    connection    TEXT    NOT NULL,
    model         TEXT    NOT NULL,
    prompt        TEXT    NOT NULL,
    tokens_in     INTEGER NOT NULL,
    tokens_cached INTEGER NOT NULL,
    tokens_out    INTEGER NOT NULL,
    usd           REAL    NOT NULL,
    estimated     INTEGER NOT NULL DEFAULT 0,
    took          INTEGER NOT NULL,            -- nanoseconds
    first_text    INTEGER NOT NULL,
    failed        INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    body          BLOB    NOT NULL
);

CREATE UNIQUE INDEX calls_run ON calls (run, n);

CREATE INDEX calls_day ON calls (connection, at, tokens_in, tokens_out, usd, estimated);

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

CREATE TABLE suite_tries (
    suite_run TEXT    NOT NULL,
    place     INTEGER NOT NULL,              -- in the order of the launch
    task      TEXT    NOT NULL,
    try       INTEGER NOT NULL,
    run       TEXT    NOT NULL,
    PRIMARY KEY (suite_run, place)
) WITHOUT ROWID;

CREATE INDEX heuristics_scope ON heuristics (environment, dynamics);

INSERT INTO library_state (id, revision, last_id) VALUES (1, 1, 0);

INSERT INTO schema_version (version_id, is_applied) VALUES (0, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (1, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (2, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (3, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (4, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (5, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (6, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (7, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (8, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (9, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (10, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (11, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (13, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (14, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (15, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (16, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (17, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (18, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (19, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (20, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (21, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (22, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (23, 1);

INSERT INTO schema_version (version_id, is_applied) VALUES (24, 1);
