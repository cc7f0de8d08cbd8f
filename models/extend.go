package models

import (
	"encoding/json"
	"fmt"

	"purposeagent/agent"
	"purposeagent/agent/steering"
)

// extended returns the run's spec with more to spend, as it is stored.
// CodeInvalid for a limit beyond what a task may have.
func (w *writing) extended(wish steering.Wish) (string, error) {
	var text string
	var spec agent.RunSpec
	if err := w.tx.QueryRowContext(w.ctx, `SELECT spec FROM run_bodies WHERE run = ?`, w.run.ID).Scan(&text); err != nil {
		return "", err
	}
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		return "", fmt.Errorf("decode spec of run %s: %w", w.run.ID, err)
	}
	spec = spec.Extended(wish.Steps, wish.More)
	if err := spec.Task(w.run.Seed).Check(); err != nil {
		return "", err
	}
	raw, err := json.Marshal(spec)
	if err != nil {
		return "", fmt.Errorf("encode spec of run %s: %w", w.run.ID, err)
	}
	return string(raw), nil
}

// extend gives a run that nobody works more to spend: more steps, and more of
// each part of its budget that is limited.
func (w *writing) extend(wish steering.Wish) error {
	raw, err := w.extended(wish)
	if err != nil {
		return err
	}
	if _, err := w.tx.ExecContext(w.ctx, `UPDATE run_bodies SET spec = ? WHERE run = ?`, raw, w.run.ID); err != nil {
		return err
	}
	detail := fmt.Sprintf("%d steps, %d tokens, %g dollars, %g seconds", wish.Steps, wish.More.Tokens, wish.More.USD, wish.More.Seconds)
	_, err = w.tx.ExecContext(w.ctx, `INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, 'run.extend', ?, ?)`,
		nanos(w.s.db.now()), wish.By, w.run.ID, detail)
	return err
}
