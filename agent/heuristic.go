package agent

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"purposeagent/agent/credit"
	"purposeagent/agent/search"
)

// Tier is one of the three memory tiers (MUSE, arXiv 2510.08002).
type Tier string

// The tiers.
const (
	Strategic  Tier = "strategic"  // dilemma → strategy, in the system prompt
	Procedural Tier = "procedural" // ordered steps, fetched when the pattern fits
	Tool       Tier = "tool"       // a tip bound to one action, shown beside it
)

// Tiers lists the tiers in the order in which pages show them.
var Tiers = []Tier{Strategic, Procedural, Tool}

// Kind tells rules of advice from recorded facts.
type Kind string

// The kinds.
const (
	KindRule     Kind = "rule"     // when … do …
	KindWorkflow Kind = "workflow" // ordered steps lifted from a success
	KindDynamics Kind = "dynamics" // a fact about the environment
)

// Status is a heuristic's place in its life (LEARNING §7). Pinning is kept
// apart: a pinned heuristic is always shown, and only a person unpins it.
type Status string

// The statuses.
const (
	Candidate Status = "candidate"
	Probation Status = "probation"
	Active    Status = "active"
	Retired   Status = "retired"
	Archived  Status = "archived"
	Banned    Status = "banned"
)

// Statuses lists the statuses in the order in which pages show them.
var Statuses = []Status{Active, Probation, Candidate, Retired, Archived, Banned}

// Author says who wrote a heuristic.
type Author string

// The kinds of authors; a model's name follows "model:", a pack's "import:".
const (
	AuthorDistiller Author = "rule distiller"
	AuthorHuman     Author = "human"
	AuthorModel     Author = "model:"  // prefix
	AuthorImport    Author = "import:" // prefix: rules of a pack, which have to prove themselves here
)

// EvidenceRef points to a step that speaks for or against a heuristic.
type EvidenceRef struct {
	Run   string  `json:"run"`
	Step  int     `json:"step"`
	Delta float64 `json:"delta"`
	Good  bool    `json:"good"`
}

// MaxEvidence bounds the references kept with one heuristic; the counts go on.
const MaxEvidence = 12

// Condition is one test of a predicate: a generic feature that must hold or must not.
type Condition struct {
	Feature string `json:"feature"`
	Holds   bool   `json:"holds"`
}

// Predicate is a pattern that a program can read: it speaks of one lifted
// action in the situations where all conditions are met, or with States of
// exact states.
type Predicate struct {
	Action string            `json:"action,omitempty"`
	Params map[string]string `json:"params,omitempty"` // the template's constants
	When   []Condition       `json:"when,omitempty"`
	// Prior is the mean that the rule backs off to: the posterior of the rule
	// it was split from, and what was seen of it that speaks weakly or neither
	// way (LEARNING §9).
	Prior float64 `json:"prior"`
	// States is what was counted of exact states, nil for all other rules. Action
	// and When are empty beside it.
	States *StateTable `json:"states,omitempty"`
	// Behind is how many transitions stand behind Prior; 0 means κ = 2.
	Behind float64 `json:"behind,omitempty"`
}

// PriorWeight is κ, what stands behind a prior that nothing was added to, in
// transitions (docs/learning.md, §9).
const PriorWeight = 2.0

// Backing returns the mean that a rule backs off to, and how many transitions
// stand behind it.
func (p *Predicate) Backing() (mean, behind float64) {
	if p == nil {
		return PriorSupport, PriorWeight
	}
	if !(p.Behind > 0) {
		return p.Prior, PriorWeight
	}
	return p.Prior, p.Behind
}

