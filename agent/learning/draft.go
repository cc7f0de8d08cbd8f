package learning

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/admission"
	"purposeagent/agent/credit"
	"purposeagent/agent/duplicates"
	"purposeagent/agent/lifecycle"
	"purposeagent/agent/rulestore"
)

// What a RuleChange calls a change.
const (
	opAdded   = "added"
	opUpdated = "updated"
	opMerged  = "merged"
	opRetired = "retired"

	opTried    = "on trial"
	opPromoted = "promoted"
	opArchived = "archived"
)

// MaxRejections bounds the rejections that one lesson reports.
const MaxRejections = 30

// draft is the library's next state while one lesson is worked: what the
// proposals change, and why some change nothing.
type draft struct {
	lesson   *agent.Lesson
	policy   lifecycle.Policy
	task     int // number of the lesson's task in its scope
	actor    string
	at       map[string]int     // by id: the place of a known rule, in the lesson and in rules
	rules    []*agent.Heuristic // as the library has them, working copies of those that proposals are about, new ones last
	byKey    map[string]int     // nil until one is looked for: most tasks bring new counts only
	changes  map[*agent.Heuristic]agent.RuleChange
	order    []*agent.Heuristic // changed ones, in order
	rejected []agent.Rejection
	refused  []credit.Rejected  // of them, what is remembered: no words of the kind will pass
	written  []*agent.Heuristic // those with words from a proposal
	inWords  int                // new rules without a predicate
	turned   map[string]bool    // ids of known rules that a new one takes the place of
}

func newDraft(l *agent.Lesson, policy lifecycle.Policy, task int) *draft {
	d := &draft{lesson: l, policy: policy, task: task, actor: string(agent.AuthorDistiller), at: make(map[string]int, len(l.Rules)),
		rules: slices.Clone(l.Rules), changes: map[*agent.Heuristic]agent.RuleChange{}, turned: map[string]bool{}}
	for i, h := range l.Rules {
		d.at[h.ID] = i
	}
	return d
}

// working returns the copy of a rule that may be changed.
func (d *draft) working(at int) *agent.Heuristic {
	if at < len(d.lesson.Rules) && d.rules[at] == d.lesson.Rules[at] {
		d.rules[at] = d.rules[at].Clone()
	}
	return d.rules[at]
}

// same returns the rule that says the same, one in use before others.
func (d *draft) same(h *agent.Heuristic) *agent.Heuristic {
	if d.byKey == nil {
		d.byKey = make(map[string]int, len(d.rules))
		for i, r := range d.rules {
			key := r.Key()
			if other, known := d.byKey[key]; !known || d.rules[other].Status == agent.Retired || d.rules[other].Status == agent.Archived {
				d.byKey[key] = i
			}
		}
	}
	if at, known := d.byKey[h.Key()]; known {
		return d.working(at)
	}
	return nil
}

// rename has the words of a rule changed, and files it by what it says now.
func (d *draft) rename(h *agent.Heuristic, change func()) {
	if d.byKey == nil {
		change()
		return
	}
	at, oldKey := slices.Index(d.rules, h), h.Key()
	change()
	if filed, known := d.byKey[oldKey]; known && filed == at {
		delete(d.byKey, oldKey)
	}
	d.byKey[h.Key()] = at
}

// rejectedBefore reports whether a new rule was rejected before, and says so.
func (d *draft) rejectedBefore(h *agent.Heuristic) bool {
	if len(d.lesson.Rejected) == 0 {
		return false
	}
	key := rejectionKey(h)
	i := slices.IndexFunc(d.lesson.Rejected, func(r credit.Rejected) bool { return r.Key == key })
	if i >= 0 {
		d.reject(h.Title, "rejected before: "+d.lesson.Rejected[i].Reason)
	}
	return i >= 0
}

