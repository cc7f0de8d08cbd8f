package review

import (
	"context"
	"fmt"

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