// Heuristic is one learned or taught rule.
type Heuristic struct {
	ID        string   `json:"id"`
	Version   int      `json:"version"`
	ParentIDs []string `json:"parent_ids,omitempty"`
	Tier      Tier     `json:"tier"`
	Kind      Kind     `json:"kind"`
	Title     string   `json:"title"`
	Pattern   string   `json:"pattern"`         // when
	Strategy  string   `json:"strategy"`        // do
	Avoid     string   `json:"avoid,omitempty"` // or don't
	Because   string   `json:"because,omitempty"`
	Steps     []string `json:"steps,omitempty"`
	// Action is the action a Tool tip is bound to.
	Action    string        `json:"action,omitempty"`
	Predicate *Predicate    `json:"predicate,omitempty"`
	Scope     Scope         `json:"scope"`
	Evidence  []EvidenceRef `json:"evidence,omitempty"`
	Good      int           `json:"good"` // transitions that spoke for it
	Bad       int           `json:"bad"`  // transitions that spoke against it
	Author    Author        `json:"author"`
	Status    Status        `json:"status"`
	// StatusBy names the person who set the status by hand. Learning does not
	// change a status that a person set. Empty where learning set it.
	StatusBy string `json:"status_by,omitempty"`
	// MergedInto is the rule that says this from now on, where a person merged
	// two. The row stays, retired, with its history.
	MergedInto string `json:"merged_into,omitempty"`
	// SucceededBy is the rule that speaks about this case from now on, since the
	// advice turned or a person gave it another condition. The row stays, retired, and
	// keeps what was counted of it. Supersedes names the row that this one is the
	// successor of.
	SucceededBy string `json:"succeeded_by,omitempty"`
	Supersedes  string `json:"supersedes,omitempty"`
	Pinned      bool   `json:"pinned"`
	// ByHand names the words (title, pattern, …) that a person gave a rule of another
	// author, in the order of the alphabet. Learning leaves them as they are and goes on
	// counting.
	ByHand []string `json:"by_hand,omitempty"`
	// Shelved says that the rule was archived since the laws of its world seem to
	// have changed. Learning does not bring it back, whatever it learns anew.
	Shelved bool `json:"shelved,omitempty"`
	// Conflicts names rules that say the opposite for the same case. Of two that
	// are both in use, each run draws one.
	Conflicts []string `json:"conflicts,omitempty"`
	// QValue is the classical exponential average of task rewards, 0 to 1.
	// It is confounded by task difficulty and kept for comparison only.
	QValue float64 `json:"q_value"`
	Shown  int     `json:"shown"` // steps it was shown in
	Cited  int     `json:"cited"` // steps it was followed in
	Tasks  int     `json:"tasks"` // tasks it was shown in
	// Cost is what its words have cost: the calls of language models that wrote
	// and rewrote it, each shared among the rules that came of it.
	Cost Usage `json:"cost,omitzero"`
	// Credit is what decisions use: advantage, hold-out uplift, checked predictions.
	Credit    credit.Credit `json:"credit,omitzero"`
	CreatedAt time.Time     `json:"created_at"`
	UpdatedAt time.Time     `json:"updated_at"`
}

// States returns the rule's table of exact states, or nil.
func (h *Heuristic) States() *StateTable {
	if h.Predicate == nil {
		return nil
	}
	return h.Predicate.States
}

// Usable reports whether the heuristic may enter a prompt.
func (h *Heuristic) Usable() bool {
	if h.Status == Banned {
		return false
	}
	return h.Pinned || h.Status == Active || h.Status == Probation
}

// InUse reports whether the heuristic is in use or may come into it.
func (h *Heuristic) InUse() bool { return h.Usable() || h.Status == Candidate }

// Support returns the posterior mean that following the heuristic is good:
// (good + κ·prior) / (n + κ), with κ = 2 or what stands behind the prior (LEARNING
// §9). Without a predicate the prior is 0.3.
func (h *Heuristic) Support() float64 {
	prior, behind := h.Predicate.Backing()
	return (float64(h.Good) + behind*prior) / (float64(h.Good+h.Bad) + behind)
}

// PriorSupport is the mean support of a rule before any evidence.
const PriorSupport = 0.3

// Against reports whether the heuristic speaks against something and for nothing.
func (h *Heuristic) Against() bool { return h.Avoid != "" && h.Strategy == "" }

// UnprovenBan reports whether the heuristic speaks against an action as such, in any
// state, and was counted without showing harm: the action was good at times, or did
// nothing when it was tried. Whoever takes it at its word never finds the state in
// which the action is right, so that it proves itself. It stands for who weighs counts
// and explores; neither prompts nor playbooks tell it, unless a person confirmed it.
func (h *Heuristic) UnprovenBan() bool {
	if !h.Counted() || h.ByPeople() || len(h.ByHand) > 0 || !h.Against() || len(h.Predicate.When)+len(h.Predicate.Params) > 0 {
		return false
	}
	lost := 0.0
	for _, e := range h.Evidence {
		lost -= e.Delta
	}
	return h.Good > 0 || len(h.Evidence) == 0 || lost < harm*float64(len(h.Evidence))
}

