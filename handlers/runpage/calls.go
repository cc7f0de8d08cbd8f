package runpage

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
	"purposeagent/views/runview"
)

// callsOf are the calls of models that belong to a step: its own, before the
// first also that for the initial state, and after the last the optimizer's.
func (s *Section) callsOf(ctx context.Context, run agent.Run, step int) ([]runview.ModelCall, error) {
	if s.cfg.Calls == nil {
		return nil, nil
	}
	own, err := s.cfg.Calls(ctx, run.ID, step)
	if err != nil {
		return nil, err
	}
	first, last := step == 1, run.Status.Final() && step == run.Steps
	var around []chat.Call
	if first || last {
		if around, err = s.cfg.Calls(ctx, run.ID, 0); err != nil {
			return nil, err
		}
	}
	var before, after []chat.Call
	for _, c := range around {
		switch learning := c.Role == agent.OptimizerRole; {
		case learning && last:
			after = append(after, c)
		case !learning && first:
			before = append(before, c)
		}
	}
	own = slices.Concat(before, own, after)
	views := make([]runview.ModelCall, len(own))
	for i := range own {
		views[i] = callView(&own[i])
	}
	return views, nil
}

func callView(c *chat.Call) runview.ModelCall {
	v := runview.ModelCall{Title: ui.Title(string(c.Role)), Model: c.Model, Template: c.Prompt, Answer: c.Answer, ID: "call-" + ui.Itoa(c.N)}
	if c.Step == 0 && c.Role == agent.CriticRole {
		v.Title += ", the initial state"
	}
	v.Facts = []runview.RunFact{{Word: "took", Value: partials.Duration(c.Took)}}
	if c.FirstText > 0 {
		v.Facts = append(v.Facts, runview.RunFact{Word: "first words", Value: partials.Duration(c.FirstText)})
	}
	in := ui.About(c.Usage, partials.Count(c.Usage.TokensIn))
	if c.Usage.TokensCached > 0 {
		in += " (" + partials.Count(c.Usage.TokensCached) + " cached)"
	}
	v.Facts = append(v.Facts, runview.RunFact{Word: "in", Value: in}, runview.RunFact{Word: "out", Value: ui.About(c.Usage, partials.Count(c.Usage.TokensOut))})
	if c.Usage.USD > 0 {
		v.Facts = append(v.Facts, runview.RunFact{Word: "cost", Value: ui.About(c.Usage, ui.Dollars(c.Usage.USD))})
	}
	if c.Usage.Estimated {
		v.Facts = append(v.Facts, runview.RunFact{Word: "usage", Value: ui.EstimatedText})
	}
	switch {
	case c.Error != "":
		v.Problem = ui.Sentence(c.Error)
	case c.Truncated:
		v.Problem = "The answer was cut off at its token limit; it was not used."
	case c.Warning != "":
		v.Problem = ui.Sentence(c.Warning)
	}
	for _, m := range c.Messages {
		v.Messages = append(v.Messages, runview.CallMessage{Role: string(m.Role), Text: m.Text})
	}
	if len(c.Schema) > 0 {
		var b bytes.Buffer
		if json.Indent(&b, c.Schema, "", "  ") == nil {
			v.Schema = b.String()
		}
	}
	return v
}
