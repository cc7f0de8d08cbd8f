-- For whom a key, or the variable that holds it, was given: provider and server.
-- '' is filled in at the next start, by where the connection leads.
ALTER TABLE connections ADD COLUMN key_for TEXT NOT NULL DEFAULT '';
ALTER TABLE connections ADD COLUMN thinking_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connections ADD COLUMN overflow_words TEXT NOT NULL DEFAULT ''; -- one a line

-- 1 where tokens are estimated, since a server reported no usage.
ALTER TABLE calls ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;
