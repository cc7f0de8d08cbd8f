package models

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// runOrder is an order of runs: an expression that its index has.
type runOrder struct {
	expression string
	whole      bool // whole numbers
	ended      bool // the index has ended runs only
	of         func(r *agent.Run) (integer int64, fraction float64)
}

var runOrders = map[string]runOrder{
	"newest": {"runs.created_at", true, false, func(r *agent.Run) (int64, float64) { return nanos(r.CreatedAt), 0 }},
	"phi":    {"runs.phi", false, true, func(r *agent.Run) (int64, float64) { return 0, r.Phi }},
	"steps":  {"runs.steps", true, true, func(r *agent.Run) (int64, float64) { return int64(r.Steps), 0 }},
	"tokens": {"runs.tokens_in + runs.tokens_out", true, true, func(r *agent.Run) (int64, float64) { return r.Usage.TokensIn + r.Usage.TokensOut, 0 }},
	"usd":    {"runs.usd", false, true, func(r *agent.Run) (int64, float64) { return 0, r.Usage.USD }},
	"took":   {"runs.ended_at - coalesce(runs.started_at, runs.ended_at)", true, true, func(r *agent.Run) (int64, float64) { return took(r), 0 }},
}

// took is the time from start to end in nanoseconds.
func took(r *agent.Run) int64 {
	if r.EndedAt == nil || r.StartedAt == nil {
		return 0
	}
	return nanos(*r.EndedAt) - nanos(*r.StartedAt)
}

// List returns runs in the order that the query asks for, the highest first. A
// result in a list has no final state. Errors: CodeInvalid for an unknown order
// or a cursor of another list.
func (s *Runs) List(ctx context.Context, q catalog.RunQuery) (catalog.Page[agent.Run], error) {
	page := catalog.Page[agent.Run]{Items: []agent.Run{}}
	name := nonEmpty(q.Sort, "newest")
	order, ok := runOrders[name]
	if !ok {
		return page, agent.InvalidFields(map[string]string{"sort": "must be " + strings.Join(catalog.RunSorts, ", ")})
	}
	from, err := parseCursor(q.Cursor, name)
	if err != nil {
		return page, err
	}
	limit := limitOf(q.Limit, 50, 200)
	runs, err := scanRuns(s.ordered(s.db.read.WithContext(ctx), q, order, from).Limit(limit + 1).Rows())
	if err != nil {
		return page, failed(err, "list runs")
	}
	if len(runs) > limit {
		runs = runs[:limit]
		last := &runs[limit-1]
		c := cursor{Sort: name, ID: last.ID}
		c.Int, c.Real = order.of(last)
		page.Next = c.String()
	}
	page.Items = runs
	return page, nil
}

// ordered is the query for the runs of a list behind a cursor, in their order.
func (s *Runs) ordered(db *gorm.DB, q catalog.RunQuery, order runOrder, from *cursor) *gorm.DB {
	where := s.filter(db, q)
	if order.ended {
		where = where.Where("runs.ended_at IS NOT NULL") // as its index says it
	}
	if from != nil {
		at := any(from.Real)
		if order.whole {
			at = from.Int
		}
		where = where.Where("("+order.expression+", runs.id) < (?, ?)", at, from.ID)
	}
	return where.Select(runColumns).Joins("JOIN run_bodies b ON b.run = runs.id").Order(order.expression + " DESC, runs.id DESC")
}

// filter is the runs that a query means: those that a list of it shows, counts and
// changes. What was deleted is never among them, and under an order of ended
// runs neither is one that goes on.
func (s *Runs) filter(db *gorm.DB, q catalog.RunQuery) *gorm.DB {
	where := db.Table("runs").Where("runs.binned = 0")
	ended := runOrders[q.Sort].ended
	if ended {
		where = where.Where(unindexedStatus + " IN ('finished', 'failed', 'stopped')")
	}
	for _, word := range textFilter(q.Text) {
		where = where.Where(runText, like(word), like(word), like(word))
	}
	if len(q.Terms) == 0 {
		return where
	}
	fields := runFields(s.db.now())
	if ended || !statusIndexServes(q.Terms) {
		fields[catalog.RunStatusField] = oneOf(unindexedStatus)
	}
	return whereTerms(where, q.Terms, fields)
}

