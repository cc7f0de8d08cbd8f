package runpage

import (
	"context"
	"math"
	"net/url"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/runview"
)

// panels are the tabs of a step's detail, in order.
var panels = []struct{ name, text string }{
	{"step", "Step"}, {"diff", "State diff"}, {"memory", "Memory used"}, {"critic", "Critic"}, {"prompt", "Prompt"}, {"raw", "Raw"},
}

// stepDetail is detailView with what has to be looked up for its tab.
func (s *Section) stepDetail(ctx context.Context, run agent.Run, step agent.Step, tab string) (runview.StepDetail, error) {
	d := s.detailView(run, step, tab)
	var err error
	if d.Critic != nil {
		d.Critic.Standing = s.criticNote(ctx, run.ID, &step)
		if d.Critic.Word, err = s.phiWordView(ctx, run.ID, &step); err != nil {
			return d, err
		}
	}
	if d.Step != nil {
		d.Step.Files = filePages{s}.fileViews(ctx, run.ID, stepPlace(step.Index), step.Files)
	}
	if d.Prompt != nil {
		d.Prompt.Calls, err = s.callsOf(ctx, run, step.Index)
	}
	return d, err
}

// detailView is one step of a run, at one tab. Unknown tabs are the first one.
func (s *Section) detailView(run agent.Run, step agent.Step, tab string) runview.StepDetail {
	tab, part, _ := strings.Cut(tab, ".") // raw.2 is the second part
	name, rest := ui.ActionWords(step.Action)
	d := runview.StepDetail{N: strconv.Itoa(step.Index), Name: name, Rest: rest, Delta: partials.NewDelta(step.Score.Delta),
		Phi: "Φ " + partials.Phi(step.Score.PhiBefore) + " → " + partials.Phi(step.Score.PhiAfter)}
	if !step.Score.Known() {
		d.Phi = "Φ " + partials.Phi(step.Score.PhiAfter) + ", not scored"
	}
	d.Teach = s.Link("/library/new?run=" + url.QueryEscape(run.ID) + "&step=" + strconv.Itoa(step.Index))
	d.Fork = s.Link(s.forkLink(run.ID, step.Index))
	if step.Index > 1 {
		d.Prev = s.StepLink(run.ID, step.Index-1, tab)
	}
	if step.Index < run.Steps {
		d.Next = s.StepLink(run.ID, step.Index+1, tab)
	}
	hasPrompt := step.Prompt != "" || step.Score.Prompt != ""
	shown := "step"
	for _, panel := range panels {
		if panel.name == "prompt" && !hasPrompt {
			continue
		}
		current := panel.name == tab
		if current {
			shown = tab
		}
		d.Tabs = append(d.Tabs, partials.Tab{Text: panel.text, Href: s.StepLink(run.ID, step.Index, panel.name),
			Count: panelCount(panel.name, step), Current: current})
	}
	if shown == "step" {
		d.Tabs[0].Current = true
	}
	switch shown {
	case "step":
		d.Step = s.stepPanel(run, step)
	case "diff":
		d.Diff = ui.DiffPanel(step)
	case "memory":
		d.Memory = s.memoryPanel(step)
	case "critic":
		d.Critic = criticPanel(step)
	case "prompt":
		d.Prompt = promptPanel(step)
	case "raw":
		d.Raw = s.rawPanel(run.ID, step, part)
	}
	return d
}

