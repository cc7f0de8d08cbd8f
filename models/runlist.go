package models

import (
	"context"
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
	of         func(r *runRow) (integer int64, fraction float64)
}

var runOrders = map[string]runOrder{
	"newest": {"runs.created_at", true, false, func(r *runRow) (int64, float64) { return r.CreatedAt, 0 }},
	"phi":    {"runs.phi", false, true, func(r *runRow) (int64, float64) { return 0, r.Phi }},
	"steps":  {"runs.steps", true, true, func(r *runRow) (int64, float64) { return int64(r.Steps), 0 }},
	"tokens": {"runs.tokens_in + runs.tokens_out", true, true, func(r *runRow) (int64, float64) { return r.TokensIn + r.TokensOut, 0 }},
	"usd":    {"runs.usd", false, true, func(r *runRow) (int64, float64) { return 0, r.USD }},
	"took":   {"runs.ended_at - coalesce(runs.started_at, runs.ended_at)", true, true, func(r *runRow) (int64, float64) { return r.took(), 0 }},
}

// took is the time from start to end in nanoseconds.
func (r *runRow) took() int64 {
	if r.EndedAt == nil || r.StartedAt == nil {
		return 0
	}
	return *r.EndedAt - *r.StartedAt
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
	where := s.filter(s.db.read.WithContext(ctx), q)
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
	var rows []joinedRow
	err = where.Select("runs.*, b.spec, b.result, b.asked").Joins("JOIN run_bodies b ON b.run = runs.id").
		Order(order.expression + " DESC, runs.id DESC").Limit(limit + 1).Scan(&rows).Error
	if err != nil {
		return page, failed(err, "list runs")
	}
	if len(rows) > limit {
		rows = rows[:limit]
		last := &rows[limit-1].Row
		c := cursor{Sort: name, ID: last.ID}
		c.Int, c.Real = order.of(last)
		page.Next = c.String()
	}
	page.Items, err = mapRuns(rows)
	return page, err
}

// filter is the runs that a query means: those that a list of it shows, counts and
// changes. What was deleted is never among them, and under an order of ended
// runs neither is one that goes on.
func (s *Runs) filter(db *gorm.DB, q catalog.RunQuery) *gorm.DB {
	where := db.Table("runs").Where("runs.binned = 0")
	if runOrders[q.Sort].ended {
		where = where.Where("runs.status IN ('finished', 'failed', 'stopped')")
	}
	for _, word := range textFilter(q.Text) {
		where = where.Where(runText, like(word), like(word), like(word))
	}
	return whereTerms(where, q.Terms, runFields(s.db.now()))
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
var solvedRun = each("(runs.status = 'finished' AND runs.source <> 'nobody' AND coalesce(runs.success = ?, 0))", func(v string) any { return v == "yes" })

// Facets counts what the query finds among the newest runs; each facet leaves
// out the query's own condition on it.
func (s *Runs) Facets(ctx context.Context, q catalog.RunQuery) (catalog.RunFacets, error) {
	f := catalog.RunFacets{ByStatus: map[agent.RunStatus]int{}, Envs: map[string]int{}, Models: map[string]int{}, Memory: map[string]int{},
		Solved: map[string]int{}, Tags: map[string]int{}}
	const facets = "status, environment, model, memory, success, source, tags"
	count := func(field catalog.RunField, take func(g runGroup)) error {
		base := s.filter(s.db.read.WithContext(ctx), catalog.RunQuery{Text: q.Text, Terms: withoutField(q.Terms, field), Sort: q.Sort}).
			Select(facets).Order("runs.created_at DESC, runs.id DESC").Limit(catalog.MaxCounted)
		var groups []runGroup
		err := s.db.read.WithContext(ctx).Table("(?) AS newest", base).Select(facets + ", count(*) AS n").Group(facets).Scan(&groups).Error
		for _, g := range groups {
			take(g)
		}
		return err
	}
	err := eachFacet(q.Terms, map[catalog.RunField]func(runGroup){
		"":                     func(g runGroup) { f.Matching += g.N },
		catalog.RunStatusField: func(g runGroup) { f.ByStatus[g.Status] += g.N },
		catalog.RunEnv:         func(g runGroup) { f.Envs[g.Environment] += g.N },
		catalog.RunModel:       func(g runGroup) { f.Models[g.Model] += g.N },
		catalog.RunMemory:      func(g runGroup) { f.Memory[g.Memory] += g.N },
		catalog.RunSolved: func(g runGroup) {
			if g.Success != nil && g.Source != agent.SourceNobody && g.Status == agent.RunIsFinished {
				f.Solved[yesOrNo(*g.Success)] += g.N
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

// runGroup is how many of the newest runs agree in all facets.
type runGroup struct {
	Status                           agent.RunStatus
	Environment, Model, Memory, Tags string
	Success                          *bool
	Source                           agent.Source
	N                                int
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
