package reasoner

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/agent/statetable"
)

// ActorConfig configures an Actor. The zero value is ready to use.
type ActorConfig struct{}

// Actor is the offline reasoner as an actor. It acts from the heuristic rows
// before it alone, and from its own memory of this episode, which while learning
// holds what the potential said of its steps; where no rule
// stands out it abstains and draws evenly among the actions not yet tried in
// the state, which is all it ever does without rows. While learning it draws
// each rule's worth from its posterior (Thompson sampling); otherwise it takes
// the posterior mean.
//
// It is safe for concurrent use.
type Actor struct {
	runs   memories
	mu     sync.Mutex
	books  map[agent.Scope]*edition
	tables map[*agent.StateTable]*statetable.Table // of exact states
}

// edition is the compiled rules of one scope at one revision.
type edition struct {
	set  *agent.RuleSet
	book *features.Book
}

// maxBooks bounds the scopes whose rules are kept compiled.
const maxBooks = 32

var (
	_ agent.Decider  = (*Actor)(nil)
	_ agent.Recaller = (*Actor)(nil)
)

// NewActor returns an actor without any memory.
func NewActor(ActorConfig) *Actor {
	return &Actor{runs: newMemories(), books: map[agent.Scope]*edition{}}
}

// book returns the compiled rules of a set, from what is kept where it can.
func (a *Actor) book(s *agent.Situation, set *agent.RuleSet) *features.Book {
	a.mu.Lock()
	defer a.mu.Unlock()
	old := a.books[s.Scope]
	if old != nil && (old.set == set || old.set.Revision == set.Revision && slices.Equal(old.set.Rules, set.Rules)) {
		return old.book
	}
	if old == nil && len(a.books) >= maxBooks {
		clear(a.books)
	}
	var before *features.Book
	if old != nil {
		before = old.book
	}
	b := before.Next(set.Rules, s.Actions, &s.World.State, s.First()).Relate()
	a.books[s.Scope] = &edition{set, b}
	return b
}

// Recall returns the rules that hold for some action that can be done now,
// strongest first, and after them the taught rules that the reasoner can't
// read, each with the reason. It returns no error.
func (a *Actor) Recall(_ context.Context, s *agent.Situation, set *agent.RuleSet) ([]agent.Recalled, error) {
	if set == nil || len(set.Rules) == 0 {
		return nil, nil
	}
	b := a.book(s, set)
	e, release := a.runs.of(s)
	defer release()
	scene := e.Scene()
	why := map[*features.Reading]string{}
	count := map[*features.Reading]int{}
	var order []*features.Reading
	pursued := b.Pursued(scene, nil)
	holds := func(m *features.Reading, l *features.Lifted) {
		if count[m]++; count[m] == 1 {
			order = append(order, m)
			why[m] = l.Action.Label()
		}
	}
	for _, l := range e.Options(s) {
		rule := b.Match(scene, &l, nil)
		if rule != nil {
			holds(rule, &l)
		}
		for _, m := range pursued.Next(&l) {
			// A test takes only what has shown an effect.
			if listens(rule, m) && (s.Explore || agent.LowerBound(m.Rule) >= 0) {
				holds(m, &l)
			}
		}
	}
	out := make([]agent.Recalled, 0, len(order)+1)
	if n := a.standing(s, e, set.Rules); n != nil && n.at != nil {
		out = append(out, n.recalled())
	}
	for _, m := range order {
		text := "it holds for " + why[m]
		if count[m] > 1 {
			text += fmt.Sprintf(" and %d more", count[m]-1)
		}
		out = append(out, agent.Recalled{Rule: m.Rule, Score: m.Mean, Why: text})
	}
	slices.SortStableFunc(out, func(x, y agent.Recalled) int { return cmp.Compare(y.Score, x.Score) })
	for _, rule := range set.Rules {
		if reason, silent := b.Unread(rule); silent {
			out = append(out, agent.Recalled{Rule: rule, Why: "shown, not followed: the reasoner reads simple patterns only, and " + reason})
		}
	}
	return out, nil
}

// The streams of random numbers.
const (
	streamBaseline = 1
	streamExplore  = 2
	streamMode     = 3
	streamStates   = 4
)

// Decide chooses the next action from s.Memory.Rules. Where nothing can be
// done it says DONE. It returns no error.
func (a *Actor) Decide(_ context.Context, s *agent.Situation) (agent.Decision, error) {
	e, release := a.runs.of(s)
	defer release()
	all := e.Options(s)
	if len(all) == 0 {
		return agent.Decision{Action: agent.Action{Name: agent.Done, Thought: "Nothing can be done here."}}, nil
	}
	return agent.Decision{Action: a.choose(s, e, all)}, nil
}

