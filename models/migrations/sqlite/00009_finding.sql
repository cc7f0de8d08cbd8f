-- What lists filter runs by. tags are words with a space before and behind
-- each; binned is the change that deleted the run, which can be undone.
ALTER TABLE runs ADD COLUMN model TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN memory TEXT NOT NULL DEFAULT 'on';
ALTER TABLE runs ADD COLUMN tags TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN binned INTEGER NOT NULL DEFAULT 0;
UPDATE runs SET model = coalesce((SELECT json_extract(spec, '$.models.actor') FROM run_bodies b WHERE b.run = runs.id), ''),
    memory = coalesce((SELECT json_extract(spec, '$.memory') FROM run_bodies b WHERE b.run = runs.id), 'on');

-- Facets and counts of the newest runs, without a look at the rows.
DROP INDEX runs_created;
CREATE INDEX runs_created ON runs (created_at, id, binned, status, environment, model, memory, success, tags);

-- The other orders. A run comes in when it ends, so that steps write none of them.
CREATE INDEX runs_phi ON runs (phi, id) WHERE ended_at IS NOT NULL;
CREATE INDEX runs_steps ON runs (steps, id) WHERE ended_at IS NOT NULL;
CREATE INDEX runs_tokens ON runs (tokens_in + tokens_out, id) WHERE ended_at IS NOT NULL;
CREATE INDEX runs_usd ON runs (usd, id) WHERE ended_at IS NOT NULL;
CREATE INDEX runs_took ON runs (ended_at - coalesce(started_at, ended_at), id) WHERE ended_at IS NOT NULL;

-- What people did with many runs at once. runs are those that were changed.
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

-- Lists that people keep under a name.
CREATE TABLE saved_views (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    list  TEXT    NOT NULL,
    name  TEXT    NOT NULL,
    query TEXT    NOT NULL,
    actor TEXT    NOT NULL,
    at    INTEGER NOT NULL
);
CREATE UNIQUE INDEX saved_views_name ON saved_views (list, name);

-- Facets of the newest trajectories.
CREATE INDEX trajectories_facets ON trajectories (n, environment, type, success, pinned);
