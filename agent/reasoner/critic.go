package reasoner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/distiller"
	"purposeagent/agent/features"
)

// Critic is the offline reasoner as a critic. Where the environment has a
// potential of its own, that is Φ, and the score says so; else Φ is a learned
// estimate of success from like states, with little confidence at first. It is
// used by one run at a time, as its environment is.
type Critic struct {
	potential agent.Potential
	estimate  *Estimator
	last      seen // the state that was judged last: the next change begins with it
}

// seen is a state as it was read.
type seen struct {
	data agent.Object
	tree map[string]any
}

var _ agent.Critic = (*Critic)(nil)

// NewCritic returns a critic for the environment. The estimator serves where
// the environment has no potential; without one Φ stays unknown.
func NewCritic(env agent.Environment, estimate *Estimator) *Critic {
	p, _ := env.(agent.Potential)
	return &Critic{potential: p, estimate: estimate}
}

// Assess scores one change. Errors: CodeUnavailable and CodeTimeout of the
// environment or the replay.
func (c *Critic) Assess(ctx context.Context, a agent.Assessment) (agent.Score, error) {
	var phi, confidence float64
	var name, reason string
	switch {
	case c.potential != nil:
		name = agent.CriticPotential
		x, err := c.potential.Potential(a.After)
		if err != nil {
			return unscored(a, name, err)
		}
		if !agent.ValidPhi(x) {
			return agent.Unscored(a.PhiBefore, name, "the environment's potential was not a number from 0 to 10"), nil
		}
		phi, confidence, reason = x, 1, "The environment's own measure of how near the purpose is."
	case c.estimate != nil:
		name = distiller.CriticEstimate
		g, err := c.estimate.guess(ctx, &a)
		if err != nil {
			return unscored(a, name, err)
		}
		phi, confidence, reason = g.phi, g.confidence, g.reason
	default:
		return agent.Unscored(a.PhiBefore, distiller.CriticEstimate, "nothing to measure by"), nil
	}
	s := agent.Score{PhiBefore: a.PhiBefore, PhiAfter: phi, Delta: phi - a.PhiBefore, Confidence: confidence, Critic: name}
	if a.Before == nil {
		s.PhiBefore, s.Delta = phi, 0
		s.Reasoning = reason
		return s, nil
	}
	s.Evidence = c.changes(a.Before.Data, a.After.Data)
	s.Reasoning = reason + " " + tell(s)
	if confidence < lowConfidence {
		s.Flags = append(s.Flags, agent.FlagLowConfidence)
	}
	return s, nil
}

// lowConfidence is the confidence under which a score is flagged (docs/learning.md, §3).
const lowConfidence = 0.3

func unscored(a agent.Assessment, name string, err error) (agent.Score, error) {
	switch agent.CodeOf(err) {
	case agent.CodeUnavailable, agent.CodeTimeout, agent.CodeStopped:
		return agent.Score{}, err
	case agent.CodeInvalid, agent.CodeNotFound, agent.CodeConflict, agent.CodeRateLimited, agent.CodeDenied, agent.CodeInternal:
	}
	if errors.Is(err, context.Canceled) {
		return agent.Score{}, err
	}
	return agent.Unscored(a.PhiBefore, name, agent.MessageOf(err)), nil
}

func tell(s agent.Score) string {
	way := "It is as near as before"
	switch {
	case s.Delta > 0:
		way = "It got nearer"
	case s.Delta < 0:
		way = "It got farther away"
	}
	if len(s.Evidence) == 0 {
		return way + "; nothing that can be seen changed."
	}
	parts := make([]string, 0, 3)
	for _, e := range s.Evidence[:min(len(s.Evidence), 3)] {
		parts = append(parts, e.Note)
	}
	return way + ": " + strings.Join(parts, "; ") + "."
}

// maxChanges bounds the evidence of one score.
const maxChanges = 8

