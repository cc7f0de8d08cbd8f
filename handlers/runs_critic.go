package handlers

import (
	"fmt"
	"strconv"

	"purposeagent/agent"
	"purposeagent/agent/roles"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// flagOf is a flag as pages show it: a chip and what it means. worth is
// whether people should look at the step because of it.
func flagOf(flag agent.Flag) (chip partials.Chip, text string, worth bool) {
	warn := func(word string) partials.Chip { return partials.Chip{Text: word, Icon: "flag", Tone: "warn"} }
	plain := func(word string) partials.Chip { return partials.Chip{Text: word, Tone: "out"} }
	switch flag {
	case agent.FlagUnscored:
		return warn("not scored"), "The critic gave no usable score; Φ is carried over from the step before.", true
	case agent.FlagUnsupportedEvidence:
		return warn("no evidence"), "Nothing that the critic cited was found to have changed, so Δ was set to 0.", true
	case agent.FlagDrift:
		return warn("drift"), "The critic's own Φ before was more than 1 away from the chain.", true
	case agent.FlagLowConfidence:
		return warn("unsure"), "The critic's confidence was below 0.3, so Δ was halved.", true
	case agent.FlagDisputed:
		return warn("disputed"), "A second reading disagreed; the smaller change was taken.", true
	case agent.FlagFlat:
		return warn("flat"), "The critic gave different states one and the same score.", true
	case agent.FlagSplit:
		return warn("split"), "The critics of the panel are more than 2 apart.", true
	case agent.FlagSecondRead:
		return plain("read twice"), "The change was larger than 3, so it was read a second time.", false
	case agent.FlagRepaired:
		return plain("repaired"), "The critic's answer needed one retry to be readable.", false
	case agent.FlagCached:
		return plain("cached"), "This state was scored before for the same purpose.", false
	case agent.FlagCorrected:
		return partials.Chip{Text: "corrected", Icon: "review", Tone: "acc"}, "A person said what Φ is in this state; the critic was not asked.", false
	case agent.FlagCarried:
		return plain("carried"), "DONE could not be scored; the last Φ stands.", false
	}
	return plain(string(flag)), "", false
}

// worthALook reports whether the score carries a flag that people should see.
func worthALook(score agent.Score) bool {
	for _, flag := range score.Flags {
		if _, _, worth := flagOf(flag); worth {
			return true
		}
	}
	return false
}

func criticPanel(step agent.Step) *pages.CriticPanel {
	score := step.Score
	p := &pages.CriticPanel{Reasoning: score.Reasoning,
		Lead: "Φ " + partials.Phi(score.PhiBefore) + " → " + partials.Phi(score.PhiAfter) + ", Δ " + fmt.Sprintf("%+.2f", score.Delta)}
	for _, flag := range score.Flags {
		chip, text, _ := flagOf(flag)
		p.Flags = append(p.Flags, pages.FlagNote{Chip: chip, Text: text})
	}
	for _, e := range score.Evidence {
		p.Evidence = append(p.Evidence, evidenceOf(e))
	}
	p.Stats = []pages.RunFact{{Word: "Confidence", Value: strconv.FormatFloat(score.Confidence, 'f', 2, 64)}, {Word: "Critic", Value: modelName(score.Critic)}}
	for _, o := range score.Panel {
		line := pages.PanelLine{Critic: modelName(o.Critic), Phi: partials.Phi(o.Phi), Confidence: strconv.FormatFloat(o.Confidence, 'f', 2, 64), Reasoning: o.Reasoning}
		if o.Unscored {
			line.Phi, line.Confidence = "no score", "–"
		}
		p.Panel = append(p.Panel, line)
	}
	if len(score.Panel) > 0 {
		p.Spread = "Φ is the median of the panel; they are " + partials.Phi(roles.SpreadOf(score.Panel)) + " apart."
	}
	if score.OwnPhiBefore != nil {
		p.Stats = append(p.Stats, pages.RunFact{Word: "Its own Φ before", Value: partials.Phi(*score.OwnPhiBefore)})
	}
	if score.Prompt != "" {
		p.Stats = append(p.Stats, pages.RunFact{Word: "Template", Value: score.Prompt})
	}
	if step.Verdict != nil {
		word := "not reached"
		if step.Verdict.Success {
			word = "reached"
		}
		p.Stats = append(p.Stats, pages.RunFact{Word: "Environment's verdict", Value: word},
			pages.RunFact{Word: "Share of the goal", Value: strconv.FormatFloat(step.Verdict.Score, 'f', 2, 64)})
	}
	return p
}

func evidenceOf(e agent.Evidence) pages.Evidence {
	out := pages.Evidence{Text: e.Pointer, Note: e.Note, Mark: partials.Chip{Text: "not found", Icon: "x", Tone: "warn"}}
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
