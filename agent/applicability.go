package agent

// Applicability tells which rules of a set hold now, and of which actions they
// speak. It is safe for concurrent use, and writes nothing. The same situation
// and rules give the same answer.
type Applicability interface {
	// Applying evaluates every rule of the set whose condition a program can read
	// on the state and on each of s.Legal. A rule that it can't read is not in the
	// answer: its words decide. Candidates are evaluated as well.
	Applying(s *Situation, rules *RuleSet) Applying
}

// Applying is what the readable rules of a set come to in one situation, by id.
type Applying map[string]Bearing

// Bearing is of which actions a rule speaks now.
type Bearing struct {
	// Actions are those of Situation.Legal for which the rule holds, in their order.
	// None: the rule does not hold, and is not a candidate, whatever its words.
	Actions []Action
	// Against says that the rule speaks against them.
	Against bool
	// Refined says that a more special rule of the same author holds for each of the
	// actions: what this one says is said better.
	Refined bool
}
