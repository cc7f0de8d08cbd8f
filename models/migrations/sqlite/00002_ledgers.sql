-- What the tasks of one scope came to: the baselines of credit and the hold-out
-- of the learned set. One row a scope, however many tasks.
CREATE TABLE ledgers (
    environment TEXT NOT NULL,
    dynamics    TEXT NOT NULL,
    schema      TEXT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (environment, dynamics, schema)
) WITHOUT ROWID;
