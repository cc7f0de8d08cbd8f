package models

import (
	"cmp"
	"context"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/playbook"
)

// Worlds returns the worlds that rules were learned in or written for, the one last
// used first: by its last trajectory, else by the last change of a rule. Of a world
// whose actions changed, the newest schema counts.
func (l *Library) Worlds(ctx context.Context) ([]playbook.World, error) {
	var rows []struct {
		Environment, Dynamics, Schema string
		Rules                         int
		Used                          int64
	}
	err := l.db.read.WithContext(ctx).Raw(`SELECT h.environment, h.dynamics, h.schema,
			SUM(CASE WHEN h.status <> 'banned' AND (h.pinned <> 0 OR h.status IN ('active', 'probation')) THEN 1 ELSE 0 END) AS rules,
			MAX(COALESCE((SELECT MAX(t.at) FROM trajectories t WHERE t.environment = h.environment AND t.dynamics = h.dynamics AND t.schema = h.schema), h.updated_at)) AS used
		FROM heuristics h WHERE h.environment <> '' GROUP BY h.environment, h.dynamics, h.schema`).Scan(&rows).Error
	if err != nil {
		return nil, failed(err, "load worlds of the library")
	}
	worlds := make([]playbook.World, 0, len(rows))
	for _, r := range rows {
		worlds = append(worlds, playbook.World{Scope: agent.Scope{Environment: r.Environment, Dynamics: r.Dynamics, Schema: r.Schema}, Rules: r.Rules, LastUsed: fromNanos(r.Used)})
	}
	slices.SortFunc(worlds, func(a, b playbook.World) int {
		return cmp.Or(b.LastUsed.Compare(a.LastUsed), cmp.Compare(b.Scope.Schema, a.Scope.Schema), cmp.Compare(a.Scope.Environment, b.Scope.Environment), cmp.Compare(a.Scope.Dynamics, b.Scope.Dynamics))
	})
	return newest(worlds), nil
}

// newest keeps one entry for each world. Rules for all worlds of an environment are a
// world of their own only where there is no other one, or where they were learned.
func newest(worlds []playbook.World) []playbook.World {
	type name struct{ environment, dynamics string }
	at := map[name]int{}
	several := map[string]bool{}
	for i := range worlds {
		several[worlds[i].Scope.Environment] = several[worlds[i].Scope.Environment] || worlds[i].Scope.Dynamics != ""
	}
	var out []playbook.World
	for _, w := range worlds {
		if w.Scope.Dynamics == "" && w.Scope.Schema == "" && several[w.Scope.Environment] {
			continue
		}
		key := name{w.Scope.Environment, w.Scope.Dynamics}
		if i, known := at[key]; known {
			if out[i].Scope.Schema == "" && w.Scope.Schema != "" {
				out[i].Scope.Schema = w.Scope.Schema
			}
			continue
		}
		at[key] = len(out)
		out = append(out, w)
	}
	return out
}
