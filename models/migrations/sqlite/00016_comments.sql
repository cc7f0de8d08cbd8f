-- What people wrote about lines of playbooks, kept with the rules behind them.
-- deleted_at is 0 for what stands; what was deleted can be brought back.
CREATE TABLE comments (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    line       TEXT    NOT NULL,                -- its title at the time
    text       TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    deleted_at INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE comment_rules (
    rule    TEXT    NOT NULL,
    comment INTEGER NOT NULL,
    place   INTEGER NOT NULL,                   -- in the order of the line
    PRIMARY KEY (rule, comment)
) WITHOUT ROWID;
CREATE INDEX comment_rules_comment ON comment_rules (comment, place);
