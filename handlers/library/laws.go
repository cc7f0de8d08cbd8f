package library

import (
	"context"
	"fmt"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
	"purposeagent/agent/rulestore"
	"purposeagent/handlers/ui"
	"purposeagent/views/libraryview"
	"purposeagent/views/partials"
)

const (
	// newsTasks is for how many tasks a change of law is told of on the pages of
	// the library, and maxLawNotices how many of them at most.
	newsTasks     = 100
	maxLawNotices = 5
)

// LawNotices tells of worlds that seem to have changed their laws lately.
func (s *Section) LawNotices(ctx context.Context, back string) ([]libraryview.LawNotice, error) {
	if s.cfg.Policy == nil {
		return nil, nil
	}
	ledgers, err := s.cfg.Policy.Ledgers(ctx)
	if err != nil {
		return nil, err
	}
	var out []libraryview.LawNotice
	for _, l := range ledgers {
		for _, c := range slices.Backward(l.Ledger.Changes) {
			if c.Lifted || l.Ledger.Tasks-c.Found >= newsTasks || len(out) == maxLawNotices {
				continue
			}
			out = append(out, s.lawNotice(l.Scope, &c, back))
		}
	}
	return out, nil
}

// lastCompacted is a rule as it was when learning compacted it, nil for one that
// is there, or that a person deleted.
func lastCompacted(versions []catalog.HeuristicVersion) *agent.Heuristic {
	if n := len(versions); n > 0 && versions[n-1].Gone && versions[n-1].Reason == rulestore.ReasonCompacted {
		return &versions[n-1].Heuristic
	}
	return nil
}

// compacted says how many rules are in the history only.
func (s *Section) compacted(ctx context.Context) (string, error) {
	if s.cfg.Policy == nil {
		return "", nil
	}
	ledgers, err := s.cfg.Policy.Ledgers(ctx)
	n := 0
	for _, l := range ledgers {
		n += l.Ledger.Compacted
	}
	if n == 0 {
		return "", err
	}
	if n == 1 {
		return "1 more rule was replaced long ago and is kept in the history only.", err
	}
	return partials.Count(int64(n)) + " more rules were replaced long ago and are kept in the history only.", err
}

func (s *Section) lawNotice(scope agent.Scope, c *credit.LawChange, back string) libraryview.LawNotice {
	n := libraryview.LawNotice{Text: fmt.Sprintf("%s: %s.", scope.Environment, c.Reason()), Back: back,
		Figures: ui.Sentence(c.Figures()),
		Advice:  partials.Plural(c.Shelved, "rule") + " shelved, and learning began anew for what they were about. If only the tasks became harder, restore them.",
		Rules:   partials.Link{Text: "See shelved rules", Href: s.Link("/library?q=status%3Aarchived+env%3A" + scope.Environment)}}
	if c.Revision > 0 {
		n.Restore = s.Link("/library/changes/" + ui.Number(c.Revision) + "/undo")
	}
	return n
}
