-- What a task teaches changes hundreds of rules at once, and writes a page of each
-- index for nearly each of them. Which rules a scope has is found without what they say,
-- which an index of its own finds. The history has been short in its own rows since it
-- is packed, so that reading them needs no index beside them.
DROP INDEX heuristics_scope;
CREATE INDEX heuristics_scope ON heuristics (environment, dynamics);
DROP INDEX heuristic_versions_moment;
