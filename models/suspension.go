package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
)

// setChange is what one change of the library does to whether a learned set is
// used; nil is a set in use.
type setChange struct {
	Scope  agent.Scope        `json:"scope"`
	Before *credit.Suspension `json:"before"`
	After  *credit.Suspension `json:"after"`
}

// setDetail is what the journal keeps of them, so that they can be undone.
type setDetail struct {
	Sets []setChange `json:"sets"`
}

// SuspendSet keeps what was learned in a scope out of use until a person lifts
// it, for a reason. It goes on learning, and acts in a quarter of the learning
// tasks. Errors: CodeNotFound for a scope in which nothing was learned from,
// CodeInvalid without a reason, CodeConflict if it is suspended already.
func (l *Library) SuspendSet(ctx context.Context, actor string, scope agent.Scope, reason string) (catalog.LibraryChange, error) {
	return l.changeSet(ctx, catalog.LibraryChange{Actor: actor, Action: agent.ActSuspend}, scope, reason)
}

// LiftSet puts a suspended set to use again, for a reason; its test begins
// anew. Errors: CodeNotFound for a scope in which nothing was learned from,
// CodeInvalid without a reason, CodeConflict if it is in use already.
func (l *Library) LiftSet(ctx context.Context, actor string, scope agent.Scope, reason string) (catalog.LibraryChange, error) {
	return l.changeSet(ctx, catalog.LibraryChange{Actor: actor, Action: agent.ActLift}, scope, reason)
}

func (l *Library) changeSet(ctx context.Context, what catalog.LibraryChange, scope agent.Scope, reason string) (catalog.LibraryChange, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > maxNote {
		return catalog.LibraryChange{}, agent.InvalidFields(map[string]string{"reason": fmt.Sprintf("say why, in 1 to %d bytes", maxNote)})
	}
	return l.personally(ctx, what, func(c *changing) error {
		ledger, err := c.ledger(scope)
		if err != nil {
			return err
		}
		suspend := what.Action == agent.ActSuspend
		switch {
		case ledger.Tasks == 0 && ledger.Suspended == nil:
			return agent.Errorf(agent.CodeNotFound, "nothing was learned from in %s yet", scopeName(scope))
		case suspend == (ledger.Suspended != nil):
			state := map[bool]string{true: "suspended already, since " + ledgerSince(&ledger), false: "in use already"}[suspend]
			return agent.Errorf(agent.CodeConflict, "the learned rules of %s are %s", scopeName(scope), state)
		}
		next := ledger.Lift()
		if suspend {
			next = ledger.Suspend(nonEmpty(what.Actor, "a person"), reason, l.db.now())
		}
		c.personal.Note = scopeName(scope) + ": " + reason
		if err := c.putSet(scope, &ledger, next); err != nil {
			return err
		}
		return l.db.audit(c.tx, what.Actor, "library."+string(what.Action), reason, scopeName(scope))
	})
}

func ledgerSince(l *credit.Ledger) string {
	if l.Suspended == nil {
		return ""
	}
	return fmt.Sprintf("task %d, by %s", l.Suspended.Tasks, l.Suspended.By)
}

// scopeName is what people call a scope.
func scopeName(s agent.Scope) string {
	name := s.Environment
	if s.Dynamics != "" {
		name += " · " + s.Dynamics
	}
	return name
}

// putSet stores a ledger whose set is suspended, lifted or begun anew, and
// notes it for the journal.
func (c *changing) putSet(scope agent.Scope, before *credit.Ledger, after credit.Ledger) error {
	if before.Suspended != nil || after.Suspended != nil {
		c.sets = append(c.sets, setChange{scope, before.Suspended, after.Suspended})
	}
	return c.putLedger(scope, after)
}

