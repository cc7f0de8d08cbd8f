-- +goose Up
-- What people put off in the review inbox, by the item's key, and until when.
CREATE TABLE review_put_off (
    key    TEXT    NOT NULL PRIMARY KEY,
    until  INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    at     INTEGER NOT NULL
) WITHOUT ROWID;

-- +goose Down
SELECT 1;
