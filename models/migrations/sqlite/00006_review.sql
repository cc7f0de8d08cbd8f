-- What people put off in the review inbox, by the item's key, and until when.
CREATE TABLE review_put_off (
    key    TEXT    NOT NULL PRIMARY KEY,
    until  INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    at     INTEGER NOT NULL
) WITHOUT ROWID;

-- The type of a task is what credit is measured within; lists filter by it.
ALTER TABLE trajectories ADD COLUMN type TEXT NOT NULL DEFAULT '';
CREATE INDEX trajectories_type ON trajectories (type, n);
