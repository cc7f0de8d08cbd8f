package models

import (
	"context"
	"fmt"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/packs"
)

// Export returns the rules that a query finds as a pack, ordered by id.
// CodeInvalid for a name that no pack may have.
func (l *Library) Export(ctx context.Context, name string, q catalog.HeuristicQuery) (packs.Pack, error) {
	if problem := packs.NameProblem(name); problem != "" {
		return packs.Pack{}, agent.InvalidFields(map[string]string{"name": problem})
	}
	var rows []heuristicRow
	if err := filterRules(l.db.read.WithContext(ctx), q).Order("id").Limit(packs.MaxRules + 1).Find(&rows).Error; err != nil {
		return packs.Pack{}, failed(err, "export heuristics")
	}
	if len(rows) > packs.MaxRules {
		return packs.Pack{}, agent.Errorf(agent.CodeInvalid, "a pack holds at most %d rules; narrow the query, for instance to one environment", packs.MaxRules)
	}
	rules, err := decodeHeuristics(rows)
	return packs.New(name, rules), err
}

// Import takes the rules of a pack in, in one transaction that can be undone;
// the library of before is kept as a snapshot. What is in the library already,
// and what a person deleted or banned, is left out and told. The pack must be
// free of problems (packs.Parse). CodeInvalid for an unknown status.
func (l *Library) Import(ctx context.Context, actor string, pack packs.Pack, as packs.Import) (packs.Report, error) {
	if as.Status == "" {
		as.Status = agent.Candidate
	}
	if as.Author == "" {
		as.Author = agent.AuthorImport + agent.Author(pack.Name)
	}
	if !slices.Contains(agent.Statuses, as.Status) {
		return packs.Report{}, agent.InvalidFields(map[string]string{"status": fmt.Sprintf("unknown status %q", as.Status)})
	}
	report := packs.Report{Added: []string{}, Known: map[string]string{}}
	what := catalog.LibraryChange{Actor: actor, Action: agent.ActImport, Note: pack.Name}
	change, err := l.personally(ctx, what, func(c *changing) error {
		if err := c.snapshotBefore(actor, "importing "+agent.Clip(pack.Name, 60)); err != nil {
			return err
		}
		c.replaced = as.Status == agent.Active || as.Status == agent.Probation
		here := map[string]string{} // ids of the pack → ids of the library
		for _, i := range pack.ParentsFirst() {
			if err := c.importRule(&pack.Rules[i], pack.Name, as, here, &report); err != nil {
				return err
			}
		}
		return l.db.audit(c.tx, actor, "library.import", fmt.Sprintf("%d added, %d known, %d unwanted", len(report.Added), len(report.Known), len(report.Unwanted)), pack.Name)
	})
	report.Change = change
	return report, err
}

func (c *changing) importRule(r *packs.Rule, name string, as packs.Import, here map[string]string, report *packs.Report) error {
	h := r.Heuristic()
	h.Status, h.Author = as.Status, as.Author
	for _, parent := range r.Parents {
		if id := here[parent]; id != "" {
			h.ParentIDs = append(h.ParentIDs, id)
		}
	}
	var known []string
	err := c.tx.Raw(`SELECT id FROM heuristics WHERE key = ? AND environment = ? AND dynamics = ? AND schema = ? ORDER BY id LIMIT 1`,
		h.Key(), h.Scope.Environment, h.Scope.Dynamics, h.Scope.Schema).Scan(&known).Error
	if err != nil {
		return err
	}
	if len(known) > 0 {
		here[r.ID], report.Known[r.ID] = known[0], known[0]
		return nil
	}
	unwanted, err := c.unwanted(h)
	if err != nil {
		return err
	}
	if unwanted {
		report.Unwanted = append(report.Unwanted, r.ID)
		return nil
	}
	stored, err := c.insert(h, c.personal.Actor, "imported from "+name)
	if err != nil {
		return err
	}
	here[r.ID] = stored.ID
	report.Added = append(report.Added, stored.ID)
	return nil
}
