package replay

import (
	"context"
	"fmt"
	"net/url"

	"purposeagent/agent"
	"purposeagent/agent/replay"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/replayview"
)

// pruneView says what would go, and what that leaves.
func (s *Section) pruneView(ctx context.Context, ids []string, values url.Values) (replayview.Prune, error) {
	v := replayview.Prune{Confirm: pages.Confirm{Action: s.Link("/replay/prune"), Cancel: s.Link("/replay")}}
	back := values.Get("return")
	if values.Get("all") != "" && back == "" { // the filter itself is where it came from
		filter := url.Values{}
		for _, name := range []string{"q", "sort", "hide"} {
			if value := values.Get(name); value != "" {
				filter.Set(name, value)
			}
		}
		back = filter.Encode()
	}
	if back != "" {
		v.Confirm.Hidden = append(v.Confirm.Hidden, partials.Hidden{Name: "return", Value: back})
		if q, err := url.ParseQuery(back); err == nil {
			v.Confirm.Cancel = s.Link("/replay?" + q.Encode())
		}
	}
	for i, id := range ids {
		v.Confirm.Hidden = append(v.Confirm.Hidden, partials.Hidden{Name: "ids", Value: id})
		if i >= ui.MaxNamed {
			continue
		}
		t, err := s.cfg.Replay.Summary(ctx, id)
		if err != nil {
			return v, err
		}
		v.Confirm.Items = append(v.Confirm.Items, pages.ConfirmItem{ID: id, Title: partials.Clip(t.Purpose, 160), Href: s.Link(s.TrajectoryLink(id)),
			Outcome: ui.OutcomeOf(&t.Outcome, agent.RunIsFinished),
			Note:    partials.Plural(t.Steps, "step") + ", final Φ " + partials.Phi(t.FinalPhi) + ", value " + ui.Fraction(t.QValue)})
	}
	if len(ids) > ui.MaxNamed {
		v.Confirm.More = "and " + ui.Itoa(len(ids)-ui.MaxNamed) + " more"
	}
	preview, err := s.cfg.Replay.PreviewPrune(ctx, ids)
	if err != nil {
		return v, err
	}
	s.fillPreview(&v, preview)
	return v, nil
}

// fillPreview says the effect of a prune in words and numbers.
func (s *Section) fillPreview(v *replayview.Prune, p replay.PrunePreview) {
	v.Confirm.Question = "Prune " + trajectories(p.Going) + "?"
	v.Confirm.Button = "Prune " + trajectories(p.Going)
	v.Confirm.Detail = pruneWords(p.Going, p.Successes)
	if v.Nothing = p.Going == 0; v.Nothing {
		v.Confirm.Question, v.Confirm.Detail = "There is nothing to prune", "Everything that was selected is kept."
	}
	if p.Pinned > 0 {
		v.Confirm.Warning = trajectories(p.Pinned) + " of the selection pinned by a person: what is pinned stays."
	}
	v.Facts = []pages.Fact{
		{Term: "Best of their purpose", Value: ui.Itoa(p.Best), Help: "The most valuable success of its purpose; a full replay drops it last"},
		{Term: "Purposes left without a success", Value: ui.Itoa(p.Last), Help: "Nothing that worked could be retrieved for them"},
		{Term: "Rules that lose evidence", Value: ui.Itoa(len(p.Rules) + p.MoreRules), Help: "Links to steps; the counts stay"},
	}
	for _, r := range p.Rules {
		v.Rules = append(v.Rules, replayview.LosingRule{ID: r.ID, Title: r.Title, Href: s.RuleLink(r.ID), Loss: fmt.Sprintf("%d of %d", r.Lost, r.Of), Share: ui.Itoa(100 * r.Lost / max(r.Of, 1))})
	}
	if p.MoreRules > 0 {
		v.MoreRules = "and " + partials.Plural(p.MoreRules, "more rule")
	}
	v.Values, v.ValueLabel = valueBars(p)
}

// valueBars draws how many trajectories have which value, before and after.
func valueBars(p replay.PrunePreview) ([]replayview.ValueBar, string) {
	most, before, after := 1, 0, 0
	for i := range p.Before {
		most = max(most, p.Before[i])
		before, after = before+p.Before[i], after+p.After[i]
	}
	bars := make([]replayview.ValueBar, len(p.Before))
	for i := range p.Before {
		part := func(n int) string { return ui.Itoa(100 * n / most) }
		tenth := func(n int) string { return ui.Plain(float64(n) / replay.ValueBins)[:3] }
		bars[i] = replayview.ValueBar{Range: tenth(i) + "–" + tenth(i+1), Before: ui.Itoa(p.Before[i]), After: ui.Itoa(p.After[i]),
			BeforePart: part(p.Before[i]), AfterPart: part(p.After[i])}
	}
	return bars, fmt.Sprintf("The replay goes from %s to %s.", trajectories(before), partials.Count(int64(after)))
}

// pruneWords says what a prune of n trajectories, solved of them successes, means.
func pruneWords(n, solved int) string {
	successes := fmt.Sprintf("%d of them successes", solved)
	switch {
	case n == 1 && solved == 1:
		successes = "a success"
	case n == 1:
		successes = "not a success"
	case solved == 0:
		successes = "none of them a success"
	case solved == n:
		successes = "all of them successes"
	}
	return trajectories(n) + ", " + successes + ". They are no longer retrieved as examples or contrast. " +
		"Rules keep their counts but lose these links. The runs themselves stay."
}