// take works one proposal in.
func (d *draft) take(p agent.Proposal) {
	if p.Retire || p.Rule.Status == agent.Retired {
		d.retire(p)
		return
	}
	h := p.Rule.Clone()
	h.Pinned, h.StatusBy = false, ""
	h.Evidence = agent.UnionEvidence(nil, h.Evidence)
	if h.Good == 0 && h.Bad == 0 && h.InWords() { // the others come counted
		h.Good, h.Bad = duplicates.NewEvidence(nil, h.Evidence)
	}
	if h.Kind == "" {
		h.Kind = agent.KindRule
	}
	existing, named := d.find(h)
	if h.ID != "" && !named {
		d.reject(h.Title, fmt.Sprintf("there is no rule %q to update", agent.Clip(h.ID, 40)))
		return
	}
	if why := closed(existing, h, named); why != "" {
		d.reject(h.Title, why)
		return
	}
	if named && turns(existing, h) {
		if existing, named = d.turn(existing, h); h.Supersedes != "" && existing != nil && existing.ByPeople() && !existing.Usable() {
			d.retire(agent.Proposal{Rule: agent.Heuristic{ID: h.Supersedes}, Reason: "the evidence turned its advice, and a person put what it says now out of use"})
			return
		}
	}
	if named && h.InWords() && len(h.Evidence) == 0 {
		h.Evidence = slices.Clone(existing.Evidence) // new words for what is proven
	}
	if existing == nil && d.rejectedBefore(h) {
		return
	}
	said := *h
	switch {
	case existing != nil && existing.Guarded():
		agent.CopyWords(h, existing) // only evidence and counts come in
	case existing != nil && (named || !h.InWords()):
		agent.KeepByHand(h, existing)
	}
	if rejection := d.admit(h, existing); rejection != nil {
		d.rejectAs(*rejection)
		if len(d.refused) < credit.MaxRejected {
			d.refused = append(d.refused, credit.Rejected{Key: rejectionKey(&said), Title: agent.Clip(rejection.Title, 120), Reason: agent.Clip(rejection.Reason, 200)})
		}
		return
	}
	if h.Author.Learner() {
		d.actor = string(h.Author)
	}
	old := h.Supersedes
	switch {
	case existing != nil && (named || !h.InWords()):
		d.update(existing, h, p.Reason)
	case existing != nil:
		d.merge(existing, h, p.Reason)
	default:
		existing = d.add(h, p.Reason)
	}
	if old != "" && existing != nil {
		d.supersede(old, existing)
	}
}

// turn takes a proposal that turns a known rule's advice for another rule, with evidence
// of its own; what a person decided about keeps its meaning, and the evidence comes in.
// It returns the rule that the proposal is about, and whether it names it.
func (d *draft) turn(known, h *agent.Heuristic) (about *agent.Heuristic, named bool) {
	if known.ByPeople() {
		agent.CopyWords(h, known)
		return known, true
	}
	h.ID, h.Supersedes, h.ParentIDs = "", known.ID, slices.Clone(known.ParentIDs)
	return d.same(h), false
}

// closed says why a known rule is not open to a proposal, or "".
func closed(known, h *agent.Heuristic, named bool) string {
	switch {
	case known == nil:
	case known.Status == agent.Banned:
		return "banned by a person"
	case known.Counted() && h.Author != agent.AuthorDistiller:
		return "the rule distiller counts this already"
	case named && h.Predicate == nil && !known.InWords():
		return "words alone can't replace a rule with a machine-readable condition"
	}
	return ""
}

// turns reports whether a proposal for a known rule advises against what the rule
// advises, or the other way round.
func turns(known, h *agent.Heuristic) bool {
	if !known.InWords() && !h.InWords() {
		return known.Against() != h.Against()
	}
	_, was := duplicates.Advice(known)
	_, is := duplicates.Advice(h)
	return was != is
}

// supersede puts a rule in the place of a known one that says the opposite.
func (d *draft) supersede(old string, by *agent.Heuristic) {
	by.Supersedes = old
	by.Conflicts = slices.DeleteFunc(by.Conflicts, func(id string) bool { return id == old })
	d.turned[old] = true
	if _, changed := d.changes[by]; !changed {
		d.change(by, opUpdated, rulestore.TurnedReason)
	}
}

