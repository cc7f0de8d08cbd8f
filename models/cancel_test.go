package models

import (
	"context"
	"errors"
	"testing"

	"gorm.io/gorm"
)

// What was begun when a context ends is rolled back, whole, and says why; the next
// change finds the database as it was.
func TestAContextEndsInATransaction(t *testing.T) {
	db := open(t, "")
	seq, _ := begun(t, db, "r")
	insert := `INSERT INTO tombstones (environment, dynamics, schema, key, actor, at) VALUES ('e', 'd', 's', ?, 'a', 1)`
	for name, change := range map[string]func(ctx context.Context, cancel func()) error{
		"the ORM's": func(ctx context.Context, cancel func()) error {
			return db.writeTx(ctx, func(tx *gorm.DB) error {
				if err := tx.Exec(insert, "one").Error; err != nil {
					return err
				}
				cancel()
				for { // until it is rolled back
					if err := tx.Exec(insert, "two").Error; err != nil {
						return err
					}
					if err := tx.Exec(`DELETE FROM tombstones WHERE key = 'two'`).Error; err != nil {
						return err
					}
				}
			})
		},
		"a run's": func(ctx context.Context, cancel func()) error {
			return db.Runs().write(ctx, "r", func(w *writing) error {
				if _, err := w.tx.ExecContext(w.ctx, `UPDATE runs SET last_seq = 99 WHERE id = 'r'`); err != nil {
					return err
				}
				cancel()
				for {
					if _, err := w.tx.ExecContext(w.ctx, `UPDATE runs SET steps = 99 WHERE id = 'r'`); err != nil {
						return err
					}
				}
			})
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if err := change(ctx, cancel); !errors.Is(err, context.Canceled) {
			t.Errorf("%s transaction: %v", name, err)
		}
		cancel()
	}
	var stones int
	if err := db.read.Raw(`SELECT count(*) FROM tombstones`).Scan(&stones).Error; err != nil || stones != 0 {
		t.Errorf("%d tombstones stayed, %v", stones, err)
	}
	if run, err := db.Runs().Get(t.Context(), "r"); err != nil || run.LastSeq != seq || run.Steps != 0 {
		t.Errorf("the run is at event %d, step %d, %v", run.LastSeq, run.Steps, err)
	}
	if _, err := db.writer.ExecContext(t.Context(), insert, "three"); err != nil {
		t.Errorf("the next change: %v", err)
	}
}