// harm is the mean loss of Φ from which an action does harm.
const harm = 0.1

// Key identifies what a heuristic says, whoever said it and however often: its
// normalised words, or the predicate and whether it speaks against the action where
// that says it all (see InWords). Two heuristics of one scope with the same key are
// the same heuristic.
func (h *Heuristic) Key() string {
	if !h.InWords() {
		switch {
		case h.Procedure():
			return "p:" + h.Predicate.key() + " steps " + strings.Join(h.Steps, "; ")
		case h.Against():
			return "p:avoid " + h.Predicate.key()
		}
		return "p:" + h.Predicate.key()
	}
	var key strings.Builder
	key.WriteString("t:" + string(h.Tier) + ":" + search.Normalize(h.Pattern+" | "+h.Strategy+" | "+h.Avoid))
	for _, more := range append([]string{h.Action}, h.Steps...) {
		if more = search.Normalize(more); more != "" {
			key.WriteString("|" + more)
		}
	}
	return key.String()
}

// key writes all but the prior, in one order, so that equal predicates have
// equal keys.
func (p *Predicate) key() string {
	if p.States != nil {
		return "exact states" // of its scope: there is one such rule
	}
	b := appendQuote(make([]byte, 0, 256), p.Action)
	for _, name := range slices.Sorted(maps.Keys(p.Params)) {
		b = append(b, ' ')
		b = appendQuote(b, name)
		b = append(b, '=')
		b = appendQuote(b, p.Params[name])
	}
	when := slices.Clone(p.When)
	slices.SortFunc(when, func(x, y Condition) int {
		if c := strings.Compare(x.Feature, y.Feature); c != 0 {
			return c
		}
		return compareBool(x.Holds, y.Holds)
	})
	for _, c := range slices.Compact(when) {
		b = append(b, " &"...)
		if !c.Holds {
			b = append(b, '!')
		}
		b = appendQuote(b, c.Feature)
	}
	return string(b)
}

// appendQuote is strconv.AppendQuote, and faster where nothing needs an escape.
func appendQuote(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return strconv.AppendQuote(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// Counted reports whether a rule is an estimate that the rule distiller counts
// from transitions, and no claim.
func (h *Heuristic) Counted() bool {
	return h.Predicate != nil && h.Author == AuthorDistiller && h.Kind != KindWorkflow
}

// Procedure reports whether a rule is a procedure that a program can follow, as the rule
// distiller lifts them from successes: its condition says for which tasks, its steps are
// actions by their names and the constants that are fixed, with a name in braces for
// each thing and each constant that differs.
func (h *Heuristic) Procedure() bool {
	return h.Kind == KindWorkflow && len(h.Steps) > 0 && h.Predicate != nil && h.Predicate.States == nil && h.Predicate.Action == ""
}

// Lifted reports whether a rule is a procedure that the rule distiller lifted.
func (h *Heuristic) Lifted() bool { return h.Procedure() && h.Author == AuthorDistiller }

// InWords reports whether the words of a rule say what it says. A predicate that a
// model wrote beside its words only tells when they hold: two claims under one
// condition are two rules. All other predicates are the rule.
func (h *Heuristic) InWords() bool {
	return h.Predicate == nil || h.Author.Model()
}

// InTrial reports whether a rule is one of those that language models wrote and that
// have to prove themselves: they are in prompts at once, and withheld as one set
// (docs/learning.md, §7).
func (h *Heuristic) InTrial() bool {
	return h.Status == Probation && !h.Pinned && h.StatusBy == "" && h.Author.Model()
}

// doubtedAfter is how many tasks a rule in trial may be shown in undecided before it
// is in doubt, and claims so many misses.
const doubtedAfter = 8

// InDoubt reports whether a rule in trial is one that a hold-out of its own has to
// decide on: something spoke against it, or nothing has decided for long.
func (h *Heuristic) InDoubt() bool {
	return h.InTrial() && (h.Credit.Misses > 0 || h.Credit.Contradicted > 0 || h.Tasks >= doubtedAfter)
}

// link reports whether a rule is one link of a chain: what was counted, or a tip with
// a condition that a program reads. It has no uplift before the other links are in, so that it goes
// by its checked predictions, and the hold-out acts on the set
// (docs/learning.md, §7).
func (h *Heuristic) link() bool { return h.Counted() || h.Tier == Tool && h.Predicate != nil }

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
