-- The history of rules becomes the history of the library: revision is the
-- number of the change that wrote an entry, so that "the library after change
-- 812" is one query, and gone marks the entry of a deletion.
ALTER TABLE heuristic_versions ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heuristic_versions ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
-- Older entries get their order in time; the library's own number goes on from there.
WITH ranked AS (SELECT id, n, dense_rank() OVER (ORDER BY at) AS revision FROM heuristic_versions)
UPDATE heuristic_versions SET revision = ranked.revision FROM ranked
WHERE heuristic_versions.id = ranked.id AND heuristic_versions.n = ranked.n;
UPDATE library_state SET revision = max(revision, (SELECT coalesce(max(revision), 0) FROM heuristic_versions));
CREATE INDEX heuristic_versions_moment ON heuristic_versions (id, n, revision, gone);
CREATE INDEX heuristic_versions_revision ON heuristic_versions (revision, at);

-- What the list filters and sorts by beside its older columns. uplift_low and
-- advantage are -9 where there is no estimate, so that such rules come last.
ALTER TABLE heuristics ADD COLUMN kind TEXT NOT NULL DEFAULT 'rule';
ALTER TABLE heuristics ADD COLUMN uplift REAL NOT NULL DEFAULT 0;
ALTER TABLE heuristics ADD COLUMN uplift_low REAL NOT NULL DEFAULT -9;
ALTER TABLE heuristics ADD COLUMN uplift_n REAL NOT NULL DEFAULT 0;
ALTER TABLE heuristics ADD COLUMN advantage REAL NOT NULL DEFAULT -9;
ALTER TABLE heuristics ADD COLUMN hits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heuristics ADD COLUMN misses INTEGER NOT NULL DEFAULT 0;
UPDATE heuristics SET kind = coalesce(json_extract(body, '$.kind'), 'rule');

-- Changes that people made, by the revision they made. detail holds what
-- undoing needs beyond the history.
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

-- A snapshot is a revision, and the counts as they stood: words and status are
-- in the history.
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

-- What a person decided about two rules that contradict or repeat each other.
CREATE TABLE rule_pairs (
    a        TEXT    NOT NULL,
    b        TEXT    NOT NULL,
    decision TEXT    NOT NULL,
    actor    TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (a, b)
) WITHOUT ROWID;
