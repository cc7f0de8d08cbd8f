package models

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"purposeagent/agent"
)

// Extend gives a run that does not run more to spend: more steps, and more of
// each part of its budget that is limited. Errors: CodeNotFound, CodeConflict for
// a run that has ended or is running (pause it first), CodeInvalid for a limit
// beyond what a task may have.
func (s *Runs) Extend(ctx context.Context, id, by string, steps int, more agent.Budget) error {
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		var row struct {
			Status agent.RunStatus
			Seed   int64
			Spec   string
		}
		found := tx.Raw(`SELECT status, seed, spec FROM runs JOIN run_bodies ON run = id WHERE id = ?`, id).Scan(&row)
		switch {
		case found.Error != nil:
			return found.Error
		case found.RowsAffected == 0:
			return notFound("run", id)
		case row.Status.Final():
			return agent.Errorf(agent.CodeConflict, "run %s has ended: it is %s; run it again instead", id, row.Status)
		case row.Status == agent.RunIsRunning:
			return agent.Errorf(agent.CodeConflict, "run %s is running; pause it first", id)
		}
		var spec agent.RunSpec
		if err := json.Unmarshal([]byte(row.Spec), &spec); err != nil {
			return fmt.Errorf("decode spec of run %s: %w", id, err)
		}
		spec = spec.Extended(steps, more)
		if err := spec.Task(row.Seed).Check(); err != nil {
			return err
		}
		raw, err := json.Marshal(spec)
		if err != nil {
			return fmt.Errorf("encode spec of run %s: %w", id, err)
		}
		if err := tx.Exec(`UPDATE run_bodies SET spec = ? WHERE run = ?`, string(raw), id).Error; err != nil {
			return err
		}
		return s.db.audit(tx, by, "run.extend", fmt.Sprintf("%d steps, %d tokens, %g dollars, %g seconds", steps, more.Tokens, more.USD, more.Seconds), id)
	})
	return failed(err, "extend run %s", id)
}
