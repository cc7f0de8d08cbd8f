package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"purposeagent/agent"
)

// Settings keeps small JSON objects under keys. It is safe for concurrent use.
type Settings struct{ db *DB }

// Get returns the object under a key; the empty object if there is none.
func (s *Settings) Get(ctx context.Context, key string) (agent.Object, error) {
	var values []string
	if err := s.db.read.WithContext(ctx).Raw(`SELECT value FROM settings WHERE key = ?`, key).Scan(&values).Error; err != nil {
		return "", failed(err, "load setting %s", key)
	}
	if len(values) == 0 {
		return "", nil
	}
	return agent.ParseObject([]byte(values[0]))
}

// Set stores an object under a key, in place of the one that was there.
func (s *Settings) Set(ctx context.Context, key string, value agent.Object) error {
	return failed(putSetting(s.db.write.WithContext(ctx), key, value, nanos(s.db.now())), "store setting %s", key)
}

func putSetting(tx *gorm.DB, key string, value agent.Object, now int64) error {
	return tx.Exec(`INSERT INTO settings (key, value, updated_at) VALUES (?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`, key, value.String(), now).Error
}

// Setdefault stores an object under a key unless there is one, and returns the
// one that is there afterwards: two callers at once agree on one value.
func (s *Settings) Setdefault(ctx context.Context, key string, value agent.Object) (agent.Object, error) {
	err := s.db.write.WithContext(ctx).Exec(`INSERT INTO settings (key, value, updated_at) VALUES (?, ?, ?)
		ON CONFLICT (key) DO NOTHING`, key, value.String(), nanos(s.db.now())).Error
	if err != nil {
		return "", failed(err, "store setting %s", key)
	}
	return s.Get(ctx, key)
}

// AuditEntry is one recorded change by a person or a learner.
type AuditEntry struct {
	At      time.Time
	Actor   string
	Action  string
	Subject string
	Detail  string
}

// auditRow is a row of table audit.
type auditRow struct {
	ID      int64 `gorm:"primaryKey"`
	At      int64
	Actor   string
	Action  string
	Subject string
	Detail  string
}

func (auditRow) TableName() string { return "audit" }

// audit records changes in the transaction that makes them.
func (db *DB) audit(tx *gorm.DB, actor, action, detail string, subjects ...string) error {
	for _, subject := range subjects {
		row := auditRow{At: nanos(db.now()), Actor: actor, Action: action, Subject: subject, Detail: detail}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

// Audit returns up to limit recorded changes, newest first.
func (db *DB) Audit(ctx context.Context, limit int) ([]AuditEntry, error) {
	var rows []auditRow
	err := db.read.WithContext(ctx).Order("id DESC").Limit(limitOf(limit, 100, 1000)).Find(&rows).Error
	entries := make([]AuditEntry, len(rows))
	for i, r := range rows {
		entries[i] = AuditEntry{fromNanos(r.At), r.Actor, r.Action, r.Subject, r.Detail}
	}
	return entries, failed(err, "list audit")
}
