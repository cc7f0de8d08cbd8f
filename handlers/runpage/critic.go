package runpage

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
	"purposeagent/agent/roles"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
	"purposeagent/views/runview"
)

func criticPanel(step agent.Step) *runview.CriticPanel {
	score := step.Score
	p := &runview.CriticPanel{Reasoning: score.Reasoning,
		Lead: "Φ " + partials.Phi(score.PhiBefore) + " → " + partials.Phi(score.PhiAfter) + ", Δ " + fmt.Sprintf("%+.2f", score.Delta)}
	for _, flag := range score.Flags {
		chip, text, _ := ui.FlagOf(flag)
		p.Flags = append(p.Flags, runview.FlagNote{Chip: chip, Text: text})
	}
	for _, e := range score.Evidence {
		p.Evidence = append(p.Evidence, evidenceOf(e))
	}
	p.Stats = []runview.RunFact{{Word: "Confidence", Value: strconv.FormatFloat(score.Confidence, 'f', 2, 64)}, {Word: "Critic", Value: ui.ModelName(score.Critic)}}
	for _, o := range score.Panel {
		line := runview.PanelLine{Critic: ui.ModelName(o.Critic), Phi: partials.Phi(o.Phi), Confidence: strconv.FormatFloat(o.Confidence, 'f', 2, 64), Reasoning: o.Reasoning}
		if o.Unscored {
			line.Phi, line.Confidence = "no score", "–"
		}
		p.Panel = append(p.Panel, line)
	}
	if len(score.Panel) > 0 {
		p.Spread = "Φ is the median of the panel; they are " + partials.Phi(roles.SpreadOf(score.Panel)) + " apart."
	}
	if score.OwnPhiBefore != nil {
		p.Stats = append(p.Stats, runview.RunFact{Word: "Its own Φ before", Value: partials.Phi(*score.OwnPhiBefore)})
	}
	if score.Prompt != "" {
		p.Stats = append(p.Stats, runview.RunFact{Word: "Template", Value: score.Prompt})
	}
	if step.Verdict != nil {
		word := "not reached"
		if step.Verdict.Success {
			word = "reached"
		}
		p.Stats = append(p.Stats, runview.RunFact{Word: "Environment's verdict", Value: word},
			runview.RunFact{Word: "Share of the goal", Value: strconv.FormatFloat(step.Verdict.Score, 'f', 2, 64)})
	}
	return p
}

func evidenceOf(e agent.Evidence) runview.Evidence {
	out := runview.Evidence{Text: e.Pointer, Note: e.Note, Mark: partials.Chip{Text: "not found", Icon: "x", Tone: "warn"}}
	word := "changed"
	if e.Quote != "" {
		word = "quoted"
		if out.Text != "" {
			out.Text += ": "
		}
		out.Text += "“" + e.Quote + "”"
	}
	if e.Verified {
		out.Mark = partials.Chip{Text: word, Icon: "ok", Tone: "good"}
	}
	return out
}

// criticNote says on a run's page how far the step's critic can be trusted;
// nil where nobody knows.
func (s *Section) criticNote(ctx context.Context, run string, step *agent.Step) *runview.CriticNote {
	if s.cfg.Critics == nil || step.Score.Critic == "" {
		return nil
	}
	events, err := s.cfg.Runs.Events(ctx, run, 0, scopeWindow)
	if err != nil {
		return nil // the note is a courtesy; the page is about the step
	}
	for i := range events {
		started, ok := events[i].Data.(agent.RunStarted)
		if !ok {
			continue
		}
		r, err := s.cfg.Critics.Critic(ctx, calibration.CriticKey{Critic: step.Score.Critic, Scope: started.Scope})
		if err != nil {
			return nil
		}
		n := &runview.CriticNote{Chip: ui.RightOf(r.Right), Href: s.Link(ui.CriticsPath + "#" + ui.CriticID(r.CriticKey))}
		n.Text = fmt.Sprintf("This critic in this world: skill %s over %s with a known outcome.",
			cmp.Or(ui.SignedFigure(r.Skill), "unknown"), partials.Plural(r.N, "task"))
		return n
	}
	return nil
}

// scopeWindow is among how many first events of a run its start is.
const scopeWindow = 20
