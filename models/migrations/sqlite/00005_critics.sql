-- What critics said at the end of tasks beside what became of them, by critic
-- and scope: the newest pairs, and the right that followed at the last look.
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
