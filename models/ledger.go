package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
)

// Ledger returns what the tasks of exactly this scope came to.
func (l *Library) Ledger(ctx context.Context, scope agent.Scope) (credit.Ledger, error) {
	if !l.db.shared {
		l.mu.Lock()
		ledger, known := l.ledgers[scope]
		l.mu.Unlock()
		if known {
			return ledger, nil
		}
	}
	ledger, err := loadLedger(l.db.read.WithContext(ctx), scope)
	return ledger, failed(err, "load the ledger of %s", scope.Environment)
}

// Ledgers returns the ledgers of all scopes, those with most tasks first.
func (l *Library) Ledgers(ctx context.Context) ([]catalog.ScopeLedger, error) {
	list, err := loadLedgers(l.db.read.WithContext(ctx))
	return list, failed(err, "list ledgers")
}

func loadLedgers(tx *gorm.DB) ([]catalog.ScopeLedger, error) {
	var rows []struct{ Environment, Dynamics, Schema, Body string }
	if err := tx.Raw(`SELECT environment, dynamics, schema, body FROM ledgers`).Scan(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]catalog.ScopeLedger, len(rows))
	for i, r := range rows {
		list[i].Scope = agent.Scope{Environment: r.Environment, Dynamics: r.Dynamics, Schema: r.Schema}
		if err := json.Unmarshal([]byte(r.Body), &list[i].Ledger); err != nil {
			return nil, fmt.Errorf("decode the ledger of %s: %w", r.Environment, err)
		}
	}
	slices.SortStableFunc(list, func(a, b catalog.ScopeLedger) int { return b.Ledger.Tasks - a.Ledger.Tasks })
	return list, nil
}

func loadLedger(tx *gorm.DB, scope agent.Scope) (credit.Ledger, error) {
	var bodies []string
	var ledger credit.Ledger
	err := tx.Raw(`SELECT body FROM ledgers WHERE environment = ? AND dynamics = ? AND schema = ?`,
		scope.Environment, scope.Dynamics, scope.Schema).Scan(&bodies).Error
	if err != nil || len(bodies) == 0 {
		return ledger, err
	}
	if err := json.Unmarshal([]byte(bodies[0]), &ledger); err != nil {
		return ledger, fmt.Errorf("decode the ledger of %s: %w", scope.Environment, err)
	}
	return ledger, nil
}

// ledger returns a ledger as the transaction has it, from memory where nobody else
// can have written it.
func (c *changing) ledger(scope agent.Scope) (credit.Ledger, error) {
	if ledger, known := c.ledgers[scope]; known {
		return ledger, nil
	}
	if !c.l.db.shared {
		c.l.mu.Lock()
		ledger, known := c.l.ledgers[scope]
		c.l.mu.Unlock()
		if known {
			return ledger, nil
		}
	}
	return loadLedger(c.tx, scope)
}

func (c *changing) putLedger(scope agent.Scope, ledger credit.Ledger) error {
	body, err := json.Marshal(ledger)
	if err != nil {
		return fmt.Errorf("encode the ledger of %s: %w", scope.Environment, err)
	}
	c.ledgers[scope] = ledger
	return c.tx.Exec(`INSERT INTO ledgers (environment, dynamics, schema, body) VALUES (?, ?, ?, ?)
		ON CONFLICT (environment, dynamics, schema) DO UPDATE SET body = excluded.body`,
		scope.Environment, scope.Dynamics, scope.Schema, string(body)).Error
}