// changes lists what changed between two states as JSON pointers into the
// new one, verified by construction.
func (c *Critic) changes(before, after agent.Object) []agent.Evidence {
	if before == after {
		return nil
	}
	was := c.last.tree
	if was == nil || c.last.data != before {
		was = before.Map()
	}
	c.last = seen{after, after.Map()}
	var out []agent.Evidence
	diff(&out, "", was, c.last.tree)
	return out
}

var escape = strings.NewReplacer("~", "~0", "/", "~1")

func diff(out *[]agent.Evidence, at string, before, after any) {
	if len(*out) >= maxChanges {
		return
	}
	a, isMap := after.(map[string]any)
	b, wasMap := before.(map[string]any)
	if !isMap || !wasMap {
		if !same(before, after) && fmt.Sprint(before) != fmt.Sprint(after) {
			*out = append(*out, agent.Evidence{Pointer: at, Verified: true,
				Note: shortPointer(at) + " is now " + brief(after)})
		}
		return
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		old, was := b[name]
		next := at + "/" + escape.Replace(name)
		if !was {
			if len(*out) < maxChanges {
				*out = append(*out, agent.Evidence{Pointer: next, Verified: true, Note: shortPointer(next) + " is new"})
			}
			continue
		}
		diff(out, next, old, a[name])
	}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if _, still := a[name]; !still && len(*out) < maxChanges {
			*out = append(*out, agent.Evidence{Pointer: at, Verified: true, Note: name + " is gone"})
		}
	}
}

// same reports whether two values of trees are plainly the same.
func same(before, after any) bool {
	switch a := after.(type) {
	case []any:
		b, isList := before.([]any)
		return isList && slices.EqualFunc(b, a, same)
	case map[string]any:
		b, isMap := before.(map[string]any)
		return isMap && maps.EqualFunc(b, a, same)
	}
	switch before.(type) {
	case []any, map[string]any:
		return false // and not to be compared
	}
	return before == after
}

func shortPointer(pointer string) string {
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	return strings.Join(parts[max(len(parts)-2, 0):], " ")
}

func brief(v any) string {
	text := fmt.Sprint(v)
	if len(text) > 60 {
		cut := 57
		for cut > 0 && text[cut]&0xc0 == 0x80 {
			cut--
		}
		text = text[:cut] + "…"
	}
	return text
}

// noisy adds Gaussian noise to another critic's Δ, for experiments.
type noisy struct {
	critic agent.Critic
	sd     float64
	seed   int64
}

// Noisy wraps a critic for experiments: each Δ gets Gaussian noise with the
// standard deviation sd. Φ still chains; the critic's name says that it is noisy.
// The noise is drawn from the seed and the assessment alone, so that it does
// not depend on what was assessed before: an experiment that goes on after an
// interruption draws what it would have drawn.
func Noisy(critic agent.Critic, sd float64, seed int64) agent.Critic {
	return &noisy{critic, sd, seed}
}

// draw returns standard normal noise for an assessment.
func (n *noisy) draw(a *agent.Assessment) float64 {
	h := features.NewHash()
	h.Add(a.Before.Data.String())
	h.Add(a.After.Data.String())
	h.Add(strconv.FormatFloat(a.PhiBefore, 'g', -1, 64))
	return rand.New(rand.NewPCG(uint64(n.seed), h.Sum^uint64(a.Task.Seed))).NormFloat64()
}

func (n *noisy) Assess(ctx context.Context, a agent.Assessment) (agent.Score, error) {
	s, err := n.critic.Assess(ctx, a)
	if err != nil || !s.Known() || a.Before == nil {
		return s, err
	}
	s = s.WithDelta(s.Delta + n.draw(&a)*n.sd)
	if math.IsNaN(s.Delta) {
		return agent.Unscored(a.PhiBefore, s.Critic, "the noise was not a number"), nil
	}
	s.Critic += " with noise"
	return s, nil
}
