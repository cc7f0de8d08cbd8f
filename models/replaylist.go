package models

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

func (r *trajectoryRecord) summary() (catalog.TrajectorySummary, error) {
	s := catalog.TrajectorySummary{ID: r.ID, Run: r.Run, Environment: r.Environment, Purpose: r.Purpose, Type: r.Type, Outcome: r.outcome(), Steps: r.Steps,
		FinalPhi: r.FinalPhi, TotalDelta: r.TotalDelta, Reward: r.Reward, SuccessRate: r.SuccessRate, QValue: r.QValue,
		Retrieved: r.Retrieved, Pinned: r.Pinned, At: fromNanos(r.At)}
	if err := json.Unmarshal([]byte(r.Spark), &s.Spark); err != nil {
		return s, fmt.Errorf("decode Φ line of trajectory %s: %w", r.ID, err)
	}
	return s, nil
}

// List returns trajectories that match the query, without their bodies.
// Errors: CodeInvalid for an unknown sort order or a cursor of another list.
func (r *Replay) List(ctx context.Context, q catalog.TrajectoryQuery) (catalog.Page[catalog.TrajectorySummary], error) {
	page := catalog.Page[catalog.TrajectorySummary]{Items: []catalog.TrajectorySummary{}}
	byValue := q.Sort == "value"
	if !byValue && q.Sort != "" && q.Sort != "newest" {
		return page, agent.InvalidFields(map[string]string{"sort": "must be value or newest"})
	}
	sort := "newest"
	if byValue {
		sort = "value"
	}
	from, err := parseCursor(q.Cursor, sort)
	if err != nil {
		return page, err
	}
	limit := limitOf(q.Limit, 50, 200)
	where := r.filter(ctx, q)
	order := "n DESC"
	if byValue {
		order = "q_value DESC, n DESC"
	}
	switch {
	case from == nil:
	case byValue:
		where = where.Where("(q_value, n) < (?, ?)", from.Real, from.Int)
	default:
		where = where.Where("n < ?", from.Int)
	}
	var rows []trajectoryRecord
	if err := where.Order(order).Limit(limit + 1).Find(&rows).Error; err != nil {
		return page, failed(err, "list trajectories")
	}
	if len(rows) > limit {
		rows = rows[:limit]
		last := &rows[limit-1]
		next := cursor{Sort: sort, Int: last.N}
		if byValue {
			next.Real = last.QValue
		}
		page.Next = next.String()
	}
	for i := range rows {
		s, err := rows[i].summary()
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, s)
	}
	return page, nil
}

func (r *Replay) filter(ctx context.Context, q catalog.TrajectoryQuery) *gorm.DB {
	where := r.db.read.WithContext(ctx).Table("trajectories")
	for _, word := range textFilter(q.Text) {
		where = where.Where(trajectoryText, like(word), like(word))
	}
	return whereTerms(where, q.Terms, trajectoryFields(r.db.now()))
}

const trajectoryText = `(purpose LIKE ? ESCAPE '\' OR id LIKE ? ESCAPE '\')`

// trajectoryFields are the fields of a query about trajectories.
func trajectoryFields(now time.Time) map[catalog.TrajectoryField]fieldSQL {
	return map[catalog.TrajectoryField]fieldSQL{
		catalog.TrajectoryEnv:       oneOf("environment"),
		catalog.TrajectoryType:      oneOf("type"),
		catalog.TrajectoryRun:       oneOf("run"),
		catalog.TrajectoryID:        oneOf("id"),
		catalog.TrajectorySolved:    yes("success <> 0"),
		catalog.TrajectoryPinned:    yes("pinned <> 0"),
		catalog.TrajectoryText:      each(trajectoryText, within),
		catalog.TrajectoryValue:     {number: "q_value"},
		catalog.TrajectoryPhi:       {number: "final_phi"},
		catalog.TrajectoryDelta:     {number: "total_delta"},
		catalog.TrajectorySteps:     {number: "steps"},
		catalog.TrajectoryRetrieved: {number: "retrieved"},
		catalog.TrajectoryAge:       {number: secondsSince("at", now)},
	}
}

