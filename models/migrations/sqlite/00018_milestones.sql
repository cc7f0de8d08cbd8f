-- What critics by language model judge a world by where its environment declares no
-- milestones. A row is one version of a world's set and is never changed.
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
