package features

import (
	"slices"
	"strings"

	"purposeagent/agent"
)

// What may stand at the end of a step of a procedure.
const (
	AsOften  = ", as often as needed" // also never
	IfNeeded = ", if needed"          // once, or not at all
)

// procedureStep is one step of a procedure: an action by its name and the constants
// that are fixed. What stands in braces differs from task to task; one name is one
// thing throughout the procedure.
type procedureStep struct {
	text  string   // without what stands in braces
	names []string // what stands there
	again bool     // it may be taken more than once
	maybe bool     // it may be left out
}

// Taken is an action that was taken, as procedures look at it.
type Taken struct {
	Name      string
	Constants []Attribute
	Args      []Argument
}

// Taken returns what procedures look at.
func (l *Lifted) Taken() Taken { return Taken{l.Action.Name, l.Constants, l.Args} }

func readSteps(steps []string) []procedureStep {
	out := make([]procedureStep, 0, len(steps))
	for _, raw := range steps[:min(len(steps), agent.MaxWorkflow)] {
		var s procedureStep
		if raw, s.again = strings.CutSuffix(raw, AsOften); !s.again {
			raw, s.maybe = strings.CutSuffix(raw, IfNeeded)
		}
		s.maybe = s.maybe || s.again
		for {
			before, rest, found := strings.Cut(raw, "{")
			name, after, closed := strings.Cut(rest, "}")
			if !found || !closed {
				s.text += raw
				break
			}
			s.text += before
			s.names = append(s.names, name)
			raw = after
		}
		s.text = strings.Join(strings.Fields(s.text), " ")
		out = append(out, s)
	}
	return out
}

// fits reports whether an action is this step, with the things that are bound.
func (s *procedureStep) fits(l *Taken, bound map[string]string) bool {
	rest, is := strings.CutPrefix(s.text, l.Name)
	if !is || rest != "" && rest[0] != ' ' {
		return false
	}
	for word := range strings.FieldsSeq(rest) {
		if !slices.ContainsFunc(l.Constants, func(c Attribute) bool { return c.Value == word || slices.Contains(strings.Fields(c.Value), word) }) {
			return false
		}
	}
	for _, name := range s.names {
		id, known := bound[name]
		if known && !slices.ContainsFunc(l.Args, func(a Argument) bool { return a.ID == id }) {
			return false
		}
	}
	return true
}

// bind notes the things that the step was done with.
func (s *procedureStep) bind(l *Taken, bound map[string]string) {
	for _, name := range s.names {
		base, _, _ := strings.Cut(name, " ")
		i := slices.IndexFunc(l.Args, func(a Argument) bool { return a.Param == base && !a.Passage })
		if _, known := bound[name]; !known && i >= 0 {
			bound[name] = l.Args[i].ID
		}
	}
}

// maxPursuits bounds the procedures that an episode keeps track of.
const maxPursuits = 256

// pursuit is how far an episode has come with a procedure.
type pursuit struct {
	taken int    // actions of the episode that were looked at
	did   uint64 // steps of the procedure that were taken, a bit each
	bound map[string]string
}

// pursuit returns how far the episode has come with a procedure.
func (e *Episode) pursuit(m *Reading) *pursuit {
	p := e.pursuits[m]
	if p == nil {
		p = &pursuit{bound: map[string]string{}}
		if e.pursuits == nil || len(e.pursuits) >= maxPursuits {
			e.pursuits = map[*Reading]*pursuit{}
		}
		e.pursuits[m] = p
	}
	for ; p.taken < len(e.done); p.taken++ {
		p.take(m.steps, &e.done[p.taken])
	}
	for name, id := range p.bound {
		if e.gone(id) && p.needs(m.steps, name) {
			p.did, p.bound = 0, map[string]string{} // what it was done with is no more: from the start
			break
		}
	}
	return p
}

func (p *pursuit) take(steps []procedureStep, l *Taken) {
	at := p.fitting(steps, l, false)
	if at < 0 && p.did != 0 && steps[0].fits(l, nil) { // another try
		at, p.did, p.bound = 0, 0, map[string]string{}
	}
	if at < 0 {
		return
	}
	steps[at].bind(l, p.bound)
	p.did |= 1 << at
}

// fitting returns the step not yet taken that an action is, −1: none; of those that come
// next, which are all up to the first that must be taken, or of all.
func (p *pursuit) fitting(steps []procedureStep, l *Taken, next bool) int {
	for i := range steps {
		if p.did&(1<<i) != 0 && !steps[i].again {
			continue
		}
		if steps[i].fits(l, p.bound) {
			return i
		}
		if next && !steps[i].maybe {
			break
		}
	}
	return -1
}

// complete reports whether no step is left that must be taken.
func (p *pursuit) complete(steps []procedureStep) bool {
	for i := range steps {
		if p.did&(1<<i) == 0 && !steps[i].maybe {
			return false
		}
	}
	return true
}

// needs reports whether a step that is left is done with what has the name.
func (p *pursuit) needs(steps []procedureStep, name string) bool {
	for i := range steps {
		if p.did&(1<<i) == 0 && !steps[i].maybe && slices.Contains(steps[i].names, name) {
			return true
		}
	}
	return false
}

// gone reports whether a thing is nowhere any more, as far as was seen.
func (e *Episode) gone(id string) bool {
	_, elsewhere := e.things[id]
	return !elsewhere && e.now.Thing(id) == nil
}

// procedures returns those whose condition holds now.
func (b *Book) procedures(s *Scene) []*Reading {
	if b.steps == 0 {
		return nil
	}
	holds := b.asked(s.general, LookIn(s.numbers, s.left))
	var out []*Reading
	for _, m := range b.byAction[""] {
		if m.steps != nil && m.holds(holds) {
			out = append(out, m)
		}
	}
	return out
}

// next reports whether an action is the next step of a procedure.
func (m *Reading) next(e *Episode, l *Taken) bool {
	return e.pursuit(m).fitting(m.steps, l, true) >= 0
}

// Pursued is the procedures of a book that hold now.
type Pursued struct {
	episode *Episode
	list    []*Reading
}

// Pursued returns the procedures that hold now, of those in only; nil: of all.
func (b *Book) Pursued(s *Scene, only map[*Reading]bool) Pursued {
	list := b.procedures(s)
	if only != nil {
		list = slices.DeleteFunc(list, func(m *Reading) bool { return !only[m] })
	}
	return Pursued{s.e, list[:min(len(list), maxPursuits)]}
}

// Next returns the procedures of which an action is the next step.
func (p Pursued) Next(l *Lifted) []*Reading {
	var out []*Reading
	action := l.Taken()
	for _, m := range p.list {
		if m.next(p.episode, &action) {
			out = append(out, m)
		}
	}
	return out
}

// Procedure is the steps of a procedure, ready to be compared with what was done.
type Procedure struct{ steps []procedureStep }

// ReadProcedure reads steps as a procedure has them.
func ReadProcedure(steps []string) Procedure { return Procedure{readSteps(steps)} }

// Demands reports whether some step must be taken.
func (p Procedure) Demands() bool { return !(&pursuit{}).complete(p.steps) }

// In reports whether the actions of an episode have all the steps that must be taken.
func (p Procedure) In(done []Taken) bool {
	at := pursuit{bound: map[string]string{}}
	for i := range done {
		at.take(p.steps, &done[i])
	}
	return at.did != 0 && at.complete(p.steps)
}