func panelCount(name string, step agent.Step) string {
	n := 0
	switch name {
	case "diff":
		changes, _ := ui.DiffStates(step.Before.Data, step.After.Data)
		n = len(changes)
	case "memory":
		for _, use := range step.Memory {
			if use.Use == agent.UseCited || use.Use == agent.UseShown {
				n++
			}
		}
	case "critic":
		n = len(step.Score.Flags)
	}
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// maxShaped is the number of rules on the first tab; the rest is one tab away.
const maxShaped = 4

func (s *Section) stepPanel(run agent.Run, step agent.Step) *runview.StepPanel {
	p := &runview.StepPanel{Thought: ui.ThoughtOf(step.Action, step.Memory), Result: step.After.Summary}
	if p.Result == "" {
		p.Result = step.After.Data.String()
	}
	for _, name := range ui.ParamNames(step.Action) {
		p.Params = append(p.Params, runview.RunFact{Word: name, Value: ui.ParamText(step.Action, name)})
	}
	p.Person = ui.PersonNote(step.Approval)
	if step.Error != "" {
		p.Problem = &partials.Note{Tone: "bad", Icon: "warn", Text: "The action failed: " + step.Error}
	}
	p.Predicted, p.Observed, p.Sign = prediction(step)
	uses := ui.SortedUses(step.Memory)
	if len(uses) > maxShaped {
		p.All = s.StepLink(run.ID, step.Index, "memory")
		uses = uses[:maxShaped]
	}
	for _, use := range uses {
		p.Shaped = append(p.Shaped, s.RuleUse(use))
	}
	for _, example := range step.Examples {
		if len(p.Shaped) < maxShaped+1 {
			p.Shaped = append(p.Shaped, s.exampleUse(example))
		}
	}
	if f, ok := pictureOf(step.Files); ok {
		p.Picture, p.PictureOf = filePages{s}.filePath(run.ID, stepPlace(step.Index), f.Name), f.Text
	} else if s.cfg.Picture != nil && !s.kindOf(&run).Undrawn {
		key := pictureKey{run.ID, step.Index}
		if _, drawn := s.drawn.get(key); drawn || !s.startsPrograms(&run) {
			p.Picture = s.picturePath(key)
		} else {
			p.Draw = s.Link("/runs/" + url.PathEscape(run.ID) + "/steps/" + strconv.Itoa(step.Index) + "/picture")
		}
		p.PictureOf = "The environment after step " + strconv.Itoa(step.Index) + ": " + partials.Clip(step.After.Summary, 200)
	}
	if v := step.Verdict; v != nil && v.Success {
		p.Verdict = &partials.Note{Tone: "good", Icon: "ok", Text: "The environment confirms: the purpose is reached."}
	}
	p.Stats = []runview.RunFact{{Word: "Decide", Value: partials.Duration(step.Timing.Decide)},
		{Word: "Execute", Value: partials.Duration(step.Timing.Execute)}, {Word: "Score", Value: partials.Duration(step.Timing.Score)}}
	if u := step.Usage.Add(step.Score.Usage); u.Calls > 0 {
		p.Stats = append(p.Stats, runview.RunFact{Word: "Tokens in", Value: ui.About(u, partials.Count(u.TokensIn))},
			runview.RunFact{Word: "Tokens out", Value: ui.About(u, partials.Count(u.TokensOut))})
		if u.Estimated {
			p.Stats = append(p.Stats, runview.RunFact{Word: "Usage", Value: ui.EstimatedText})
		}
	}
	return p
}

// prediction compares what the actor expected with what the critic saw.
func prediction(step agent.Step) (predicted *runview.Bar, observed runview.Bar, sign string) {
	seen := step.Score.Delta
	scale := max(math.Abs(seen), 1)
	if want := step.Action.ExpectedDelta; want != nil && !math.IsNaN(*want) {
		scale = max(scale, math.Abs(*want))
		predicted = &runview.Bar{Width: barWidth(*want, scale), Delta: partials.NewDelta(*want)}
		switch {
		case !step.Score.Known():
		case sameSign(*want, seen):
			sign = "The direction was as predicted."
		default:
			sign = "The actor expected something else."
		}
	}
	return predicted, runview.Bar{Width: barWidth(seen, scale), Delta: partials.NewDelta(seen)}, sign
}

func sameSign(a, b float64) bool {
	round := func(x float64) int {
		switch {
		case x > 0.05:
			return 1
		case x < -0.05:
			return -1
		}
		return 0
	}
	return round(a) == round(b)
}

func barWidth(x, scale float64) string {
	return strconv.FormatFloat(max(100*math.Abs(x)/scale, 0.5), 'f', 1, 64) + "%"
}

func (s *Section) exampleUse(use agent.ExampleUse) pages.ShapedBy {
	return pages.ShapedBy{Use: partials.Chip{Text: "example", Icon: "replay"}, ID: use.ID, Href: s.Link("/replay/" + url.PathEscape(use.ID)),
		Title: ui.FirstOf(use.Label, use.ID), Score: strconv.FormatFloat(use.Score, 'f', 2, 64), Note: "score " + strconv.FormatFloat(use.Score, 'f', 2, 64)}
}

func promptPanel(step agent.Step) *runview.PromptPanel {
	p := &runview.PromptPanel{}
	if step.Prompt != "" {
		p.Rows = append(p.Rows, runview.RunFact{Word: "Actor's template", Value: step.Prompt})
	}
	if step.Score.Prompt != "" {
		p.Rows = append(p.Rows, runview.RunFact{Word: "Critic's template", Value: step.Score.Prompt})
	}
	for _, part := range []struct {
		word  string
		usage agent.Usage
	}{{"Actor", step.Usage}, {"Critic", step.Score.Usage}} {
		if part.usage.Calls > 0 {
			p.Stats = append(p.Stats, runview.RunFact{Word: part.word + " in", Value: ui.About(part.usage, partials.Count(part.usage.TokensIn))},
				runview.RunFact{Word: part.word + " out", Value: ui.About(part.usage, partials.Count(part.usage.TokensOut))},
				runview.RunFact{Word: part.word + " calls", Value: strconv.Itoa(part.usage.Calls)})
		}
	}
	return p
}
