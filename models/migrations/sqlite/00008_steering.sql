-- What a person has to answer before the run goes on, as JSON; asks is the step
-- that it is about, 0 for none.
ALTER TABLE run_bodies ADD COLUMN asked TEXT;
ALTER TABLE runs ADD COLUMN asks INTEGER NOT NULL DEFAULT 0;
CREATE INDEX runs_asks ON runs (asks, created_at, id) WHERE asks > 0;

-- Notes to a run that is being worked: its worker takes them into the log.
CREATE TABLE run_notes (
    id   INTEGER PRIMARY KEY,
    run  TEXT    NOT NULL,
    by   TEXT    NOT NULL,
    text TEXT    NOT NULL,
    at   INTEGER NOT NULL
);
CREATE INDEX run_notes_run ON run_notes (run, id);

-- Where a forked run comes from, for the tree of forks.
ALTER TABLE runs ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN origin_step INTEGER NOT NULL DEFAULT 0;
CREATE INDEX runs_origin ON runs (origin, created_at, id) WHERE origin <> '';

-- What people did with a run, without a look at its steps.
CREATE INDEX events_people ON events (run, seq)
    WHERE kind IN ('note', 'approval_asked', 'approval_answered', 'run_paused', 'run_resumed', 'run_stopped');

-- What people said that Φ is after a step, in place of a critic; state_key is
-- what the word holds for (agent.PhiKey).
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
