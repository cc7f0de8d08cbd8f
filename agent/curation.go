package agent

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"purposeagent/agent/credit"
)

// What every library keeps, as pure functions, so that a store in memory and
// one in a database can't differ.

// ValueRate is α of the classical value, Q ← Q + α(r − Q) (MemRL, arXiv 2601.03192).
const ValueRate = 0.1

// InitialValue is the classical value of what was never used.
const InitialValue = 0.5

// UpdateValue moves a classical value towards a reward of 0 to 1. The result
// stays within 0 to 1; a reward that is no number changes nothing.
func UpdateValue(q, reward float64) float64 {
	if math.IsNaN(reward) {
		return q
	}
	return q + ValueRate*(min(max(reward, 0), 1)-q)
}

// Covers reports whether a rule of scope s may be used in scope t: a rule
// without an environment is in every scope, and one without dynamics or
// schema is in all of its environment.
func (s Scope) Covers(t Scope) bool {
	if s.Environment == "" {
		return true
	}
	return s.Environment == t.Environment &&
		(s.Dynamics == "" || s.Dynamics == t.Dynamics) &&
		(s.Schema == "" || s.Schema == t.Schema)
}

// Learner reports whether a rule of this author lives by evidence: a program
// that learns wrote it, or it came with a pack. What a person wrote does not.
func (a Author) Learner() bool {
	return a == AuthorDistiller || a.Model() || strings.HasPrefix(string(a), string(AuthorImport))
}

// Model reports whether a language model wrote it.
func (a Author) Model() bool { return strings.HasPrefix(string(a), string(AuthorModel)) }

// Guarded reports whether learning must leave the rule's words, predicate and
// status alone: a person pinned, banned or wrote it.
func (h *Heuristic) Guarded() bool {
	return h.Pinned || h.Status == Banned || !h.Author.Learner()
}

// ByPeople reports whether the rule's status is a person's word, which learning
// leaves alone.
func (h *Heuristic) ByPeople() bool { return h.Guarded() || h.StatusBy != "" }

// SpeakAgain ends where a rule leads to once a person has brought it back into use: it
// speaks for itself again. One that stays out of use goes on leading there.
func (h *Heuristic) SpeakAgain() {
	if h.InUse() {
		h.MergedInto, h.SucceededBy = "", ""
	}
}

// Standing reports whether learning builds on the rule: whether it is in use,
// may come into use, or was put out of it by a person. What learning retired
// itself it does not look at again.
func (h *Heuristic) Standing() bool {
	return h.Pinned || h.StatusBy != "" || h.Status != Retired && h.Status != Archived
}

// Clone returns a copy that shares nothing with h.
func (h *Heuristic) Clone() *Heuristic {
	c := *h
	c.ParentIDs = slices.Clone(h.ParentIDs)
	c.Steps = slices.Clone(h.Steps)
	c.Evidence = slices.Clone(h.Evidence)
	c.Conflicts = slices.Clone(h.Conflicts)
	c.ByHand = slices.Clone(h.ByHand)
	c.Credit = h.Credit.Clone()
	if h.Predicate != nil {
		p := *h.Predicate
		p.When = slices.Clone(p.When)
		p.Params = maps.Clone(p.Params)
		c.Predicate = &p
	}
	return &c
}

// WordsChanged reports whether b says something else than a, so that it needs
// a new version. A predicate's prior and numbers within Because are counts,
// not words: they move with each task.
func WordsChanged(a, b *Heuristic) bool {
	if a.Tier != b.Tier || a.Kind != b.Kind || a.Title != b.Title || a.Pattern != b.Pattern ||
		a.Strategy != b.Strategy || a.Avoid != b.Avoid || a.Action != b.Action ||
		!slices.Equal(a.Steps, b.Steps) || withoutNumbers(a.Because) != withoutNumbers(b.Because) {
		return true
	}
	if (a.Predicate == nil) != (b.Predicate == nil) {
		return true
	}
	if a.Predicate == nil || samePredicate(a.Predicate, b.Predicate) {
		return false
	}
	return a.Predicate.key() != b.Predicate.key() // the order of conditions does not matter
}

