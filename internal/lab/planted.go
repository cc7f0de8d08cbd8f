package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent"
)

// planter is the author of planted rules: a model's claims, as far as the
// library can tell.
const planter = agent.AuthorModel + "planter"

const (
	// scouting is the number of tasks from which false rules are taken, and
	// leastBad how often an action must have been bad, and never good, in a case
	// before the opposite is planted.
	scouting = 60
	leastBad = 3
)

// plantedLooks are the numbers of training tasks after which it is counted how
// many planted rules are gone; the end is one more.
var plantedLooks = []int{10, 25}

// PlantedReport says what became of false rules that were in the library before
// the training.
type PlantedReport struct {
	// Planted is how many there were; fewer than asked for where a first training
	// found fewer cases in which an action is bad each time.
	Planted int `json:"planted"`
	// Promoted counts those that were active at any time.
	Promoted int            `json:"promoted"`
	After    []PlantedCount `json:"after"`
}

// PlantedCount is how it stands with planted rules after some training tasks.
type PlantedCount struct {
	Tasks int `json:"tasks"`
	Gone  int `json:"gone"` // retired, archived, or corrected
	// Corrected are those of them that the learner overwrote with what it counted
	// in the same case.
	Corrected int `json:"corrected"`
	Active    int `json:"active"`
}

// planting follows the planted rules through a training.
type planting struct {
	ids      []string
	looks    []int
	promoted map[string]bool
	counts   []PlantedCount
}

// plant puts false rules into the learner's library, as many as asked for and
// found. It returns nil where none are asked for.
func (e *experiment) plant(ctx context.Context, l *learner) (*planting, error) {
	if e.spec.Planted == 0 {
		return nil, nil
	}
	rules, err := e.falseRules(ctx)
	if err != nil {
		return nil, err
	}
	saved, err := l.library.Save(ctx, agent.Batch{Actor: string(planter), Rules: rules})
	if err != nil {
		return nil, err
	}
	p := &planting{promoted: map[string]bool{}}
	for _, n := range plantedLooks {
		if n < e.spec.Train {
			p.looks = append(p.looks, n)
		}
	}
	p.looks = append(p.looks, e.spec.Train)
	for _, h := range saved {
		if h != nil {
			p.ids = append(p.ids, h.ID)
		}
	}
	return p, nil
}

// falseRules trains once more, on tasks of its own, and says the opposite of
// what was bad each time: plausible, since it speaks of cases that occur and of
// actions that can be done, and false as far as anybody saw. Half of them are
// candidates and half on trial.
func (e *experiment) falseRules(ctx context.Context) ([]*agent.Heuristic, error) {
	const apartFromTraining = 100_000 // seeds; a training has no more tasks
	tasks, err := e.tasks(ctx, e.cfg.World, e.config("train"), e.spec.TrainFrom+apartFromTraining, scouting, e.spec.TrainMaxSteps, 2)
	if err != nil {
		return nil, err
	}
	l, err := e.newLearner(e.cfg.World, e.config("train"), phaseScout)
	if err != nil {
		return nil, err
	}
	defer closeEnvironment(l.env)
	for i, t := range tasks {
		e.tell(Progress{Phase: phaseScout, Done: i, Of: len(tasks)})
		if _, err := l.train(ctx, t, len(tasks)); err != nil {
			return nil, err
		}
	}
	all, err := l.library.Standing(ctx, l.scope)
	if err != nil {
		return nil, err
	}
	bad := slices.DeleteFunc(slices.Clone(all), func(h *agent.Heuristic) bool { return !h.Counted() || h.Good > 0 || h.Bad < leastBad })
	slices.SortFunc(bad, func(a, b *agent.Heuristic) int {
		if a.Bad != b.Bad {
			return b.Bad - a.Bad
		}
		return strings.Compare(a.ID, b.ID)
	})
	var out []*agent.Heuristic
	for i, h := range bad[:min(len(bad), e.spec.Planted)] {
		f := &agent.Heuristic{Tier: h.Tier, Kind: h.Kind, Action: h.Action, Title: fmt.Sprintf("Planted %d: %s", i+1, h.Avoid), Pattern: h.Pattern, Strategy: h.Avoid,
			Because: "it seemed to work", Scope: h.Scope, Author: planter, Status: agent.Candidate, Good: 3,
			Evidence: []agent.EvidenceRef{{Run: "planted", Step: 1, Delta: 1, Good: true}}}
		p := *h.Predicate
		p.Prior = agent.PriorSupport
		f.Predicate = &p
		if i%2 == 1 {
			f.Status = agent.Probation
		}
		out = append(out, f)
	}
	return out, nil
}

// look sees what became of the planted rules after a training task.
func (p *planting) look(ctx context.Context, l *learner, tasks int) error {
	if p == nil {
		return nil
	}
	count := PlantedCount{Tasks: tasks}
	for _, id := range p.ids {
		h, err := l.library.Get(ctx, id)
		switch {
		case agent.CodeOf(err) == agent.CodeNotFound:
			count.Gone++
		case err != nil:
			return err
		case h.Status == agent.Retired || h.Status == agent.Archived:
			count.Gone++
		case h.Counted() && h.Support() < agent.PriorSupport:
			count.Gone, count.Corrected = count.Gone+1, count.Corrected+1
		case h.Status == agent.Active:
			count.Active++
			p.promoted[id] = true
		}
	}
	if slices.Contains(p.looks, tasks) {
		p.counts = append(p.counts, count)
	}
	return nil
}

// report is nil where none were planted.
func (p *planting) report() *PlantedReport {
	if p == nil {
		return nil
	}
	return &PlantedReport{Planted: len(p.ids), Promoted: len(p.promoted), After: p.counts}
}
