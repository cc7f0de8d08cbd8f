package roles

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"purposeagent/agent"
)

// MaxPanel bounds the critics of a panel.
const MaxPanel = 5

// panelSplit is the spread of a panel's Φ above which its score is flagged.
const panelSplit = 2.0

// Panel is the Critic that asks several and takes the median of their Φ, so that
// one that errs is outvoted. It is safe for concurrent use if its critics are.
type Panel struct{ critics []agent.Critic }

var _ agent.Critic = (*Panel)(nil)

// NewPanel returns a panel, or CodeInvalid for fewer than two critics or more
// than MaxPanel.
func NewPanel(critics ...agent.Critic) (*Panel, error) {
	if len(critics) < 2 || len(critics) > MaxPanel {
		return nil, agent.Errorf(agent.CodeInvalid, "a panel has 2 to %d critics, got %d", MaxPanel, len(critics))
	}
	return &Panel{critics}, nil
}

// Assess asks each critic, one after the other. Φ is the median of those that
// could score; reasoning and evidence are those of the critic nearest to it.
// Confidence is the median of theirs, less the share of the scale that they are
// apart. Where none could score the step is not scored. The error of a critic
// that can't be reached is the panel's: who is missing must not change Φ.
func (p *Panel) Assess(ctx context.Context, a agent.Assessment) (agent.Score, error) {
	var opinions []agent.Opinion
	var known []agent.Score
	var usage agent.Usage
	var flags []agent.Flag
	var names []string
	for _, c := range p.critics {
		s, err := c.Assess(ctx, a)
		usage = usage.Add(s.Usage)
		if err != nil {
			return agent.Score{Usage: usage}, err
		}
		names = append(names, s.Critic)
		opinions = append(opinions, agent.Opinion{Critic: s.Critic, Phi: s.PhiAfter, Confidence: s.Confidence, Reasoning: s.Reasoning, Unscored: !s.Known()})
		if s.Known() {
			known = append(known, s)
			flags = append(flags, s.Flags...)
		}
	}
	name := "panel: " + strings.Join(names, ", ")
	if len(known) == 0 {
		s := agent.Unscored(a.PhiBefore, name, "none of the panel could score this")
		s.Panel, s.Usage = opinions, usage
		return s, nil
	}
	phi := medianOf(known, func(s agent.Score) float64 { return s.PhiAfter })
	nearest := slices.MinFunc(known, func(x, y agent.Score) int {
		return cmp.Compare(math.Abs(x.PhiAfter-phi), math.Abs(y.PhiAfter-phi))
	})
	spread := SpreadOf(opinions)
	s := agent.Score{PhiBefore: a.PhiBefore, PhiAfter: phi, Reasoning: nearest.Reasoning, Evidence: nearest.Evidence, Critic: name, Prompt: nearest.Prompt,
		Confidence: medianOf(known, func(s agent.Score) float64 { return s.Confidence }) * (1 - spread/agent.MaxPhi), Panel: opinions, Usage: usage}
	if a.Before == nil {
		s.PhiBefore = phi
	}
	s.Delta = s.PhiAfter - s.PhiBefore
	if spread > panelSplit {
		flags = append(flags, agent.FlagSplit)
	}
	slices.Sort(flags)
	s.Flags = slices.Compact(flags)
	return s, nil
}

// SpreadOf is how far the scored opinions of a panel are apart, in Φ.
func SpreadOf(opinions []agent.Opinion) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, o := range opinions {
		if !o.Unscored {
			low, high = min(low, o.Phi), max(high, o.Phi)
		}
	}
	return max(high-low, 0)
}

// medianOf is the middle of the scores' values, between the middle two of an
// even number.
func medianOf(scores []agent.Score, value func(agent.Score) float64) float64 {
	values := make([]float64, len(scores))
	for i, s := range scores {
		values[i] = value(s)
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
