package models

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
	"purposeagent/agent/roles"
)

// PhiWords keeps what people said that Φ is, in place of a critic. It is safe
// for concurrent use; all words are in memory, since each step asks for them.
type PhiWords struct {
	db *DB

	mu    sync.RWMutex
	words map[string]roles.PhiWord // by roles.PhiKey
}

var _ roles.PhiWords = (*PhiWords)(nil)

// phiWordRow is a row of table phi_words.
type phiWordRow struct {
	Run      string `gorm:"primaryKey"`
	Step     int    `gorm:"primaryKey"`
	StateKey string
	Phi      float64
	Was      float64
	Reason   string
	By       string
	At       int64
}

func (phiWordRow) TableName() string { return "phi_words" }

func (r *phiWordRow) word() roles.PhiWord {
	return roles.PhiWord{Run: r.Run, Step: r.Step, Phi: r.Phi, Was: r.Was, Reason: r.Reason, By: r.By, At: fromNanos(r.At)}
}

func newPhiWords(ctx context.Context, db *DB) (*PhiWords, error) {
	var rows []phiWordRow
	if err := db.read.WithContext(ctx).Order("at, run, step").Find(&rows).Error; err != nil {
		return nil, failed(err, "load what people said of Φ")
	}
	p := &PhiWords{db: db, words: make(map[string]roles.PhiWord, len(rows))}
	for i := range rows {
		p.words[rows[i].StateKey] = rows[i].word() // the newest word on a state holds
	}
	return p, nil
}

// PhiWord returns a person's word by its roles.PhiKey.
func (p *PhiWords) PhiWord(key string) (roles.PhiWord, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	w, ok := p.words[key]
	return w, ok
}

// Empty reports whether nobody said anything yet.
func (p *PhiWords) Empty() bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return len(p.words) == 0
}

// Of returns what a person said of a step, nil for nothing.
func (p *PhiWords) Of(ctx context.Context, run string, step int) (*roles.PhiWord, error) {
	var row phiWordRow
	found := p.db.read.WithContext(ctx).Where("run = ? AND step = ?", run, step).Limit(1).Find(&row)
	if found.Error != nil || found.RowsAffected == 0 {
		return nil, failed(found.Error, "load what was said of step %d", step)
	}
	w := row.word()
	return &w, nil
}

// Say keeps a person's word on the state after a step of a run; a new word on
// the same step replaces the old one. Where nobody but the critic knows how the
// run ended and this is its last step, the word is also the truth that the critic
// is calibrated by: success is Φ above agent.SuccessPhi. The run's own record
// stays as it is. Errors: CodeNotFound, CodeInvalid with a message per field.
func (p *PhiWords) Say(ctx context.Context, by, run string, step int, phi float64, reason string) (roles.PhiWord, error) {
	if err := roles.CheckPhiWord(phi, reason); err != nil {
		return roles.PhiWord{}, err
	}
	r, err := p.db.runs.Get(ctx, run)
	if err != nil {
		return roles.PhiWord{}, err
	}
	s, err := p.db.runs.Step(ctx, run, step)
	if err != nil {
		return roles.PhiWord{}, err
	}
	row := phiWordRow{Run: run, Step: step, StateKey: roles.PhiKey(r.Spec.Environment.Name, r.Spec.Task(r.Seed), s.After), Phi: phi, Was: s.Score.PhiAfter,
		Reason: strings.TrimSpace(reason), By: by, At: nanos(p.db.now())}
	scope, err := p.scopeOf(ctx, run)
	if err != nil {
		return roles.PhiWord{}, err
	}
	err = p.db.writeTx(ctx, func(tx *gorm.DB) error {
		if err := tx.Save(&row).Error; err != nil {
			return err
		}
		if r.Status.Final() && step == r.Steps && r.Outcome != nil && r.Outcome.Source == agent.SourceCritic && s.Score.Known() && s.Score.Critic != agent.PersonCritic {
			pair := calibration.CriticPair{Run: run, Phi: s.Score.PhiAfter, Success: phi > agent.SuccessPhi}
			if err := p.db.Critics().correct(tx, calibration.CriticKey{Critic: s.Score.Critic, Scope: scope}, pair); err != nil {
				return err
			}
		}
		return p.db.audit(tx, by, "phi.say", fmt.Sprintf("step %d is Φ %.1f, not %.1f: %s", step, phi, row.Was, row.Reason), run)
	})
	if err != nil {
		return roles.PhiWord{}, failed(err, "keep the word on step %d of run %s", step, run)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.words[row.StateKey] = row.word()
	return row.word(), nil
}

// scopeOf reads the scope that a run began in.
func (p *PhiWords) scopeOf(ctx context.Context, run string) (agent.Scope, error) {
	var bodies []string
	err := p.db.read.WithContext(ctx).Raw(`SELECT body FROM events WHERE run = ? AND kind = ? LIMIT 1`, run, agent.RunStarted{}.Kind()).Scan(&bodies).Error
	if err != nil || len(bodies) == 0 {
		return agent.Scope{}, failed(err, "load the start of run %s", run)
	}
	var started struct{ Scope agent.Scope }
	if err := json.Unmarshal([]byte(bodies[0]), &started); err != nil {
		return started.Scope, fmt.Errorf("decode the start of run %s: %w", run, err)
	}
	return started.Scope, nil
}