// Facets counts what the query finds, as Runs.Facets does.
func (r *Replay) Facets(ctx context.Context, q catalog.TrajectoryQuery) (catalog.TrajectoryFacets, error) {
	f := catalog.TrajectoryFacets{Solved: map[string]int{}, Envs: map[string]int{}, Types: map[string]int{}}
	count := func(field catalog.TrajectoryField, take func(g trajectoryGroup)) error {
		base := r.filter(ctx, catalog.TrajectoryQuery{Text: q.Text, Terms: withoutField(q.Terms, field)}).
			Select("environment, type, success, pinned").Order("n DESC").Limit(catalog.MaxCounted)
		var groups []trajectoryGroup
		err := r.db.read.WithContext(ctx).Table("(?) AS newest", base).
			Select("environment, type, success, pinned, count(*) AS n").Group("environment, type, success, pinned").Scan(&groups).Error
		for _, g := range groups {
			take(g)
		}
		return err
	}
	err := eachFacet(q.Terms, map[catalog.TrajectoryField]func(trajectoryGroup){
		"":                       func(g trajectoryGroup) { f.Matching += g.N },
		catalog.TrajectorySolved: func(g trajectoryGroup) { f.Solved[yesOrNo(g.Success)] += g.N },
		catalog.TrajectoryEnv:    func(g trajectoryGroup) { f.Envs[g.Environment] += g.N },
		catalog.TrajectoryType:   func(g trajectoryGroup) { f.Types[g.Type] += g.N },
		catalog.TrajectoryPinned: func(g trajectoryGroup) {
			if g.Pinned {
				f.Pinned += g.N
			}
		},
	}, count)
	return f, failed(err, "count trajectories by facet")
}

// trajectoryGroup is how many of the newest trajectories agree in all facets.
type trajectoryGroup struct {
	Environment, Type string
	Success, Pinned   bool
	N                 int
}

// Summary returns one trajectory as lists show it, or CodeNotFound.
func (r *Replay) Summary(ctx context.Context, id string) (catalog.TrajectorySummary, error) {
	var rows []trajectoryRecord
	if err := r.db.read.WithContext(ctx).Where("id = ?", id).Find(&rows).Error; err != nil {
		return catalog.TrajectorySummary{}, failed(err, "load trajectory %s", id)
	}
	if len(rows) == 0 {
		return catalog.TrajectorySummary{}, notFound("trajectory", id)
	}
	return rows[0].summary()
}

// Prune deletes trajectories, bodies included, in one transaction; pinned ones
// and unknown ids are left out. UndoPrune brings them back for
// catalog.PruneBinTime.
func (r *Replay) Prune(ctx context.Context, actor string, ids []string) (catalog.Pruned, error) {
	var done catalog.Pruned
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ready(ctx); err != nil {
		return done, err
	}
	var gone []string
	err := r.db.writeTx(ctx, func(tx *gorm.DB) error {
		gone = gone[:0]
		for len(ids) > 0 {
			part := ids[:min(len(ids), 500)]
			ids = ids[len(part):]
			var found []string
			if err := tx.Table("trajectories").Where("id IN ? AND pinned = 0", part).Pluck("id", &found).Error; err != nil {
				return err
			}
			gone = append(gone, found...)
		}
		if len(gone) == 0 {
			return nil
		}
		var err error
		if done.ID, err = r.keepPruned(tx, actor, gone); err != nil {
			return err
		}
		if err := deleteTrajectories(tx, gone); err != nil {
			return err
		}
		return r.db.audit(tx, actor, "trajectory.prune", "", gone...)
	})
	if err != nil || len(gone) == 0 {
		return catalog.Pruned{}, failed(err, "prune trajectories")
	}
	done.Trajectories = len(gone)
	r.index.Remove(gone...)
	for _, id := range gone {
		r.cache.remove(id)
	}
	r.wrote(ctx)
	return done, nil
}

// Pin keeps a trajectory whatever its value, or no longer. Errors: CodeNotFound.
func (r *Replay) Pin(ctx context.Context, actor, id string, pinned bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ready(ctx); err != nil {
		return err
	}
	action := "trajectory.unpin"
	if pinned {
		action = "trajectory.pin"
	}
	err := r.db.writeTx(ctx, func(tx *gorm.DB) error {
		changed := tx.Exec(`UPDATE trajectories SET pinned = ? WHERE id = ?`, pinned, id)
		if changed.Error != nil {
			return changed.Error
		}
		if changed.RowsAffected == 0 {
			return notFound("trajectory", id)
		}
		return r.db.audit(tx, actor, action, "", id)
	})
	if err != nil {
		return failed(err, "pin trajectory %s", id)
	}
	r.index.SetPinned(id, pinned)
	r.wrote(ctx)
	return nil
}
