-- What the history holds of rules is packed, those of one change together. Entries
-- from before keep theirs in their own rows: block 0.
CREATE TABLE heuristic_blocks (
    block INTEGER PRIMARY KEY,
    body  BLOB    NOT NULL                  -- rules as JSON, a line each, deflated
);
ALTER TABLE heuristic_versions ADD COLUMN block INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heuristic_versions ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
