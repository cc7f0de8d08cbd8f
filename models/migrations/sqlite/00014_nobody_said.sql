-- Runs whose outcome stood as the critic's word though no critic had scored one
-- of their states: nobody said what became of them. Their logs stay as they are.
UPDATE runs SET source = 'nobody'
WHERE source = 'critic'
  AND NOT EXISTS (
      SELECT 1 FROM steps
      WHERE steps.run = runs.id AND steps.idx > 0 AND coalesce(json_extract(steps.body, '$.score.flags'), '') NOT LIKE '%"unscored"%')
  AND NOT EXISTS (
      SELECT 1 FROM events
      WHERE events.run = runs.id AND events.kind = 'run_started' AND coalesce(json_extract(events.body, '$.score.flags'), '') NOT LIKE '%"unscored"%');

UPDATE run_bodies SET result = json_set(result, '$.outcome.source', 'nobody')
WHERE result IS NOT NULL AND run IN (SELECT id FROM runs WHERE source = 'nobody');