// rejectionKey identifies what a rejected rule says, in a few bytes.
func rejectionKey(h *agent.Heuristic) string {
	sum := sha256.Sum256([]byte(h.Key()))
	return hex.EncodeToString(sum[:6])
}

// find returns the working copy that a proposal is about, and whether it was
// named by id.
func (d *draft) find(h *agent.Heuristic) (existing *agent.Heuristic, named bool) {
	if h.ID != "" {
		if at, known := d.at[h.ID]; known {
			return d.working(at), true
		}
		return nil, false
	}
	return d.same(h), false
}

// admit passes what says nothing new: the words of a known rule were admitted before.
func (d *draft) admit(h, existing *agent.Heuristic) *agent.Rejection {
	if existing != nil && !agent.WordsChanged(existing, h) && admission.Check(h) == nil {
		return nil
	}
	return admission.Admit(h, d.lesson)
}

func (d *draft) retire(p agent.Proposal) {
	h := p.Rule
	existing, named := d.find(&h)
	switch {
	case h.ID == "" || !named || existing.ID == "":
		d.reject(h.Title, fmt.Sprintf("there is no rule %q to retire", agent.Clip(h.ID, 40)))
	case existing.ByPeople():
		d.reject(existing.Title, "only a person retires what a person pinned, wrote or decided on")
	case existing.Status == agent.Retired || existing.Status == agent.Archived:
	default:
		existing.Status = agent.Retired
		d.change(existing, opRetired, p.Reason)
	}
}

// update gives a known rule its new words, counts and status. Counts of rules
// that are a predicate are over all that was seen, so they replace the old ones;
// those of rules in words grow by the new evidence.
func (d *draft) update(existing, h *agent.Heuristic, reason string) {
	old := *existing
	if p := existing.Predicate; p != nil { // its table is put in
		was := *p
		old.Predicate = &was
	}
	if !h.InWords() {
		existing.Good, existing.Bad = h.Good, h.Bad
		if len(h.Evidence) > 0 {
			existing.Evidence = h.Evidence
		}
	} else {
		good, bad := duplicates.NewEvidence(existing.Evidence, h.Evidence)
		existing.Good += good
		existing.Bad += bad
		existing.Evidence = agent.UnionEvidence(existing.Evidence, h.Evidence)
	}
	if !existing.Guarded() {
		parents := slices.Compact(slices.Sorted(slices.Values(slices.Concat(existing.ParentIDs, h.ParentIDs))))
		d.rename(existing, func() {
			agent.CopyWords(existing, h)
			existing.ParentIDs = parents
		})
	}
	if h.States() != nil && existing.States() != nil {
		existing.Predicate.States = h.States()
	}
	if agent.WordsChanged(&old, existing) {
		d.written = append(d.written, existing)
	}
	if !sameRow(&old, existing) {
		d.change(existing, opUpdated, reason)
	}
}

// charge shares what the proposals have cost among the rules that they gave
// words to. What came to nothing is on the run's account alone.
func (d *draft) charge(usage agent.Usage) {
	for _, h := range d.written {
		h.Cost = h.Cost.Add(usage.Share(len(d.written)))
	}
}

func (d *draft) merge(existing, h *agent.Heuristic, reason string) {
	merged := duplicates.Merge(existing, h)
	if sameRow(existing, merged) {
		return
	}
	if agent.WordsChanged(existing, merged) {
		d.written = append(d.written, existing)
	}
	d.rename(existing, func() { *existing = *merged })
	d.change(existing, opMerged, cmp.Or(reason, "learned again"))
}

