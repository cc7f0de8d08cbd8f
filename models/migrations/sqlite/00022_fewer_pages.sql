-- A step was two rows, of steps and of events, each in a page of its own to write.
-- Its row in steps now has the time of its event, 0 where events has a row from
-- before; and events says with each of its rows how many steps came before it, so
-- that a number missing in the order is known to be a step, and which.
ALTER TABLE steps ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN steps INTEGER NOT NULL DEFAULT 0;

-- What models were asked and answered is longer than a page of a WITHOUT ROWID table
-- holds of a row, so that each call took a page of its own for the rest.
CREATE TABLE calls_by_row (
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
INSERT INTO calls_by_row SELECT run, n, step, role, connection, model, prompt, tokens_in, tokens_cached, tokens_out, usd, estimated,
    took, first_text, failed, at, body FROM calls;
DROP TABLE calls;
ALTER TABLE calls_by_row RENAME TO calls;
CREATE UNIQUE INDEX calls_run ON calls (run, n);
CREATE INDEX calls_day ON calls (connection, at, tokens_in, tokens_out, usd, estimated);