func samePredicate(a, b *Predicate) bool {
	return a.Action == b.Action && maps.Equal(a.Params, b.Params) && slices.Equal(a.When, b.When)
}

func withoutNumbers(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '.' || r == '+' || r == '-' {
			return -1
		}
		return r
	}, text)
}

// FirstHeuristic returns the row of a new heuristic: version 1, no uses yet.
func FirstHeuristic(h *Heuristic, id string, now time.Time) *Heuristic {
	c := h.Clone()
	c.ID, c.Version = id, 1
	c.CreatedAt, c.UpdatedAt = now, now
	c.Evidence = UnionEvidence(nil, c.Evidence)
	c.Shown, c.Cited, c.Tasks = 0, 0, 0
	c.Credit = credit.Credit{Born: c.Credit.Born}
	c.QValue = InitialValue
	if c.Status == "" {
		c.Status = Active
	}
	if c.Kind == "" {
		c.Kind = KindRule
	}
	return c
}

// NextHeuristic returns the row that follows stored when a batch replaces it
// with incoming. The uses that were counted meanwhile stay. In a batch of
// learning (learning is true) what a person did to the rule stays as well: a
// pin, a ban, a status set by hand or given back since the learner read it, where
// the rule leads to, the words of a guarded rule, those that a person wrote, and all
// of them where they were edited since; evidence and counts still come in.
func NextHeuristic(stored, incoming *Heuristic, learning bool, now time.Time) *Heuristic {
	next := incoming.Clone()
	next.ID, next.CreatedAt, next.UpdatedAt = stored.ID, stored.CreatedAt, now
	next.Shown, next.Cited, next.Tasks, next.QValue = stored.Shown, stored.Cited, stored.Tasks, stored.QValue
	next.Credit = stored.Credit.Clone()
	next.Evidence = UnionEvidence(nil, next.Evidence)
	if learning {
		keepDecided(next, stored, incoming)
	} else {
		next.Cost = stored.Cost
	}
	next.Shelved = next.Shelved && next.Status == Archived
	next.Version = stored.Version
	if WordsChanged(stored, next) {
		next.Version++
	}
	return next
}

// keepDecided keeps in the next row what a batch of learning may not change.
func keepDecided(next, stored, incoming *Heuristic) {
	if incoming.ID == "" { // learned again, and brought back
		next.Cost = stored.Cost.Add(incoming.Cost)
	} else {
		next.SucceededBy, next.MergedInto = stored.SucceededBy, stored.MergedInto
	}
	next.Pinned, next.Scope = stored.Pinned, stored.Scope
	if stored.ByPeople() || incoming.StatusBy != stored.StatusBy {
		next.Status, next.StatusBy = stored.Status, stored.StatusBy
	}
	if stored.Guarded() || incoming.Version < stored.Version {
		CopyWords(next, stored)
	} else {
		KeepByHand(next, stored)
	}
}

// CopyWords gives to what from says, and who says it.
func CopyWords(to, from *Heuristic) {
	words := from.Clone()
	to.Tier, to.Kind, to.Title, to.Pattern = words.Tier, words.Kind, words.Title, words.Pattern
	to.Strategy, to.Avoid, to.Because = words.Strategy, words.Avoid, words.Because
	counted := to.States()
	to.Steps, to.Action, to.Predicate = words.Steps, words.Action, words.Predicate
	if counted != nil && to.States() != nil {
		to.Predicate.States = counted // counts, and no words
	}
	to.Author, to.ParentIDs, to.ByHand = words.Author, words.ParentIDs, words.ByHand
}