// unindexedStatus is the status in words that keep the planners of SQLite and
// PostgreSQL from its index. The indexes of the orders have the status too: a
// list that goes along one of them stops when its page is full, where all that
// the index of the status finds would have to be looked up and sorted.
const unindexedStatus = "coalesce(runs.status, '')"

// statusIndexServes reports whether what the terms say of the status is best
// found by its index: it has the runs of one status with the newest first, and
// those that have not ended are few.
func statusIndexServes(terms []catalog.RunTerm) bool {
	for _, t := range terms {
		if t.Field == catalog.RunStatusField && len(t.Values) > 1 &&
			slices.ContainsFunc(t.Values, func(v string) bool { return agent.RunStatus(v).Final() }) {
			return false
		}
	}
	return true
}

const runText = `(runs.purpose LIKE ? ESCAPE '\' OR runs.id LIKE ? ESCAPE '\' OR runs.label LIKE ? ESCAPE '\')`

// runFields are the fields of a query about runs.
func runFields(now time.Time) map[catalog.RunField]fieldSQL {
	return map[catalog.RunField]fieldSQL{
		catalog.RunStatusField: oneOf("runs.status"),
		catalog.RunEnv:         oneOf("runs.environment"),
		catalog.RunGroup:       oneOf("runs.grp"),
		catalog.RunMemory:      oneOf("runs.memory"),
		catalog.RunOf:          oneOf("runs.origin"),
		catalog.RunID:          oneOf("runs.id"),
		catalog.RunModel:       each(`runs.model LIKE ? ESCAPE '\'`, begins),
		catalog.RunTag:         each(`runs.tags LIKE ? ESCAPE '\'`, func(v string) any { return like(" " + v + " ") }),
		catalog.RunText:        each(runText, within),
		catalog.RunAsks:        yes("runs.asks > 0"),
		catalog.RunSolved:      solvedRun,
		catalog.RunPhi:         {number: "runs.phi", known: "runs.started_at IS NOT NULL"},
		catalog.RunSteps:       {number: "runs.steps"},
		catalog.RunTokens:      {number: "(runs.tokens_in + runs.tokens_out)"},
		catalog.RunUSD:         {number: "runs.usd"},
		catalog.RunSeed:        {number: "runs.seed"},
		catalog.RunTook:        {number: "((runs.ended_at - runs.started_at) / 1e9)", known: "runs.ended_at IS NOT NULL AND runs.started_at IS NOT NULL"},
		catalog.RunAge:         {number: secondsSince("runs.created_at", now)},
	}
}

// solvedRun is agent.Run.Verdict as a condition.
var solvedRun = each("("+unindexedStatus+" = 'finished' AND runs.source <> 'nobody' AND coalesce(runs.success, -1) = ?)", func(v string) any { return v == "yes" })

