package models

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// noEstimate stands in columns of estimates for "none yet": below any value,
// so that rules without one come last.
const noEstimate = -9.0

// sortColumns are the orders of a list.
var sortColumns = map[string]string{"": "updated_at", "updated": "updated_at", "support": "support", "uses": "uses",
	"uplift": "uplift_low", "advantage": "advantage"}

// List returns heuristics that match the query. Errors: CodeInvalid for an
// unknown sort order or a cursor of another list.
func (l *Library) List(ctx context.Context, q catalog.HeuristicQuery) (catalog.Page[agent.Heuristic], error) {
	page := catalog.Page[agent.Heuristic]{Items: []agent.Heuristic{}}
	column, ok := sortColumns[q.Sort]
	if !ok {
		return page, agent.InvalidFields(map[string]string{"sort": "must be uplift, advantage, support, uses or updated"})
	}
	from, err := parseCursor(q.Cursor, column)
	if err != nil {
		return page, err
	}
	whole := column == "updated_at" || column == "uses"
	limit := limitOf(q.Limit, 50, 500)
	where := filterRules(l.db.read.WithContext(ctx), q)
	var total int64
	if err := where.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return page, failed(err, "count heuristics")
	}
	page.Total = int(total)
	if from != nil {
		at := any(from.Real)
		if whole {
			at = from.Int
		}
		where = where.Where(fmt.Sprintf("(%s, id) < (?, ?)", column), at, from.ID)
	}
	var rows []heuristicRow
	if err := where.Order(column + " DESC, id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return page, failed(err, "list heuristics")
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = rows[limit-1].cursor(column).String()
	}
	rules, err := decodeHeuristics(rows)
	for _, h := range rules {
		page.Items = append(page.Items, *h)
	}
	return page, err
}

// cursor is the row's place in a list that is sorted by a column.
func (r *heuristicRow) cursor(column string) cursor {
	c := cursor{Sort: column, ID: r.ID}
	switch column {
	case "support":
		c.Real = r.Support
	case "uplift_low":
		c.Real = r.UpliftLow
	case "advantage":
		c.Real = r.Advantage
	case "uses":
		c.Int = int64(r.Uses)
	default:
		c.Int = r.UpdatedAt
	}
	return c
}

func filterRules(db *gorm.DB, q catalog.HeuristicQuery) *gorm.DB {
	where := db.Table("heuristics")
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
	return whereTerms(where, q.Terms, ruleFields)
}

// ruleFields are the fields of a query about rules.
var ruleFields = map[catalog.HeuristicField]fieldSQL{
	catalog.FieldStatus: oneOf("status"),
	catalog.FieldTier:   oneOf("tier"),
	catalog.FieldKind:   oneOf("kind"),
	catalog.FieldID:     oneOf("id"),
	catalog.FieldPinned: yes("pinned <> 0"),
	catalog.FieldText:   each(`text LIKE ? ESCAPE '\'`, within),
	catalog.FieldEnv: each("environment = ?", func(v string) any {
		if v == "any" {
			v = ""
		}
		return v
	}),
	catalog.FieldAuthor: each(`author LIKE ? ESCAPE '\'`, func(v string) any {
		if v == "distiller" {
			v = string(agent.AuthorDistiller)
		}
		return begins(v)
	}),
	catalog.FieldUplift:    {number: "uplift", known: "uplift_n > 0"},
	catalog.FieldLow:       {number: "uplift_low", known: "uplift_n > 0"},
	catalog.FieldN:         {number: "uplift_n"},
	catalog.FieldAdvantage: {number: "advantage", known: "advantage > -9"},
	catalog.FieldSupport:   {number: "support"},
	catalog.FieldUses:      {number: "uses"},
	catalog.FieldHits:      {number: "hits"},
	catalog.FieldMisses:    {number: "misses"},
}

// Facets counts what the query finds, by status, tier, environment, author and
// pin; each count leaves out the query's own condition on its field.
func (l *Library) Facets(ctx context.Context, q catalog.HeuristicQuery) (catalog.LibraryFacets, error) {
	f := catalog.LibraryFacets{ByStatus: map[agent.Status]int{}, ByTier: map[agent.Tier]int{}, Environments: map[string]int{}, Authors: map[string]int{}}
	db := l.db.read.WithContext(ctx)
	var total, matching, pinned int64
	err := db.Table("heuristics").Count(&total).Error
	if err == nil {
		err = filterRules(db, q).Count(&matching).Error
	}
	if err == nil {
		err = filterRules(db, without(q, catalog.FieldPinned)).Where("pinned <> 0").Count(&pinned).Error
	}
	f.Total, f.Matching, f.Pinned = int(total), int(matching), int(pinned)
	for _, facet := range []struct {
		field  catalog.HeuristicField
		column string
		count  func(value string, n int)
	}{
		{catalog.FieldStatus, "status", func(v string, n int) { f.ByStatus[agent.Status(v)] = n }},
		{catalog.FieldTier, "tier", func(v string, n int) { f.ByTier[agent.Tier(v)] = n }},
		{catalog.FieldEnv, "environment", func(v string, n int) { f.Environments[v] = n }},
		{catalog.FieldAuthor, "author", func(v string, n int) { f.Authors[v] = n }},
	} {
		var rows []struct {
			Value string
			N     int
		}
		if err == nil {
			err = filterRules(db, without(q, facet.field)).Select(facet.column + " AS value, count(*) AS n").Group(facet.column).Scan(&rows).Error
		}
		for _, r := range rows {
			facet.count(r.Value, r.N)
		}
	}
	return f, failed(err, "count heuristics by facet")
}

// without returns the query without its conditions on a field.
func without(q catalog.HeuristicQuery, field catalog.HeuristicField) catalog.HeuristicQuery {
	q.Terms = slices.DeleteFunc(slices.Clone(q.Terms), func(t catalog.HeuristicTerm) bool { return t.Field == field })
	switch field { //nolint:exhaustive // the other fields are terms only
	case catalog.FieldStatus:
		q.Status = nil
	case catalog.FieldTier:
		q.Tier = nil
	case catalog.FieldEnv:
		q.Environment = ""
	case catalog.FieldPinned:
		q.Pinned = nil
	}
	return q
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
	f, err := l.Facets(ctx, catalog.HeuristicQuery{})
	return LibraryCounts{Total: f.Total, ByStatus: maps.Clone(f.ByStatus), ByTier: maps.Clone(f.ByTier), Pinned: f.Pinned}, err
}

// Children returns up to limit rules that were made of one, oldest first.
func (l *Library) Children(ctx context.Context, id string, limit int) ([]*agent.Heuristic, error) {
	var rows []heuristicRow
	err := l.db.read.WithContext(ctx).Where(`body LIKE ? ESCAPE '\' AND EXISTS (SELECT 1 FROM json_each(body, '$.parent_ids') WHERE value = ?)`,
		like(`"`+id+`"`), id).Order(oldestFirst).Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, failed(err, "load the children of %s", id)
	}
	return decodeHeuristics(rows)
}