// UnionEvidence returns the references of both, each step once, at most
// MaxEvidence. Beyond that the later ones of each side of the argument stay, so that
// what speaks against a rule is not crowded out by what speaks for it.
func UnionEvidence(a, b []EvidenceRef) []EvidenceRef {
	type place struct {
		run  string
		step int
	}
	seen := make(map[place]int, len(a)+len(b))
	union := make([]EvidenceRef, 0, len(a)+len(b))
	for _, ref := range slices.Concat(a, b) {
		if at, ok := seen[place{ref.Run, ref.Step}]; ok {
			union[at] = ref // the later word about the same step
			continue
		}
		seen[place{ref.Run, ref.Step}] = len(union)
		union = append(union, ref)
	}
	if len(union) == 0 {
		return nil
	}
	good := 0
	for _, ref := range union {
		if ref.Good {
			good++
		}
	}
	bad := len(union) - good
	dropGood, dropBad := 0, 0
	for range max(len(union)-MaxEvidence, 0) {
		if good-dropGood >= bad-dropBad {
			dropGood++
		} else {
			dropBad++
		}
	}
	return slices.DeleteFunc(union, func(ref EvidenceRef) bool {
		left := &dropBad
		if ref.Good {
			left = &dropGood
		}
		if *left == 0 {
			return false
		}
		*left--
		return true
	})
}

// CountUse returns the rule after one task used it. A nil task leaves out what
// is measured against a baseline.
func CountUse(h *Heuristic, u credit.UseCount, task *credit.TaskCredit, now time.Time) *Heuristic {
	next := h.Clone()
	next.Shown += max(u.Shown, 0)
	next.Cited += max(u.Cited, 0)
	if u.Shown > 0 {
		next.Tasks++
		next.QValue = UpdateValue(next.QValue, u.Reward)
	}
	next.Credit.Count(u, task)
	next.UpdatedAt = now
	return next
}

// FoundBefore is CodeConflict: a library records one change a trajectory.
func FoundBefore(trajectory string) error {
	return Errorf(CodeConflict, "a change of law was found in trajectory %s before", trajectory)
}

// ShelvedHeuristic returns the row of a rule that is put away.
func ShelvedHeuristic(stored *Heuristic, now time.Time) *Heuristic {
	next := stored.Clone()
	next.Status, next.Shelved, next.UpdatedAt = Archived, true, now
	return next
}

// NewHypotheses counts the rules of a batch that are new and predict something.
func NewHypotheses(rules []*Heuristic) int {
	n := 0
	for _, h := range rules {
		if h.ID == "" && h.Predicate != nil {
			n++
		}
	}
	return n
}

// ShelvedBy reports whether a change of law puts the rule away: one that learning
// counted, and may take out of use again.
func (h *Heuristic) ShelvedBy(c *credit.LawChange) bool {
	return h.Counted() && !h.ByPeople() && h.Standing() &&
		slices.ContainsFunc(c.Actions, func(a credit.ActionStream) bool { return a.Action == h.Predicate.Action })
}

// SaysOtherwise reports whether b speaks about another case than a, or against what a
// speaks for: what was counted of a says nothing about b.
func SaysOtherwise(a, b *Heuristic) bool {
	if a.Against() != b.Against() || (a.Predicate == nil) != (b.Predicate == nil) {
		return true
	}
	if a.Procedure() && (!slices.Equal(a.Steps, b.Steps) || a.Strategy != b.Strategy) {
		return true // nobody took these steps
	}
	return a.Predicate != nil && a.Predicate.key() != b.Predicate.key()
}

// Observed reports whether anything was counted of a rule, so
// that its id stands for more than its words.
func (h *Heuristic) Observed() bool {
	return h.Good+h.Bad+h.Shown+h.Credit.Checks() > 0 || h.Credit.Trials > 0
}

// TaughtInstead returns the rule that a person teaches in the place of another one,
// with the words and the predicate of says: active, and with nothing counted yet.
func TaughtInstead(of string, says *Heuristic) *Heuristic {
	h := says.Clone()
	h.ID, h.Supersedes, h.SucceededBy, h.MergedInto = "", of, "", ""
	h.Author, h.Status, h.StatusBy, h.Shelved, h.ByHand = AuthorHuman, Active, "", false, nil
	h.Evidence, h.Conflicts, h.Good, h.Bad = nil, nil, 0, 0
	h.Cost, h.Credit = Usage{}, credit.Credit{}
	if h.Predicate != nil {
		h.Predicate.Prior, h.Predicate.Behind, h.Predicate.States = PriorSupport, 0, nil
	}
	return h
}
