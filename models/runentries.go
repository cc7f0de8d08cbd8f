package models

import (
	"context"
	"maps"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// Entries returns the runs that a query finds, the newest first, with the runs of
// a launch as one entry. A launch has one moment, so its runs stand together in
// this order: the work for a page is bounded by its entries and by
// agent.MaxRepeats, whatever is kept besides. Errors: CodeInvalid for another
// order than newest, or a cursor of another list.
func (s *Runs) Entries(ctx context.Context, q catalog.RunQuery) (catalog.Page[catalog.RunEntry], error) {
	page := catalog.Page[catalog.RunEntry]{Items: []catalog.RunEntry{}}
	if nonEmpty(q.Sort, "newest") != "newest" {
		return page, agent.InvalidFields(map[string]string{"sort": "must be newest where the runs of a launch are one row"})
	}
	from, err := parseCursor(q.Cursor, entryOrder)
	if err != nil {
		return page, err
	}
	limit := limitOf(q.Limit, 50, 200)
	list := entryList{s, q}
	heads, err := list.heads(ctx, from, limit+1)
	if err != nil {
		return page, failed(err, "list runs and groups")
	}
	if len(heads) > limit {
		heads = heads[:limit]
		last := heads[limit-1]
		if last, err = list.oldestOf(ctx, last); err != nil {
			return page, failed(err, "find the end of a group")
		}
		page.Next = cursor{Sort: entryOrder, Int: last.CreatedAt, ID: last.ID}.String()
	}
	page.Items, err = list.entries(ctx, heads)
	return page, failed(err, "load runs and groups")
}

// entryOrder is what cursors of Entries are bound to.
const entryOrder = "entries"

// entryList reads the entries that a query finds.
type entryList struct {
	*Runs
	q catalog.RunQuery
}

// runHead is the place of a run in the order of launch.
type runHead struct {
	ID, Grp   string
	CreatedAt int64
}

// heads returns the newest run of each entry, at most n of them. Where a batch
// ends within a group, the next one begins behind it.
func (s entryList) heads(ctx context.Context, from *cursor, n int) ([]runHead, error) {
	var heads []runHead
	for {
		where := s.filter(s.db.read.WithContext(ctx), s.q).Select("runs.id, runs.grp, runs.created_at")
		if from != nil {
			where = where.Where("(runs.created_at, runs.id) < (?, ?)", from.Int, from.ID)
		}
		var batch []runHead
		if err := where.Order("runs.created_at DESC, runs.id DESC").Limit(n - len(heads)).Scan(&batch).Error; err != nil {
			return nil, err
		}
		asked := n - len(heads)
		for _, head := range batch {
			if last := len(heads) - 1; head.Grp == "" || last < 0 || heads[last].Grp != head.Grp {
				heads = append(heads, head)
			}
		}
		if len(batch) < asked || len(heads) == n {
			return heads, nil
		}
		end, err := s.oldestOf(ctx, batch[len(batch)-1])
		if err != nil {
			return nil, err
		}
		from = &cursor{Int: end.CreatedAt, ID: end.ID}
	}
}

// oldestOf returns the first run of a run's group, or the run itself without one.
func (s entryList) oldestOf(ctx context.Context, head runHead) (runHead, error) {
	if head.Grp == "" {
		return head, nil
	}
	oldest := head
	err := s.db.read.WithContext(ctx).Raw(`SELECT id, grp, created_at FROM runs WHERE grp = ? AND grp <> '' ORDER BY created_at, id LIMIT 1`, head.Grp).Scan(&oldest).Error
	return oldest, err
}

// entries loads what is shown of each head.
func (s entryList) entries(ctx context.Context, heads []runHead) ([]catalog.RunEntry, error) {
	ids, groups := make([]string, len(heads)), []string{}
	for i, head := range heads {
		ids[i] = head.ID
		if head.Grp != "" {
			groups = append(groups, head.Grp)
		}
	}
	runs, err := scanRuns(s.db.read.WithContext(ctx).Raw(selectRun+` WHERE runs.id IN ? ORDER BY runs.created_at DESC, runs.id DESC`, ids).Rows())
	if err != nil {
		return nil, err
	}
	sums, err := s.sumsOf(ctx, groups)
	if err != nil {
		return nil, err
	}
	entries := make([]catalog.RunEntry, len(runs))
	for i, run := range runs {
		entries[i].Run = run
		if sum := sums[run.Group]; sum != nil && sum.Found > 1 {
			entries[i].Group = sum
		}
	}
	return entries, nil
}

// sumsOf sums up groups, from memory where it has them: of all their runs, once those
// have ended.
func (s entryList) sumsOf(ctx context.Context, groups []string) (map[string]*catalog.GroupSum, error) {
	if s.db.shared || s.q.Text != "" || len(s.q.Terms) > 0 {
		return s.groupSums(ctx, groups)
	}
	sums, missing, reading := s.sums.begin(groups)
	found, err := s.groupSums(ctx, missing)
	if err != nil {
		found = nil
	}
	s.sums.end(reading, found)
	maps.Copy(sums, found)
	return sums, err
}

// groupPart is what those runs of a group have together that agree in status and memory.
type groupPart struct {
	Grp, Memory         string
	Status              agent.RunStatus
	N, Judged, Solved   int
	Steps               int
	TokensIn, TokensOut int64
	Calls               int
	USD                 float64 `gorm:"column:usd"`
	Estimated           bool
}

const groupParts = `runs.grp, runs.status, runs.memory, count(*) AS n, sum(runs.steps) AS steps,
	sum(CASE WHEN runs.status = 'failed' OR runs.status = 'finished' AND runs.source <> 'nobody' AND runs.success IS NOT NULL THEN 1 ELSE 0 END) AS judged,
	sum(CASE WHEN runs.status = 'finished' AND runs.source <> 'nobody' AND runs.success = 1 THEN 1 ELSE 0 END) AS solved,
	sum(runs.tokens_in) AS tokens_in, sum(runs.tokens_out) AS tokens_out, sum(runs.calls) AS calls, sum(runs.usd) AS usd, max(runs.estimated) AS estimated`

// groupSums sums up what a query finds of groups.
func (s entryList) groupSums(ctx context.Context, groups []string) (map[string]*catalog.GroupSum, error) {
	sums := map[string]*catalog.GroupSum{}
	if len(groups) == 0 {
		return sums, nil
	}
	var parts []groupPart
	within := s.filter(s.db.read.WithContext(ctx), s.q).Where("runs.grp IN ? AND runs.grp <> ''", groups)
	if err := within.Select(groupParts).Group("runs.grp, runs.status, runs.memory").Scan(&parts).Error; err != nil {
		return nil, err
	}
	for _, p := range parts {
		sum := sums[p.Grp]
		if sum == nil {
			sum = &catalog.GroupSum{ByStatus: map[agent.RunStatus]int{}, ByMemory: map[string]int{}}
			sums[p.Grp] = sum
		}
		sum.Found, sum.Judged, sum.Solved, sum.Steps = sum.Found+p.N, sum.Judged+p.Judged, sum.Solved+p.Solved, sum.Steps+p.Steps
		sum.ByStatus[p.Status] += p.N
		sum.ByMemory[p.Memory] += p.N
		sum.Usage = sum.Usage.Add(agent.Usage{TokensIn: p.TokensIn, TokensOut: p.TokensOut, Calls: p.Calls, USD: p.USD, Estimated: p.Estimated})
	}
	var all []struct {
		Grp      string
		N, Tasks int
	}
	err := s.db.read.WithContext(ctx).Raw(`SELECT grp, count(*) AS n, count(DISTINCT purpose) AS tasks FROM runs WHERE grp IN ? AND grp <> '' AND binned = 0 GROUP BY grp`, groups).Scan(&all).Error
	for _, of := range all {
		if sum := sums[of.Grp]; sum != nil {
			sum.All, sum.Tasks = of.N, of.Tasks
		}
	}
	return sums, err
}
