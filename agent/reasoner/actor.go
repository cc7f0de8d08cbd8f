package reasoner

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/agent/statetable"
	"purposeagent/agent/stats"
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
	b := features.NewBook(set.Rules, s.Actions, &s.World.State, s.First()).Relate()
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
	for _, l := range features.Options(s, e.Now()) {
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

// choice is an action with what speaks for it.
type choice struct {
	lifted *features.Lifted
	rule   *features.Reading
	worth  float64

	good, bad float64           // what this episode's lessons and procedures add to what the rule counted
	procedure *features.Reading // the surest of those whose next step it is
}

// Decide chooses the next action from s.Memory.Rules. Where nothing can be
// done it says DONE. It returns no error.
func (a *Actor) Decide(_ context.Context, s *agent.Situation) (agent.Decision, error) {
	e, release := a.runs.of(s)
	defer release()
	all := features.Options(s, e.Now())
	if len(all) == 0 {
		return agent.Decision{Action: agent.Action{Name: agent.Done, Thought: "Nothing can be done here."}}, nil
	}
	return agent.Decision{Action: a.choose(s, e, all)}, nil
}

// choose takes what is known of this exact state first, if it is known well,
// then what the rules say, then what is known of the state at all; the baseline
// has the rest. A training episode may look for what is new instead.
func (a *Actor) choose(s *agent.Situation, e memory, all []features.Lifted) agent.Action {
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

// explore draws the worth of each action from its rule's posterior, with this
// episode's lessons, and takes the best (Thompson 1933).
func explore(choices []choice, r *rand.Rand) agent.Action {
	best, most := 0, math.Inf(-1)
	for i, c := range choices {
		mean, n := agent.PriorSupport, 0.0
		if c.rule != nil {
			mean, n = c.rule.Belief()
		}
		draw := beta(r, max(mean*(n+agent.PriorWeight), .05)+c.good, max((1-mean)*(n+agent.PriorWeight), .05)+c.bad) * c.worth
		if draw > most {
			best, most = i, draw
		}
	}
	c := choices[best]
	if c.rule == nil && c.procedure == nil {
		return withThought(c.lifted.Action, "Exploring: no rule speaks of "+c.lifted.Action.Name+" here, so I find out.")
	}
	return c.act("Exploring with what I know. ")
}

// A rule stands out where its mean is above the mean of all else that could be
// done by leastLead, and by leadErrors standard errors of its own; or where it
// is as good as certain, whatever else would be good too.
const (
	leastLead  = 0.1
	leadErrors = 1.0
	certain    = 0.9
)

// exploit takes the action with the highest posterior mean, if that stands
// out. If not, it draws evenly among what was not tried here and no rule
// speaks against; it abstains if the rules leave nothing, or leave all.
func exploit(choices []choice, r *rand.Rand) (agent.Action, bool) {
	var best, open []int
	most := math.Inf(-1)
	against := 0
	for i, c := range choices {
		mean, _ := c.belief()
		worth := mean * c.worth
		if worth > most+1e-9 {
			best, most = best[:0], worth
		}
		if worth >= most-1e-9 {
			best = append(best, i)
		}
		switch {
		case mean < features.Avoided:
			against++
		case c.worth == 1:
			open = append(open, i)
		}
	}
	if standsOut(choices, best[0]) {
		return choices[best[r.IntN(len(best))]].act(""), true
	}
	if against == 0 || len(open) == 0 {
		return agent.Action{}, false
	}
	c := choices[open[r.IntN(len(open))]]
	return withThought(c.lifted.Action, fmt.Sprintf("No rule stands out; the rules speak against %d other actions, so I try this.", against)), true
}

func standsOut(choices []choice, best int) bool {
	chosen := &choices[best]
	if chosen.rule == nil && chosen.procedure == nil {
		return false
	}
	average := 0.0
	others := 0
	for i, c := range choices {
		if i == best || c.rule == chosen.rule && c.procedure == chosen.procedure {
			continue
		}
		mean, _ := c.belief()
		average += mean * c.worth
		others++
	}
	if others == 0 {
		return true
	}
	average /= float64(others)
	mean, n := chosen.belief()
	worth, doubt := mean*chosen.worth, leadErrors*math.Sqrt(mean*(1-mean)/(n+agent.PriorWeight))
	return worth-average >= max(leastLead, doubt) || worth-doubt >= certain
}

// maxThought bounds what a thought quotes of a rule, in bytes.
const maxThought = 300

// act returns the action with its rule as the reason.
func (c *choice) act(lead string) agent.Action {
	m := c.rule
	if m == nil {
		m = c.procedure
	}
	action := c.lifted.Action
	n := m.Rule.Good + m.Rule.Bad
	evidence := fmt.Sprintf("was good %d of %d times", m.Rule.Good, n)
	if n == 0 {
		evidence = "is what I was taught"
	}
	name := m.Rule.ID
	if name == "" {
		name = "rule"
	}
	action.Thought = fmt.Sprintf("%s%s: %s, %s %s.", lead, name, cmp.Or(agent.Clip(m.Rule.Pattern, maxThought), "in any situation"),
		agent.Clip(m.Rule.Strategy+m.Rule.Avoid, maxThought), evidence)
	if m.Mean >= 0.5 || m.Word {
		action.ExpectedDelta = m.Delta
	}
	if m.Rule.ID != "" {
		action.Cites = []string{m.Rule.ID}
	}
	return action
}

// procedureWeight is how many transitions a procedure counts as, for its next step.
const procedureWeight = 2

// listens reports whether a procedure has a say beside what the best rule knows of an
// action: where that has seen as much, the rule alone speaks. Nor has a procedure that
// may have been taken in vain as often as not.
func listens(rule, procedure *features.Reading) bool {
	if rule != nil {
		if _, n := rule.Belief(); n >= procedureWeight {
			return false
		}
	}
	return stats.Wilson(procedure.Rule.Good, procedure.Rule.Good+procedure.Rule.Bad).Low > 0.5
}

// pursue counts the procedures of which the action is the next step.
func (c *choice) pursue(next []*features.Reading) {
	for _, m := range next {
		if !listens(c.rule, m) {
			continue
		}
		share := float64(m.Rule.Good) / float64(m.Rule.Good+m.Rule.Bad)
		c.good += procedureWeight * share
		c.bad += procedureWeight * (1 - share)
		if c.procedure == nil || m.Mean > c.procedure.Mean {
			c.procedure = m
		}
	}
}

// belief is what the rule and the procedures let one expect.
func (c *choice) belief() (mean, n float64) {
	mean, n = agent.PriorSupport, 0.0
	if c.rule != nil {
		mean, n = c.rule.Belief()
	}
	if c.procedure != nil {
		all := n + agent.PriorWeight + c.good + c.bad
		mean, n = (mean*(n+agent.PriorWeight)+c.good)/all, n+c.good+c.bad
	}
	return mean, n
}
