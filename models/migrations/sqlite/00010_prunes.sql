-- What people pruned of the replay, kept for a while so that it can be brought
-- back: the rows as JSON, the bodies as they were.
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
