-- A rule that speaks against an action is another rule than the one that speaks for
-- it: the key of a predicate says so. What people deleted under the old keys stays
-- unwanted, whichever it was.
UPDATE heuristics SET key = 'p:avoid ' || substr(key, 3)
WHERE substr(key, 1, 2) = 'p:' AND coalesce(json_extract(body, '$.strategy'), '') = '' AND coalesce(json_extract(body, '$.avoid'), '') <> '';
INSERT INTO tombstones (environment, dynamics, schema, key, actor, at)
SELECT environment, dynamics, schema, 'p:avoid ' || substr(key, 3), actor, at FROM tombstones WHERE substr(key, 1, 2) = 'p:'
ON CONFLICT DO NOTHING;
