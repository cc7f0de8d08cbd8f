package review

import (
	"context"
	"fmt"
	"slices"

	"purposeagent/agent/milestones"
	"purposeagent/handlers/milestonepages"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
	"purposeagent/views/reviewview"
)

// asksShown is how many runs that ask the inbox lists.
const asksShown = 10

// asksView lists the runs that wait for a person's approval.
func (s *Section) asksView(ctx context.Context) ([]reviewview.ReviewRow, error) {
	runs, err := s.cfg.Runs.Asks(ctx, asksShown)
	if err != nil {
		return nil, err
	}
	var rows []reviewview.ReviewRow
	for _, run := range runs {
		rows = append(rows, reviewview.ReviewRow{Href: s.RunLink(run.ID), Icon: "runs", Title: partials.Clip(run.Asked.Action.Label(), 100),
			Sub: fmt.Sprintf("step %d of %s: %s", run.Asked.Index, partials.Clip(ui.PurposeOf(run), 60), run.Asked.Why)})
	}
	return rows, nil
}

// unreviewedMilestones are the sets that a model wrote and nobody has looked at.
func (s *Section) unreviewedMilestones(ctx context.Context) ([]milestones.Set, error) {
	if s.cfg.Milestones == nil {
		return nil, nil
	}
	sets, err := s.cfg.Milestones.Sets(ctx)
	return slices.DeleteFunc(sets, func(m milestones.Set) bool { return m.Reviewed }), err
}

// milestonesView lists the first of them.
func (s *Section) milestonesView(sets []milestones.Set) []reviewview.ReviewRow {
	var rows []reviewview.ReviewRow
	for i := range sets[:min(len(sets), asksShown)] {
		rows = append(rows, reviewview.ReviewRow{Href: s.Link(milestonepages.Address(sets[i].World)), Icon: "library",
			Title: "Milestones of " + milestonepages.Title(sets[i].World), Sub: milestonepages.Summary(&sets[i])})
	}
	return rows
}