// add puts a new rule in, unless one in the library says the same in other words. It
// returns the rule that says it, nil where there is none.
func (d *draft) add(h *agent.Heuristic, reason string) *agent.Heuristic {
	h.Conflicts = nil
	for at, other := range d.rules {
		if other.ID != "" && other.ID == h.Supersedes {
			continue
		}
		switch duplicates.Related(other, h) {
		case duplicates.Same:
			if other.Status == agent.Banned {
				d.reject(h.Title, "says what a person banned")
				return nil
			}
			other = d.working(at)
			d.merge(other, h, reason)
			return other
		case duplicates.Opposed:
			note := fmt.Sprintf("contradicts %q (%s); both are kept until evidence decides", other.Title, cmp.Or(other.ID, "new"))
			if reason != "" {
				note = reason + "; " + note
			}
			reason = note
			if other.ID != "" {
				h.Conflicts = append(h.Conflicts, other.ID)
			}
		case duplicates.Unrelated:
		}
	}
	if h.InWords() {
		if d.inWords == MaxNewRules {
			d.reject(h.Title, fmt.Sprintf("one trajectory adds at most %d rules", MaxNewRules))
			return nil
		}
		d.inWords++
	}
	h.ID, h.Version, h.Scope = "", 0, d.lesson.Trajectory.Scope
	h.Status = d.policy.EntryStatus(h)
	h.QValue = agent.InitialValue
	h.Credit = credit.Credit{Born: d.task}
	h.Cost = agent.Usage{}
	d.rules = append(d.rules, h)
	d.written = append(d.written, h)
	if d.byKey != nil {
		d.byKey[h.Key()] = len(d.rules) - 1
	}
	d.change(h, opAdded, reason)
	return h
}

// retires reports whether the draft puts a known rule out of use.
func (d *draft) retires(id string) bool {
	if d.turned[id] {
		return true
	}
	for _, h := range d.order {
		if h.ID == id && h.Status == agent.Retired {
			return true
		}
	}
	return false
}

// hypotheses counts the new rules whose predictions will be checked.
func (d *draft) hypotheses() int { return agent.NewHypotheses(d.order) }

// sameRow reports whether writing b over a would change nothing.
func sameRow(a, b *agent.Heuristic) bool {
	prior := func(h *agent.Heuristic) float64 {
		if h.Predicate == nil {
			return 0
		}
		return h.Predicate.Prior
	}
	return !agent.WordsChanged(a, b) && a.Because == b.Because && a.Good == b.Good && a.Bad == b.Bad &&
		a.Status == b.Status && a.Author == b.Author && prior(a) == prior(b) &&
		slices.Equal(a.Evidence, b.Evidence) && slices.Equal(a.ParentIDs, b.ParentIDs) && sameStates(a.States(), b.States())
}

func (d *draft) change(h *agent.Heuristic, op, reason string) {
	previous, changed := d.changes[h]
	if !changed {
		d.order = append(d.order, h)
	} else if previous.Op == opAdded { // merged into what is new itself
		return
	}
	d.changes[h] = agent.RuleChange{ID: h.ID, Title: h.Title, Op: op, Reason: reason}
}

func (d *draft) reject(title, reason string) {
	d.rejectAs(agent.Rejection{Title: admission.PlainTitle(title), Reason: reason})
}

func (d *draft) rejectAs(r agent.Rejection) {
	if len(d.rejected) < MaxRejections {
		d.rejected = append(d.rejected, r)
	}
}

// rows returns the rules to save, in the order of the first change.
func (d *draft) rows() []*agent.Heuristic { return slices.Clone(d.order) }

// report adds to learned what was saved and what was not.
func (d *draft) report(saved []*agent.Heuristic, learned *agent.Learned) {
	for i, h := range d.order {
		change := d.changes[h]
		if i >= len(saved) || saved[i] == nil {
			d.reject(h.Title, "a person deleted or banned this rule")
			continue
		}
		change.ID, change.Title = saved[i].ID, saved[i].Title
		learned.Changes = append(learned.Changes, change)
		if at, known := d.at[h.Supersedes]; known && d.turned[h.Supersedes] {
			old := d.lesson.Rules[at]
			learned.Changes = append(learned.Changes, agent.RuleChange{ID: old.ID, Title: old.Title, Op: opRetired, Reason: rulestore.TurnedTo(change.ID)})
		}
	}
	learned.Rejected = append(learned.Rejected, d.rejected...)
}

// sameStates reports whether two tables hold the same.
func sameStates(a, b *agent.StateTable) bool {
	return a == b || a != nil && b != nil && string(a.Data) == string(b.Data)
}
