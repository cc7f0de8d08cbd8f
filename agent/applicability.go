package agent

// Applicability tells which rules of a set hold now, and of which actions they
// speak. It is safe for concurrent use, and writes nothing. The same situation
// and rules give the same answer, whatever the order of the rules.
type Applicability interface {
	// Applying evaluates every rule of the set whose condition a program can read,
	// candidates as well, on the state, the memory of the episode (s.History) and
	// each of s.Legal. What it returns must not be changed.
	Applying(s *Situation, rules *RuleSet) Applying
}

// Applying is what the readable rules of a set come to in one situation. A rule
// that is in neither list can be read and does not hold: it is no candidate,
// whatever its words.
type Applying struct {
	// Holding are the rules that hold, by id.
	Holding map[string]Bearing
	// Unread tells why a rule's condition can't be read, by id: words and vectors
	// decide on those.
	Unread map[string]string
	// Open says that a rule with a predicate is among the unread: it is about an
	// action that can't be listed, and depends on what would be filled in.
	Open bool
}

// Bearing is of which actions a rule speaks now, and how.
type Bearing struct {
	// Actions are those of Situation.Legal for which the rule holds, in their order.
	// Where the environment lists none they are the fillings of the announced
	// parameters with what is in sight; one that takes any text or number is left out.
	Actions []Action
	// General says that the rule names no action: it speaks of the situation, and
	// Actions is empty.
	General bool
	// Against says that the rule speaks against the actions.
	Against bool
	// Undecided says that what was counted speaks neither for nor against: it is an
	// estimate to go on from, and no advice.
	Undecided bool
	// Refined says that a more special rule of the same author holds for each of the
	// actions: what this one says is said better.
	Refined bool
	// Sure is how much is surely true of what the rule says, 0 to 1: the mean of
	// its posterior less one standard deviation.
	Sure float64
}

// Advises reports whether the rule is worth showing: it speaks for or against
// something, and no other says it better.
func (b *Bearing) Advises() bool { return !b.Undecided && !b.Refined }

// Of returns what a rule of the set bears on; holds is false where it does not
// hold now, readable where its condition can't be read.
func (a *Applying) Of(rule string) (b Bearing, holds, readable bool) {
	b, holds = a.Holding[rule]
	_, unread := a.Unread[rule]
	return b, holds, !unread
}
