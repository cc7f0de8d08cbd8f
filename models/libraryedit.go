package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/rulestore"
)

// Report counts what the library holds and names its strongest rules.
func (l *Library) Report(ctx context.Context) (agent.LibraryReport, error) {
	var rows []heuristicRow
	if err := l.db.read.WithContext(ctx).Order(oldestFirst).Find(&rows).Error; err != nil {
		return agent.LibraryReport{}, failed(err, "load heuristics")
	}
	rules, err := decodeHeuristics(rows)
	if err != nil {
		return agent.LibraryReport{}, err
	}
	return agent.NewLibraryReport(rules), nil
}

// Versions returns a rule's history, oldest first, or CodeNotFound.
func (l *Library) Versions(ctx context.Context, id string) ([]catalog.HeuristicVersion, error) {
	var rows []versionRow
	if err := l.db.read.WithContext(ctx).Where("id = ?", id).Order("n").Find(&rows).Error; err != nil {
		return nil, failed(err, "load versions of %s", id)
	}
	if len(rows) == 0 {
		return nil, notFound("rule", id)
	}
	rules, err := decodeEntries(l.db.read.WithContext(ctx), rows)
	if err != nil {
		return nil, failed(err, "load versions of %s", id)
	}
	versions := make([]catalog.HeuristicVersion, len(rows))
	for i, r := range rows {
		versions[i] = catalog.HeuristicVersion{N: r.N, Version: r.Version, Actor: r.Actor, Reason: r.Reason, Heuristic: *rules[i],
			At: fromNanos(r.At), Revision: r.Revision, Gone: r.Gone}
	}
	return versions, nil
}

// Create stores a rule that a person teaches: active, unless it says
// otherwise. A person may teach again what was deleted: the tombstone goes.
// Errors: CodeInvalid with a message per field.
func (l *Library) Create(ctx context.Context, actor string, h agent.Heuristic) (*agent.Heuristic, error) {
	if h.Author == "" {
		h.Author = agent.AuthorHuman
	}
	if h.Status == "" {
		h.Status = agent.Active
	}
	if err := checkWords(&h); err != nil {
		return nil, err
	}
	h.ID = ""
	var created *agent.Heuristic
	err := l.change(ctx, func(c *changing) error {
		c.personal = &catalog.LibraryChange{Actor: actor, Action: agent.ActTeach, Note: h.Title}
		err := c.tx.Exec(`DELETE FROM tombstones WHERE environment = ? AND dynamics = ? AND schema = ? AND key = ?`,
			h.Scope.Environment, h.Scope.Dynamics, h.Scope.Schema, h.Key()).Error
		if err != nil {
			return err
		}
		if created, err = c.insert(&h, actor, "taught"); err != nil {
			return err
		}
		return l.db.audit(c.tx, actor, "heuristic.create", created.Title, created.ID)
	})
	return created, failed(err, "create heuristic")
}

// Edit changes a rule's words. version is the one that the person saw.
// What says the opposite of a rule that was observed is another rule, and is
// returned. Errors: CodeNotFound, CodeConflict if the rule has changed since,
// CodeInvalid with a message per field.
func (l *Library) Edit(ctx context.Context, actor, id string, version int, change catalog.HeuristicEdit) (*agent.Heuristic, error) {
	var edited *agent.Heuristic
	err := l.change(ctx, func(c *changing) error {
		stored, err := load(c.tx, id)
		if err != nil {
			return err
		}
		c.personal = &catalog.LibraryChange{Actor: actor, Action: agent.ActEdit, Note: stored.Title}
		if stored.Version != version {
			return agent.Errorf(agent.CodeConflict, "the rule was changed meanwhile: you saw version %d, it is at version %d now; load it again and repeat your change", version, stored.Version)
		}
		next := stored.Clone()
		apply(next, change)
		if err := checkWords(next); err != nil {
			return err
		}
		if edited, err = c.reword(stored, next, false); err != nil || edited != nil {
			return err
		}
		edited = stored // nothing was changed
		return nil
	})
	return edited, failed(err, "edit heuristic %s", id)
}

// apply changes the words that are given.
func apply(h *agent.Heuristic, change catalog.HeuristicEdit) {
	set := func(to *string, from *string) {
		if from != nil {
			*to = strings.TrimSpace(*from)
		}
	}
	set(&h.Title, change.Title)
	set(&h.Pattern, change.Pattern)
	set(&h.Strategy, change.Strategy)
	set(&h.Avoid, change.Avoid)
	set(&h.Because, change.Because)
	set(&h.Action, change.Action)
	if change.Steps != nil {
		h.Steps = slices.Clone(*change.Steps)
	}
	if change.Tier != nil {
		h.Tier = *change.Tier
	}
}

// Limits on what a person may write into a rule.
const (
	maxTitleBytes = 200
	maxWordsBytes = 4_000
	maxRuleSteps  = 50
)

