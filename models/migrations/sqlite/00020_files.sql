-- What environments keep beside the states of a run: files that people look at with
-- a step, and contents that a state names by their hash. Runs share contents.
CREATE TABLE contents (
    id     INTEGER PRIMARY KEY,
    hash   TEXT    NOT NULL UNIQUE,         -- SHA-256 in hex
    size   INTEGER NOT NULL,                -- bytes, unpacked
    packed INTEGER NOT NULL,                -- body is compressed
    body   BLOB    NOT NULL
);
CREATE TABLE run_contents (
    run     TEXT    NOT NULL,
    content INTEGER NOT NULL,
    PRIMARY KEY (run, content)
) WITHOUT ROWID;
CREATE INDEX run_contents_content ON run_contents (content);
