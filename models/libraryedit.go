package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"purposeagent/agent"
)

// List returns heuristics that match the query. Errors: CodeInvalid for an
// unknown sort order or a cursor of another list.
func (l *Library) List(ctx context.Context, q agent.HeuristicQuery) (agent.Page[agent.Heuristic], error) {
	page := agent.Page[agent.Heuristic]{Items: []agent.Heuristic{}}
	column, ok := map[string]string{"": "updated_at", "updated": "updated_at", "support": "support", "uses": "uses"}[q.Sort]
	if !ok {
		return page, agent.InvalidFields(map[string]string{"sort": "must be support, uses or updated"})
	}
	from, err := parseCursor(q.Cursor, column)
	if err != nil {
		return page, err
	}
	limit := limitOf(q.Limit, 50, 500)
	where := l.filter(ctx, q)
	var total int64
	if err := where.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return page, failed(err, "count heuristics")
	}
	page.Total = int(total)
	if from != nil {
		at := any(from.Int)
		if column == "support" {
			at = from.Real
		}
		where = where.Where(fmt.Sprintf("(%s, id) < (?, ?)", column), at, from.ID)
	}
	var rows []heuristicRow
	if err := where.Order(column + " DESC, id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return page, failed(err, "list heuristics")
	}
	if len(rows) > limit {
		rows = rows[:limit]
		last := &rows[limit-1]
		next := cursor{Sort: column, ID: last.ID}
		switch column {
		case "support":
			next.Real = last.Support
		case "uses":
			next.Int = int64(last.Uses)
		default:
			next.Int = last.UpdatedAt
		}
		page.Next = next.String()
	}
	rules, err := decodeHeuristics(rows)
	for _, h := range rules {
		page.Items = append(page.Items, *h)
	}
	return page, err
}

func (l *Library) filter(ctx context.Context, q agent.HeuristicQuery) *gorm.DB {
	where := l.db.read.WithContext(ctx).Table("heuristics")
	if len(q.Tier) > 0 {
		where = where.Where("tier IN ?", q.Tier)
	}
	if len(q.Status) > 0 {
		where = where.Where("status IN ?", q.Status)
	}
	if q.Pinned != nil {
		where = where.Where("pinned = ?", *q.Pinned)
	}
	if q.Environment != "" {
		where = where.Where("environment IN ('', ?)", q.Environment)
	}
	for _, word := range textFilter(q.Text) {
		where = where.Where(`text LIKE ? ESCAPE '\'`, like(word))
	}
	return where
}

// LibraryCounts is how many heuristics there are of each kind.
type LibraryCounts struct {
	Total    int
	ByStatus map[agent.Status]int
	ByTier   map[agent.Tier]int
	Pinned   int
}

// Counts counts the heuristics by status and tier.
func (l *Library) Counts(ctx context.Context) (LibraryCounts, error) {
	counts := LibraryCounts{ByStatus: map[agent.Status]int{}, ByTier: map[agent.Tier]int{}}
	var rows []struct {
		Status agent.Status
		Tier   agent.Tier
		Pinned bool
		N      int
	}
	err := l.db.read.WithContext(ctx).Raw(`SELECT status, tier, pinned, count(*) AS n FROM heuristics GROUP BY status, tier, pinned`).Scan(&rows).Error
	for _, r := range rows {
		counts.Total += r.N
		counts.ByStatus[r.Status] += r.N
		counts.ByTier[r.Tier] += r.N
		if r.Pinned {
			counts.Pinned += r.N
		}
	}
	return counts, failed(err, "count heuristics")
}

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
func (l *Library) Versions(ctx context.Context, id string) ([]agent.HeuristicVersion, error) {
	var rows []versionRow
	if err := l.db.read.WithContext(ctx).Where("id = ?", id).Order("n").Find(&rows).Error; err != nil {
		return nil, failed(err, "load versions of %s", id)
	}
	if len(rows) == 0 {
		return nil, notFound("rule", id)
	}
	versions := make([]agent.HeuristicVersion, len(rows))
	for i, r := range rows {
		h, err := (&heuristicRow{ID: r.ID, Body: r.Body}).decode()
		if err != nil {
			return nil, err
		}
		versions[i] = agent.HeuristicVersion{Version: r.Version, Actor: r.Actor, Reason: r.Reason, Heuristic: *h, At: fromNanos(r.At)}
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
// Errors: CodeNotFound, CodeConflict if the rule has changed since, CodeInvalid
// with a message per field.
func (l *Library) Edit(ctx context.Context, actor, id string, version int, change agent.HeuristicEdit) (*agent.Heuristic, error) {
	var edited *agent.Heuristic
	err := l.change(ctx, func(c *changing) error {
		stored, err := load(c.tx, id)
		if err != nil {
			return err
		}
		if stored.Version != version {
			return agent.Errorf(agent.CodeConflict, "the rule was changed meanwhile: you saw version %d, it is at version %d now; load it again and repeat your change", version, stored.Version)
		}
		next := stored.Clone()
		apply(next, change)
		if err := checkWords(next); err != nil {
			return err
		}
		next = agent.NextHeuristic(stored, next, false, l.db.now())
		if next.Version == stored.Version {
			edited = stored
			return nil // nothing was changed
		}
		if edited, err = c.replace(stored, next, actor, "edited"); err != nil {
			return err
		}
		return l.db.audit(c.tx, actor, "heuristic.edit", fmt.Sprintf("version %d", next.Version), id)
	})
	return edited, failed(err, "edit heuristic %s", id)
}

// apply changes the words that are given.
func apply(h *agent.Heuristic, change agent.HeuristicEdit) {
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
	return l.changeEach(ctx, actor, ids, "heuristic.status", string(status), func(h *agent.Heuristic) { h.Status, h.StatusBy = status, by })
}

// Pin pins or unpins rules, in one transaction; unknown ids are left out. It
// returns how many rules it found.
func (l *Library) Pin(ctx context.Context, actor string, ids []string, pinned bool) (int, error) {
	action := "heuristic.unpin"
	if pinned {
		action = "heuristic.pin"
	}
	return l.changeEach(ctx, actor, ids, action, "", func(h *agent.Heuristic) { h.Pinned = pinned })
}

func (l *Library) changeEach(ctx context.Context, actor string, ids []string, action, detail string, change func(*agent.Heuristic)) (int, error) {
	count := 0
	err := l.change(ctx, func(c *changing) (err error) {
		count, err = c.each(ids, func(stored *agent.Heuristic) error {
			next := stored.Clone()
			change(next)
			next = agent.NextHeuristic(stored, next, false, l.db.now())
			reason := changeReason(stored, next)
			if reason == "" {
				return nil
			}
			if _, err := c.replace(stored, next, actor, reason); err != nil {
				return err
			}
			return l.db.audit(c.tx, actor, action, detail, stored.ID)
		})
		return err
	})
	return count, failed(err, "change heuristics")
}

// Delete deletes rules and their history for good, in one transaction, and
// leaves tombstones, so that learning does not bring back what a person threw
// away; unknown ids are left out. It returns how many rules it deleted.
func (l *Library) Delete(ctx context.Context, actor string, ids []string) (int, error) {
	count := 0
	err := l.change(ctx, func(c *changing) (err error) {
		count, err = c.each(ids, func(h *agent.Heuristic) error {
			if err := c.remove(h, actor); err != nil {
				return err
			}
			return l.db.audit(c.tx, actor, "heuristic.delete", h.Title, h.ID)
		})
		return err
	})
	return count, failed(err, "delete heuristics")
}