// countTask counts a task in the ledger of its scope. What the test of the
// learned set decides by it is a change of the library.
func (c *changing) countTask(scope agent.Scope, t *credit.TaskRecord, hypotheses int) (*credit.TaskCredit, error) {
	before, err := c.ledger(scope)
	if err != nil {
		return nil, err
	}
	counted := *t
	if t = &counted; t.At.IsZero() {
		t.At = c.l.db.now()
	}
	after := before.Count(t, hypotheses)
	change := agent.SetChanged(&before, &after, t)
	if change == nil {
		return before.Credit(t), c.putLedger(scope, after)
	}
	if err := c.putSet(scope, &before, after); err != nil {
		return nil, err
	}
	c.tested = &catalog.LibraryChange{Actor: credit.SetTester, Action: change.Action, Note: scopeName(scope) + ": " + change.Reason}
	return before.Credit(t), nil
}

// anew begins the test of each learned set that this change replaced: another
// set is in use, and what the one before did says nothing about it.
func (c *changing) anew() error {
	if c.personal == nil || !c.replaced && !slices.Contains([]agent.LibraryAction{agent.ActDelete, agent.ActRetire, agent.ActArchive, agent.ActBan}, c.personal.Action) {
		return nil
	}
	var rows []struct{ Environment, Dynamics, Schema string }
	if err := c.tx.Raw(`SELECT environment, dynamics, schema FROM ledgers`).Scan(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		scope := agent.Scope{Environment: r.Environment, Dynamics: r.Dynamics, Schema: r.Schema}
		if !c.reaches(scope) || slices.ContainsFunc(c.sets, func(s setChange) bool { return s.Scope == scope }) {
			continue
		}
		if !c.replaced {
			left, err := c.learnedIn(scope)
			if err != nil {
				return err
			}
			if left > 0 {
				continue
			}
		}
		ledger, err := c.ledger(scope)
		if err != nil {
			return err
		}
		if ledger.Suspended != nil {
			c.personal.Note = strings.TrimSpace(c.personal.Note + " (ends the suspension in " + scopeName(scope) + ")")
		}
		if err := c.putSet(scope, &ledger, ledger.Restart()); err != nil {
			return err
		}
	}
	return nil
}

// reaches reports whether the change touched rules that are in a scope.
func (c *changing) reaches(scope agent.Scope) bool {
	for touched := range c.touched {
		if touched.Covers(scope) {
			return true
		}
	}
	return false
}

// learnedIn counts the learned rules in use in a scope.
func (c *changing) learnedIn(s agent.Scope) (n int64, err error) {
	err = c.tx.Raw(`SELECT count(*) FROM heuristics WHERE status IN (?, ?) AND pinned = 0
		AND (author = ? OR author LIKE ? OR author LIKE ?)
		AND (environment = '' OR environment = ? AND dynamics IN ('', ?) AND schema IN ('', ?))`,
		agent.Active, agent.Probation, agent.AuthorDistiller, string(agent.AuthorModel)+"%", string(agent.AuthorImport)+"%",
		s.Environment, s.Dynamics, s.Schema).Scan(&n).Error
	return n, err
}

// undoSets gives learned sets back what a change took from them, where nobody
// changed them since.
func (c *changing) undoSets(row *changeRow) error {
	if row.Detail == "" {
		return nil
	}
	var detail setDetail
	if err := json.Unmarshal([]byte(row.Detail), &detail); err != nil {
		return fmt.Errorf("detail of change %d: %w", row.Revision, err)
	}
	for _, s := range detail.Sets {
		ledger, err := c.ledger(s.Scope)
		if err != nil {
			return err
		}
		if !sameSuspension(ledger.Suspended, s.After) {
			return agent.Errorf(agent.CodeConflict, "whether the learned rules of %s are used was changed again since: undo the later change first", scopeName(s.Scope))
		}
		next := ledger.Restart()
		next.Suspended = s.Before
		if err := c.putSet(s.Scope, &ledger, next); err != nil {
			return err
		}
	}
	return nil
}

func sameSuspension(a, b *credit.Suspension) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.By == b.By && a.Tasks == b.Tasks && a.At.Truncate(time.Microsecond).Equal(b.At.Truncate(time.Microsecond))
}

// detailOf is what undoing needs beyond the rules' history.
func (c *changing) detailOf() (string, error) {
	if c.detail != "" || len(c.sets) == 0 {
		return c.detail, nil
	}
	body, err := json.Marshal(setDetail{c.sets})
	return string(body), err
}
