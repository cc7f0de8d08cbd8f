package reasoner

import (
	"fmt"
	"math"
	"math/rand/v2"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/agent/statetable"
)

// standing is where an episode stands among the exact states that are known.
type standing struct {
	table   *statetable.Table
	rule    *agent.Heuristic
	at      *statetable.State // nil: this state is new
	novelty float64
	certain bool // actions do the same each time
	misled  bool // this episode was led elsewhere than what is known says
}

// maxCharts bounds the tables that an actor keeps read.
const maxCharts = 8

// table returns a row's table, read once.
func (a *Actor) table(t *agent.StateTable) *statetable.Table {
	a.mu.Lock()
	defer a.mu.Unlock()
	if read, known := a.tables[t]; known {
		return read
	}
	if len(a.tables) >= maxCharts || a.tables == nil {
		a.tables = map[*agent.StateTable]*statetable.Table{}
	}
	read, err := statetable.Decode(t)
	if err != nil {
		read = nil // a row from elsewhere that can't be read says nothing
	}
	a.tables[t] = read
	return read
}

// standing returns where the episode stands by the row of exact states among
// the rules, nil without one.
func (a *Actor) standing(s *agent.Situation, e memory, rules []*agent.Heuristic) *standing {
	rule := statetable.RowOf(rules)
	if rule == nil {
		return nil
	}
	table := a.table(rule.States())
	if table == nil {
		return nil
	}
	n := &standing{table: table, rule: rule, novelty: table.Novelty(), certain: table.Certain()}
	keys := e.keys(s, table)
	n.at = table.State(keys[len(keys)-1])
	n.misled = n.surprised(s, e, keys)
	return n
}

// keys returns the exact states of the run so far as a table tells them apart,
// the present one last. Each is worked out once.
func (e *memory) keys(s *agent.Situation, table *statetable.Table) []uint64 {
	if !table.KeysAs(e.table) {
		e.exact, e.checked = nil, 0
	}
	e.table = table
	keys := table.Keys(e.exact, s)
	if len(keys) > len(e.exact) {
		e.exact = keys
	}
	return keys
}

// surprised reports whether this episode went elsewhere than was known more
// often than chance explains: then what is known is of another world, or of a
// law that has changed, and nobody goes by it for the rest of the episode.
func (n *standing) surprised(s *agent.Situation, e memory, keys []uint64) bool {
	for i := e.checked; i < len(s.History); i++ {
		e.checked = i + 1
		expected, surprised, known := n.table.Surprise(keys[i], keys[i+1], s.History[i].Action, n.novelty)
		if !known {
			continue
		}
		e.expected += expected
		e.variance += expected * (1 - expected)
		if surprised {
			e.surprises++
		}
	}
	return float64(e.surprises) > e.expected+1+2*math.Sqrt(e.variance)
}

// option is an action with what is known of it in this exact state.
type option struct {
	lifted *features.Lifted
	way    *statetable.Way // nil: never tried here
	value  float64
	hope   float64
	done   int // times in this state in this episode
}

func (n *standing) options(e memory, all []features.Lifted) []option {
	out := make([]option, len(all))
	for i := range all {
		l := &all[i]
		done, _ := e.Tried(l)
		o := option{lifted: l, hope: 1, done: done.Times}
		if o.way = n.table.Way(n.at, l.Hash); o.way != nil {
			o.value, o.hope = n.table.Worth(o.way, n.novelty)
		}
		if n.certain { // a way that came back here did not lead on
			o.value *= math.Pow(repeatWorth, float64(o.done))
		}
		o.hope *= math.Pow(n.tired(), float64(o.done))
		out[i] = o
	}
	return out
}

// tired is what doing an action again in a state is worth to one who looks for
// something new: it ends circles.
func (n *standing) tired() float64 {
	if n.certain {
		return repeatWorth
	}
	return 0.9
}

// enough is how many times κ an action was done before its value is relied on.
const enough = 4.0

// exploit returns the action that is worth most in this state, where one leads
// on or another one loses. Where surely is set, that has to stand on enough.
func (n *standing) exploit(e memory, all []features.Lifted, r *rand.Rand, surely bool) (agent.Action, bool) {
	if n == nil || n.at == nil || n.misled {
		return agent.Action{}, false
	}
	var best []option
	most, least := math.Inf(-1), 0.0
	for _, o := range n.options(e, all) {
		if o.way == nil {
			continue
		}
		if least = min(least, o.value); o.value > most+1e-9 {
			best, most = best[:0], o.value
		}
		if o.value >= most-1e-9 {
			best = append(best, o)
		}
	}
	if len(best) == 0 || most < 0 || most == 0 && least == 0 {
		return agent.Action{}, false
	}
	o := best[r.IntN(len(best))]
	if surely && float64(o.way.Total()) < enough*n.novelty {
		return agent.Action{}, false
	}
	return n.act(o, fmt.Sprintf("I know this state from %d tasks: from here %s is worth most, %.2f of a sure success at once.",
		n.at.Tasks, o.lifted.Action.Name, min(o.value, 1))), true
}

// leastHope is the hope below which nothing new is looked for.
const leastHope = 0.1

// explore returns the action that leads on to what was never tried, or was
// tried little: that itself where it can be done here, else the known way there
// (return, then explore: Ecoffet et al., Nature 2021). choose picks among those
// that promise as much.
func (n *standing) explore(e memory, all []features.Lifted, choose func([]features.Lifted) agent.Action) (agent.Action, bool) {
	if n == nil || n.at == nil {
		return agent.Action{}, false
	}
	var best []features.Lifted
	var way *statetable.Way
	most := leastHope
	for _, o := range n.options(e, all) {
		if o.hope > most+1e-9 {
			best, most = best[:0], o.hope
		}
		if o.hope >= most-1e-9 && o.hope > leastHope {
			best, way = append(best, *o.lifted), o.way
		}
	}
	if len(best) == 0 {
		return agent.Action{}, false
	}
	action := choose(best)
	if way == nil {
		return withThought(action, fmt.Sprintf("Exploring: I know this state, and %s was never tried in it.", action.Name)), true
	}
	action.Cites = nil
	return withThought(action, "Exploring: this is the known way to what was tried least."), true
}

// adventurous reports whether this training episode looks for what is new: all
// of them until a success is known, then as many as find something, and a few
// always. It is drawn once for an episode.
func (n *standing) adventurous(s *agent.Situation) bool {
	if n == nil {
		return false
	}
	r := rand.New(rand.NewPCG(uint64(s.Task.Seed)^uint64(s.Task.Draw)<<32, streamMode))
	p := min(max(2*n.table.Fresh(), 0.1), 0.7)
	switch {
	case n.table.Chance() > 0:
	case n.table.Tree():
		p = 0.5
	default:
		p = 0.9
	}
	return r.Float64() < p
}

func (n *standing) act(o option, thought string) agent.Action {
	action := withThought(o.lifted.Action, thought)
	if n.rule.ID != "" {
		action.Cites = []string{n.rule.ID}
	}
	return action
}

// recalled is the row as it was recalled for this state.
func (n *standing) recalled() agent.Recalled {
	why := fmt.Sprintf("this state was seen in %d tasks", n.at.Tasks)
	if n.at.Value > 0 {
		why += fmt.Sprintf("; the best known way from here is worth %.2f", n.at.Value)
	}
	if n.misled {
		why += "; not followed: this task went elsewhere than it says"
	}
	return agent.Recalled{Rule: n.rule, Score: min(float64(n.at.Value), 1), Why: why}
}