// checkWords returns a CodeInvalid error with a message for each field of a
// rule that a person can't leave like this.
func checkWords(h *agent.Heuristic) error {
	fields := map[string]string{}
	text := func(name, value string, limit int) {
		switch {
		case len(value) > limit:
			fields[name] = fmt.Sprintf("is %d bytes long; at most %d are allowed", len(value), limit)
		case !utf8.ValidString(value):
			fields[name] = "is not valid UTF-8 text"
		}
	}
	text("title", h.Title, maxTitleBytes)
	text("pattern", h.Pattern, maxWordsBytes)
	text("strategy", h.Strategy, maxWordsBytes)
	text("avoid", h.Avoid, maxWordsBytes)
	text("because", h.Because, maxWordsBytes)
	text("action", h.Action, maxTitleBytes)
	text("steps", strings.Join(h.Steps, "\n"), maxWordsBytes)
	if len(h.Steps) > maxRuleSteps {
		fields["steps"] = fmt.Sprintf("at most %d steps are allowed", maxRuleSteps)
	}
	if strings.TrimSpace(h.Title) == "" {
		fields["title"] = "give the rule a short title"
	}
	if strings.TrimSpace(h.Strategy) == "" && strings.TrimSpace(h.Avoid) == "" && len(h.Steps) == 0 {
		fields["strategy"] = "say what to do, or what to avoid"
	}
	if !slices.Contains(agent.Tiers, h.Tier) {
		fields["tier"] = "must be strategic, procedural or tool"
	}
	if h.Tier == agent.Tool && strings.TrimSpace(h.Action) == "" {
		fields["action"] = "a tool tip names the action it belongs to"
	}
	if !slices.Contains(agent.Statuses, h.Status) {
		fields["status"] = fmt.Sprintf("unknown status %q", h.Status)
	}
	if len(fields) > 0 {
		return agent.InvalidFields(fields)
	}
	return nil
}

// SetStatus sets the status of rules by a person's hand, in one transaction;
// unknown ids are left out. It returns how many rules it found. Errors:
// CodeInvalid for an unknown status.
func (l *Library) SetStatus(ctx context.Context, actor string, ids []string, status agent.Status) (int, error) {
	if !slices.Contains(agent.Statuses, status) {
		return 0, agent.InvalidFields(map[string]string{"status": fmt.Sprintf("unknown status %q", status)})
	}
	by := actor
	if by == "" {
		by = "a person"
	}
	what := catalog.LibraryChange{Actor: actor, Action: actionFor(status), Note: string(status)}
	return l.changeEach(ctx, what, ids, "heuristic.status", string(status), func(h *agent.Heuristic) { h.Status, h.StatusBy = status, by })
}

// Pin pins or unpins rules, in one transaction; unknown ids are left out. It
// returns how many rules it found.
func (l *Library) Pin(ctx context.Context, actor string, ids []string, pinned bool) (int, error) {
	what := catalog.LibraryChange{Actor: actor, Action: agent.ActUnpin}
	if pinned {
		what.Action = agent.ActPin
	}
	return l.changeEach(ctx, what, ids, "heuristic."+string(what.Action), "", func(h *agent.Heuristic) { h.Pinned = pinned })
}

func (l *Library) changeEach(ctx context.Context, what catalog.LibraryChange, ids []string, action, detail string, change func(*agent.Heuristic)) (int, error) {
	count := 0
	err := l.change(ctx, func(c *changing) (err error) {
		c.personal = &what
		count, err = c.changeEach(ids, action, detail, change)
		return err
	})
	return count, failed(err, "change heuristics")
}

// changeEach changes rules and audits each of them. It returns how many it found.
func (c *changing) changeEach(ids []string, action, detail string, change func(*agent.Heuristic)) (int, error) {
	return c.each(ids, func(stored *agent.Heuristic) error {
		next := stored.Clone()
		change(next)
		next.SpeakAgain()
		next = agent.NextHeuristic(stored, next, false, c.l.db.now())
		reason := rulestore.ChangeReason(stored, next)
		if reason == "" && next.StatusBy != stored.StatusBy {
			reason = "confirmed" // it stays as it is, now by a person's word
		}
		if reason == "" {
			return nil
		}
		if _, err := c.replace(stored, next, c.personal.Actor, reason); err != nil {
			return err
		}
		return c.l.db.audit(c.tx, c.personal.Actor, action, detail, stored.ID)
	})
}

// Delete takes rules out of the library, in one transaction, and leaves
// tombstones, so that learning does not bring back what a person threw away;
// unknown ids are left out. Their history stays, so that the library of a
// moment can still be told. It returns how many rules it deleted.
func (l *Library) Delete(ctx context.Context, actor string, ids []string) (int, error) {
	count := 0
	err := l.change(ctx, func(c *changing) (err error) {
		c.personal = &catalog.LibraryChange{Actor: actor, Action: agent.ActDelete}
		count, err = c.deleteEach(ids)
		return err
	})
	return count, failed(err, "delete heuristics")
}

func (c *changing) deleteEach(ids []string) (int, error) {
	return c.each(ids, func(h *agent.Heuristic) error {
		if err := c.remove(h, c.personal.Actor, "deleted", true); err != nil {
			return err
		}
		return c.l.db.audit(c.tx, c.personal.Actor, "heuristic.delete", h.Title, h.ID)
	})
}