// choose takes what is known of this exact state first, if it is known well,
// then what the rules say, then what is known of the state at all; the baseline
// has the rest. A training episode may look for what is new instead.
func (a *Actor) choose(s *agent.Situation, e memory, all []features.Lifted) agent.Action {
	if s.Wander {
		return seldom(s, e, all)
	}
	if len(s.Memory.Rules) == 0 {
		return baseline(s, e, all)
	}
	rules := make([]*agent.Heuristic, len(s.Memory.Rules))
	for i, r := range s.Memory.Rules {
		rules[i] = r.Rule
	}
	byRules := func(some []features.Lifted) (agent.Action, bool) { return a.follow(s, e, some) }
	n := a.standing(s, e, rules)
	if s.Explore && n.adventurous(s) {
		action, ok := n.explore(e, all, func(some []features.Lifted) agent.Action {
			if action, ok := byRules(some); ok {
				return action
			}
			return baseline(s, e, some)
		})
		if ok {
			return action
		}
	} else if action, ok := n.exploit(e, all, s.Rand(streamStates), true); ok {
		return action
	}
	if action, ok := byRules(all); ok {
		return action
	}
	if action, ok := n.exploit(e, all, s.Rand(streamStates), false); ok && !s.Explore {
		return action
	}
	return baseline(s, e, all)
}

// baseline draws evenly among the actions not yet tried in this state, or
// where all were, among those that changed something, or among all.
func baseline(s *agent.Situation, e memory, all []features.Lifted) agent.Action {
	r := s.Rand(streamBaseline)
	var untried, moving []int
	for i := range all {
		t, known := e.Tried(&all[i])
		if !known {
			untried = append(untried, i)
		}
		if !t.Still {
			moving = append(moving, i)
		}
	}
	thought := "No rule stands out; I try something new here."
	from := untried
	if len(from) == 0 {
		from, thought = moving, "No rule stands out and all was tried here; I go on at random."
	}
	if len(from) == 0 {
		return withThought(all[r.IntN(len(all))].Action, "Nothing I did here changed anything; I try again.")
	}
	return withThought(all[from[r.IntN(len(from))]].Action, thought)
}

func withThought(a agent.Action, thought string) agent.Action {
	a.Thought = thought
	return a
}

// follow chooses by the rules, and reports whether one stands out.
func (a *Actor) follow(s *agent.Situation, e memory, all []features.Lifted) (agent.Action, bool) {
	b, only := a.recalled(s)
	if only != nil && len(only) == 0 || b.Len() == 0 {
		return agent.Action{}, false // nothing that was recalled can be read
	}
	scene := e.Scene()
	pursued := b.Pursued(scene, only)
	choices := make([]choice, 0, len(all))
	for i := range all {
		l := &all[i]
		t, _ := e.Tried(l)
		if t.Still {
			continue
		}
		c := choice{lifted: l, rule: b.Match(scene, l, only), worth: math.Pow(repeatWorth, float64(t.Times))}
		if s.Explore {
			c.good, c.bad = e.lessons.of(scene, l)
		}
		c.pursue(pursued.Next(l))
		choices = append(choices, c)
	}
	if len(choices) == 0 {
		return agent.Action{}, false
	}
	r := s.Rand(streamExplore)
	if s.Explore {
		return explore(choices, r), true
	}
	return exploit(choices, r)
}

// repeatWorth is what doing an action again in the same state is worth against
// doing it first: it lets a way be walked again, and ends circles.
const repeatWorth = 0.5

// recalled returns the compiled rules and which of them were recalled.
func (a *Actor) recalled(s *agent.Situation) (*features.Book, map[*features.Reading]bool) {
	a.mu.Lock()
	edition := a.books[s.Scope]
	a.mu.Unlock()
	if edition != nil {
		only := make(map[*features.Reading]bool, len(s.Memory.Rules))
		known := true
		for _, r := range s.Memory.Rules {
			if r.Rule.States() != nil {
				continue
			}
			if m := edition.book.Reading(r.Rule); m != nil {
				only[m] = true
			} else if _, silent := edition.book.Unread(r.Rule); !silent {
				known = false
				break
			}
		}
		if known {
			return edition.book, only
		}
	}
	var rules []*agent.Heuristic
	for _, r := range s.Memory.Rules {
		rules = append(rules, r.Rule)
	}
	return features.NewBook(rules, s.Actions, &s.World.State, s.First()).Relate(), nil
}
