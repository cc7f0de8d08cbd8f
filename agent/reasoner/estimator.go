package reasoner

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"purposeagent/agent"
	"purposeagent/agent/distiller"
	"purposeagent/agent/features"
)

// EstimatorConfig configures an Estimator.
type EstimatorConfig struct {
	Replay agent.Replay
	Scope  agent.Scope
	World  agent.Description
}

// Estimator learns how often runs that came through a state like this one were
// successful. Likeness has three levels, each backing off to the one before:
// any state; states that are alike in view of the purpose; states with the
// same attributes. It reads finished trajectories from the replay and is safe
// for concurrent use.
type Estimator struct {
	cfg    EstimatorConfig
	mu     sync.Mutex
	known  map[string]bool
	counts map[uint64]tally
	base   tally
}

// tally counts trajectories that came through a state.
type tally struct{ good, all int }

// maxTallies bounds what an Estimator remembers.
const maxTallies = 1 << 16

// NewEstimator returns an estimator without knowledge; it reads the replay
// when a run starts.
func NewEstimator(cfg EstimatorConfig) *Estimator {
	return &Estimator{cfg: cfg, known: map[string]bool{}, counts: map[uint64]tally{}}
}

type guess struct {
	phi, confidence float64
	reason          string
}

func (m *Estimator) guess(ctx context.Context, a *agent.Assessment) (guess, error) {
	if a.Before == nil {
		if err := m.refresh(ctx); err != nil {
			return guess{}, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	w := features.ReadPurpose(a.Task.Purpose, m.cfg.World.State.Vocabulary)
	rough, fine := likeness(features.NewView(&m.cfg.World.State, &a.After), w)
	p := (float64(m.base.good) + agent.PriorWeight*agent.PriorSupport) / (float64(m.base.all) + agent.PriorWeight)
	n := 0
	for _, t := range []tally{m.counts[rough], m.counts[fine]} {
		p = (float64(t.good) + agent.PriorWeight*p) / (float64(t.all) + agent.PriorWeight)
		n = max(n, t.all)
	}
	g := guess{phi: agent.MaxPhi * p, confidence: float64(n) / float64(n+8)}
	g.reason = fmt.Sprintf("A learned estimate: of %d runs through states like this, %.0f %% are expected to succeed.", n, 100*p)
	if n == 0 {
		g.reason = "A learned estimate, from nothing like this state yet."
	}
	return g, nil
}

// refresh takes in the trajectories that came since.
func (m *Estimator) refresh(ctx context.Context) error {
	if m.cfg.Replay == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range []int{8, distiller.DefaultWindow} {
		recent, err := m.cfg.Replay.Recent(ctx, m.cfg.Scope, n)
		if err != nil {
			return fmt.Errorf("read recent trajectories: %w", err)
		}
		caughtUp := len(recent) < n
		for _, t := range recent {
			if m.known[t.ID] {
				caughtUp = true
				continue
			}
			m.add(t)
		}
		if caughtUp {
			break
		}
	}
	return nil
}

func (m *Estimator) add(t *agent.Trajectory) {
	m.known[t.ID] = true
	w := features.ReadPurpose(t.Task.Purpose, m.cfg.World.State.Vocabulary)
	through := map[uint64]bool{}
	see := func(s *agent.State) {
		rough, fine := likeness(features.NewView(&m.cfg.World.State, s), w)
		through[rough], through[fine] = true, true
	}
	see(&t.Initial)
	for i := range t.Steps {
		see(&t.Steps[i].After)
	}
	through[0] = true
	for key := range through {
		c, known := m.counts[key]
		if key == 0 {
			c = m.base
		} else if !known && len(m.counts) >= maxTallies {
			continue
		}
		c.all++
		if t.Outcome.Success {
			c.good++
		}
		if key == 0 {
			m.base = c
		} else {
			m.counts[key] = c
		}
	}
}

// likeness returns two identities of a state in view of the purpose: how well
// each thing fits it, and the attributes of the things that fit best.
func likeness(v *features.View, w *features.Purpose) (rough, fine uint64) {
	type fit struct {
		score int
		text  string
	}
	var fits []fit
	for i := range v.Things {
		t := &v.Things[i]
		f := fit{}
		var parts []string
		if w.Names(t.ID) {
			f.score += 2
		}
		for _, a := range t.Attrs {
			if w.Names(a.Value) {
				f.score += 2
			} else if w.About[a.Name] {
				f.score--
			}
			parts = append(parts, a.Name+"="+a.Value)
		}
		if slices.Contains(v.Held, t.ID) {
			f.score++
			parts = append(parts, "held")
		}
		f.text = strings.Join(parts, ",")
		fits = append(fits, f)
	}
	slices.SortFunc(fits, func(a, b fit) int {
		if a.score != b.score {
			return b.score - a.score
		}
		return strings.Compare(a.text, b.text)
	})
	r, f := features.NewHash(), features.NewHash()
	r.Add("rough")
	f.Add("fine")
	for i := range fits[:min(len(fits), 1)] {
		r.Add(strconv.Itoa(fits[i].score))
		f.Add(fits[i].text)
	}
	held := 0
	for _, id := range v.Held {
		if t := v.Thing(id); t != nil {
			held++
		}
	}
	r.Add(strconv.Itoa(held))
	f.Add(strconv.Itoa(held))
	f.Add(v.Place)
	f.Add(strings.Join(w.Words, " "))
	return r.Sum | 1, f.Sum | 1
}
