package pagetest

import (
	"context"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// Entries lists runs with those of a group as one.
func (l *RunLog) Entries(ctx context.Context, q catalog.RunQuery) (catalog.Page[catalog.RunEntry], error) {
	all, err := l.List(ctx, catalog.RunQuery{Text: q.Text, Terms: q.Terms, Limit: 10_000})
	page := catalog.Page[catalog.RunEntry]{}
	skip, at := q.Cursor != "", map[string]int{}
	for _, run := range all.Items {
		if skip {
			skip = run.ID != q.Cursor
			continue
		}
		i, known := at[run.Group]
		if run.Group == "" || !known {
			if len(page.Items) == q.Limit {
				page.Next = page.Items[len(page.Items)-1].Run.ID
				break
			}
			page.Items = append(page.Items, catalog.RunEntry{Run: run})
			i = len(page.Items) - 1
			at[run.Group] = i
		}
		if run.Group == "" {
			continue
		}
		g := page.Items[i].Group
		if g == nil {
			g = &catalog.GroupSum{ByStatus: map[agent.RunStatus]int{}, ByMemory: map[string]int{}, Tasks: 2}
			page.Items[i].Group = g
		}
		g.Found, g.All, g.Steps = g.Found+1, g.All+1, g.Steps+run.Steps
		g.ByStatus[run.Status]++
		g.ByMemory[run.Spec.Memory]++
		if v := run.Verdict(); v != nil {
			if g.Judged++; v.Success {
				g.Solved++
			}
		}
	}
	for i, entry := range page.Items {
		if entry.Group != nil && entry.Group.Found < 2 {
			page.Items[i].Group = nil
		}
	}
	return page, err
}
