-- What people asked of a run that a worker has, or is about to take, in the
-- order in which they asked (agent.Wish). The worker takes them into the log, and
-- no run ends or is suspended with one left.
CREATE TABLE run_wishes (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    run  TEXT    NOT NULL,
    kind TEXT    NOT NULL,
    by   TEXT    NOT NULL,
    body TEXT    NOT NULL DEFAULT '{}',
    at   INTEGER NOT NULL
);
CREATE INDEX run_wishes_run ON run_wishes (run, id);

INSERT INTO run_wishes (run, kind, by, body, at)
    SELECT n.run, 'note', n.by, json_object('text', n.text), n.at FROM run_notes n JOIN runs r ON r.id = n.run WHERE r.ended_at IS NULL ORDER BY n.id;
INSERT INTO run_wishes (run, kind, by, at)
    SELECT id, control, control_by, created_at FROM runs WHERE control IN ('pause', 'stop') AND ended_at IS NULL;
UPDATE runs SET control = '', control_by = '' WHERE control IN ('pause', 'stop');

-- Notes that came too late for their run were in no record; that they were is kept.
INSERT INTO audit (at, actor, action, subject, detail)
    SELECT n.at, n.by, 'note.unread', n.run, n.text FROM run_notes n JOIN runs r ON r.id = n.run WHERE r.ended_at IS NOT NULL;
DROP TABLE run_notes;
