-- Model servers that people set up. key is sealed, never plain; NULL is none.
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
) WITHOUT ROWID;

-- What a million tokens cost, in US dollars.
CREATE TABLE prices (
    model        TEXT NOT NULL PRIMARY KEY,
    price_in     REAL NOT NULL,
    price_cached REAL NOT NULL,
    price_out    REAL NOT NULL
) WITHOUT ROWID;

-- Calls of models, word for word: body is compressed JSON.
CREATE TABLE calls (
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
    took          INTEGER NOT NULL,            -- nanoseconds
    first_text    INTEGER NOT NULL,
    failed        INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    body          BLOB    NOT NULL,
    PRIMARY KEY (run, n)
) WITHOUT ROWID;
CREATE INDEX calls_day ON calls (connection, at, tokens_in, tokens_out, usd);

-- The words in which roles ask their models: versions that people wrote. The
-- built-in words are version 0 and not stored. One version of a role is in use.
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

-- Vectors of texts by embedding models, so that no text is sent twice.
CREATE TABLE vectors (
    model  TEXT NOT NULL,
    key    BLOB NOT NULL,                      -- SHA-256 of the text
    vector BLOB NOT NULL,                      -- float32, little-endian
    PRIMARY KEY (model, key)
) WITHOUT ROWID;

ALTER TABLE runs ADD COLUMN tokens_cached INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN usd REAL NOT NULL DEFAULT 0;