// Facets counts what the query finds among the newest runs; each facet leaves
// out the query's own condition on it.
func (s *Runs) Facets(ctx context.Context, q catalog.RunQuery) (catalog.RunFacets, error) {
	f := catalog.RunFacets{ByStatus: map[agent.RunStatus]int{}, Envs: map[string]int{}, Models: map[string]int{}, Memory: map[string]int{},
		Solved: map[string]int{}, Tags: map[string]int{}}
	count := func(field catalog.RunField, take func(g runGroup)) error {
		base := s.newest(s.db.read.WithContext(ctx), catalog.RunQuery{Text: q.Text, Terms: withoutField(q.Terms, field), Sort: q.Sort})
		rows, err := s.db.read.WithContext(ctx).Table("(?) AS newest", base).Select("facets, count(*)").Group("facets").Rows()
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // rows.Err says what matters
		for rows.Next() {
			var facets string
			var g runGroup
			if err := rows.Scan(&facets, &g.N); err != nil {
				return err
			}
			g.read(facets)
			take(g)
		}
		return rows.Err()
	}
	if runOrders[q.Sort].ended { // such a list begins empty, and its index tells so at once
		var some bool
		err := s.db.read.WithContext(ctx).Raw(`SELECT EXISTS (SELECT 1 FROM runs WHERE ended_at IS NOT NULL), EXISTS (SELECT 1 FROM runs WHERE binned = 0)`).Row().Scan(&some, &f.Any)
		if err != nil || !some {
			return f, failed(err, "look for runs that have ended")
		}
	}
	err := eachFacet(q.Terms, map[catalog.RunField]func(runGroup){
		"":                     func(g runGroup) { f.Matching += g.N },
		catalog.RunStatusField: func(g runGroup) { f.ByStatus[g.Status] += g.N },
		catalog.RunEnv:         func(g runGroup) { f.Envs[g.Environment] += g.N },
		catalog.RunModel:       func(g runGroup) { f.Models[g.Model] += g.N },
		catalog.RunMemory:      func(g runGroup) { f.Memory[g.Memory] += g.N },
		catalog.RunSolved: func(g runGroup) {
			if g.Solved != "" {
				f.Solved[g.Solved] += g.N
			}
		},
		catalog.RunTag: func(g runGroup) {
			for tag := range strings.FieldsSeq(g.Tags) {
				f.Tags[tag] += g.N
			}
		},
	}, count)
	f.Any = f.Matching > 0
	if err == nil && !f.Any {
		err = s.db.read.WithContext(ctx).Raw(`SELECT EXISTS (SELECT 1 FROM runs WHERE binned = 0)`).Scan(&f.Any).Error
	}
	return f, failed(err, "count runs by facet")
}

// newest is the query for the facets of the newest runs that a query means.
func (s *Runs) newest(db *gorm.DB, q catalog.RunQuery) *gorm.DB {
	return s.filter(db, q).Select(facetsOfRun + " AS facets").Order("runs.created_at DESC, runs.id DESC").Limit(catalog.MaxCounted)
}

// runGroup is how many of the newest runs agree in all facets.
type runGroup struct {
	Status                           agent.RunStatus
	Environment, Model, Memory, Tags string
	Solved                           string // yes, no, or "" without a verdict
	N                                int
}

// facetsOfRun is all that facets are made of in one text, which is grouped by
// twice as fast as six columns are. The model stands last: it is the only one
// that may have any character.
const facetsOfRun = "format('%s\n%s\n%s\n%s\n%s\n%s', runs.status, runs.memory, " + `CASE WHEN runs.status = 'finished' AND runs.source <> 'nobody'
	THEN CASE WHEN runs.success <> 0 THEN 'yes' WHEN runs.success = 0 THEN 'no' END END, runs.environment, runs.tags, runs.model)`

// read sets the group to what facetsOfRun says.
func (g *runGroup) read(facets string) {
	var status string
	for i, field := range []*string{&status, &g.Memory, &g.Solved, &g.Environment, &g.Tags, &g.Model} {
		if i == 5 {
			*field = facets
			break
		}
		*field, facets, _ = strings.Cut(facets, "\n")
	}
	g.Status = agent.RunStatus(status)
}

// Open returns how many runs have not ended.
func (s *Runs) Open(ctx context.Context) (int, error) {
	var n int
	err := s.db.read.WithContext(ctx).Raw(`SELECT count(*) FROM runs WHERE status IN ('queued', 'running', 'waiting', 'paused')`).Scan(&n).Error
	return n, failed(err, "count open runs")
}

// Counts returns how many runs are in each status; a status without runs is left out.
func (s *Runs) Counts(ctx context.Context) (map[agent.RunStatus]int, error) {
	var rows []struct {
		Status agent.RunStatus
		N      int
	}
	err := s.db.read.WithContext(ctx).Raw(`SELECT status, count(*) AS n FROM runs WHERE binned = 0 GROUP BY status`).Scan(&rows).Error
	counts := make(map[agent.RunStatus]int, len(rows))
	for _, r := range rows {
		counts[r.Status] = r.N
	}
	return counts, failed(err, "count runs")
}
