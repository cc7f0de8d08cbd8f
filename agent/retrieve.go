package agent

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"strings"

	"purposeagent/agent/credit"
)

// Constants of retrieval (docs/learning.md, §4).
const (
	RulesPerTier    = 3    // a longer list drowns the task
	WordsFloor      = 0.05 // likeness by words below which a rule is not about this step
	VectorFloor     = 0.15 // cosine below which it is not
	WeightAdvantage = 1.0  // λ
	WeightBonus     = 0.5  // c
	WeightRedundant = 0.3  // ρ
	recallBreadth   = 50   // candidates of each list
	MaxResultLength = 200  // of an action's result, in a query and in a prompt, in bytes
	MaxQueryPart    = 4_000
)

// Retrieval is the record of one retrieval, so that a page can always answer
// why this rule and why not that one.
type Retrieval struct {
	// By names who read the library in its own way; "" for Retrieve.
	By    string `json:"by,omitempty"`
	Query string `json:"query,omitempty"`
	// Explored is true while learning: advantages were drawn and rules withheld
	// at random. In evaluation posterior means count and nothing is withheld.
	Explored   bool `json:"explored,omitempty"`
	Considered int  `json:"considered"`      // rules in scope that were looked through
	Found      int  `json:"found,omitempty"` // of them above the floor, or applying
	// Applying is how many rules hold now by a condition that a program can read.
	Applying int `json:"applying,omitempty"`
	// Floor is the likeness by words, VectorFloor the cosine, that a rule must
	// reach in one of the two lists.
	Floor       float64 `json:"floor,omitempty"`
	VectorFloor float64 `json:"vector_floor,omitempty"`
	// Vectors names the embedding model that vectors are of, "" for hashed ones.
	// VectorProblem says why they are hashed although a model is configured.
	Vectors       string `json:"vectors,omitempty"`
	VectorProblem string `json:"vector_problem,omitempty"`
	// Problems says why a Ranker has no part in this, by its name.
	Problems map[string]string `json:"problems,omitempty"`
	// Abstained says why no rule was put before the decider, "" where one was.
	Abstained string    `json:"abstained,omitempty"`
	Rules     []RuleUse `json:"rules,omitempty"` // best first
	More      int       `json:"more,omitempty"`  // found too, and not listed
}

// ScoreParts is what a rule's score is made of:
//
//	score = Z + λ·(Advantage or Draw + Bonus) − ρ·Redundancy
type ScoreParts struct {
	Words  int `json:"words,omitempty"`  // rank by words, from 1; 0: not among the best, or below the floor
	Vector int `json:"vector,omitempty"` // rank by cosine, likewise
	// Ranks are those of further lists, by the Ranker's name; likewise.
	Ranks    map[string]int `json:"ranks,omitempty"`
	Likeness float64        `json:"likeness,omitempty"` // the greatest of likeness by words, cosine and further similarities
	RRF      float64        `json:"rrf,omitempty"`      // Σ 1/(60 + rank)
	Z        float64        `json:"z,omitempty"`        // of RRF among all that were found
	// Advantage is Â, Low the lower end of its interval as the gate of
	// evaluation sees it (LowerBound). Draw replaces Â while learning.
	Advantage  float64  `json:"advantage,omitempty"`
	Low        float64  `json:"low,omitempty"`
	Draw       *float64 `json:"draw,omitempty"`
	Bonus      float64  `json:"bonus,omitempty"`
	Redundancy float64  `json:"redundancy,omitempty"` // the greatest cosine with a rule chosen before
}

// empty reports whether nothing was scored: the rule came by a pin or can't be
// done now.
func (p *ScoreParts) empty() bool {
	return p.Words == 0 && p.Vector == 0 && len(p.Ranks) == 0 && p.Likeness == 0 && p.RRF == 0 && p.Z == 0 &&
		p.Advantage == 0 && p.Low == 0 && p.Draw == nil && p.Bonus == 0 && p.Redundancy == 0
}

// LowerBound is what is surely true of a rule's advantage, as evaluation sees
// it: a rule enters a test only where it is not below 0. It is the better of
// the lower ends that advantage and hold-out give. For an active rule, which
// its uplift, its checked predictions or a person let in, it is at least 0
// until the whole interval of its advantage is below 0; without any task a
// rule in probation has the prior's, −0.49.
func LowerBound(h *Heuristic) float64 {
	a := h.Credit.Advantage()
	low := a.Low
	if u := h.Credit.Uplift; u != nil {
		low = max(low, u.Low)
	}
	if h.Status == Active && a.High >= 0 {
		low = max(low, 0)
	}
	return low
}

// Retrieve chooses the rules for one step, and records how.
//
// The query is the purpose, the observation and the last action with its
// result. The best 50 rules by words (BM25) and the best 50 by cosine of vectors
// (Situation.Semantics, else hashed ones) that reach the floor of their list, and those of
// each Ranker in Situation.Rankers, are joined by reciprocal rank
// fusion, Σ 1/(60 + rank) (Cormack, Clarke and Büttcher, SIGIR 2009). They are
// chosen one by one by
//
//	z(rrf) + λ·[Â + c·σ·√(2·ln(1+N)/(1+n))] − ρ·maxSim(chosen)
//
// where Â is the shrunk advantage (Credit.Advantage), the root is the bonus for
// what was tried little (UCB1, Auer et al. 2002) with n the rule's own and N all
// found rules' weight, and the last term keeps out what says the same again
// (maximal marginal relevance, Carbonell and Goldstein, SIGIR 1998). At most
// three a tier, tool tips only for actions that can be done now, and what a
// person pinned first and always.
//
// While learning (Situation.Explore) Â is drawn from its posterior, a normal one
// around it (Thompson 1933); one rule in probation may come a step, and each
// rule may be withheld from the whole task at random. Its place stays empty
// then, so that the difference is the rule's own and not its substitute's. A
// rule that was never tried gets in by these means alone: nothing is kept out
// for an uncertain advantage.
//
// Applicability comes before likeness. A rule whose condition Situation.Applicability
// can read is found where it holds, whatever its words, and is no candidate where
// it does not. Such rules are ranked by how sure they are (Bearing.Sure) and not
// bound to three a tier: up to MaxApplying of those that advise something come, with
// their Bearing, and words and vectors decide on the others alone.
//
// In evaluation means count, without bonus, and a rule comes only if LowerBound
// is not below 0; if there is none it abstains. Candidates are ranked in either
// case and marked where they would have been shown, never shown.
//
// An empty run, as in a simulation, withholds nothing. Retrieve writes nothing,
// and the same arguments give the same answer.
func Retrieve(ctx context.Context, run string, s *Situation, rules *RuleSet) ([]Recalled, Retrieval) {
	record := Retrieval{Considered: len(rules.Rules) + len(rules.Candidates), Explored: s.Explore, Floor: WordsFloor, VectorFloor: VectorFloor}
	if record.Considered == 0 {
		record.Abstained = "there is no rule for this environment yet"
		return nil, record
	}
	record.Query = retrievalQuery(s)
	c := newChoice(ctx, run, s, rules, &record)
	c.scoreAll()
	c.choose()
	c.shadow()
	return c.outcome(&record)
}

// retrievalQuery is purpose, observation, and the last action with its result,
// each bounded.
func retrievalQuery(s *Situation) string {
	parts := []string{Clip(s.Task.Purpose, MaxQueryPart), Clip(s.State.Summary, MaxQueryPart)}
	if n := len(s.History); n > 0 {
		last := &s.History[n-1]
		parts = append(parts, Clip(last.Action.Label(), MaxResultLength), Clip(last.After.Summary, MaxResultLength))
	}
	return strings.TrimSpace(strings.Join(parts, "\n"))
}

// can reports whether an action with this name can be done now.
func (s *Situation) can(name string) bool {
	if len(s.Legal) == 0 {
		for i := range s.Actions {
			if s.Actions[i].Name == name {
				return true
			}
		}
		return false
	}
	for i := range s.Legal {
		if s.Legal[i].Name == name {
			return true
		}
	}
	return false
}

// standardize returns how many standard deviations each value is above the mean
// of all; 0 for all where they are equal.
func standardize(values []float64) []float64 {
	n, sum, squares := float64(len(values)), 0.0, 0.0
	for _, v := range values {
		sum += v
	}
	mean := sum / max(n, 1)
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	sd := math.Sqrt(squares / max(n, 1))
	z := make([]float64, len(values))
	if sd < 1e-12 {
		return z
	}
	for i, v := range values {
		z[i] = (v - mean) / sd
	}
	return z
}

// explorationBonus is c·σ·√(2·ln(1+N)/(1+n)).
func explorationBonus(a credit.Advantage, all float64) float64 {
	return WeightBonus * a.SD * math.Sqrt(2*math.Log1p(all)/(1+a.N))
}

// drawAdvantage draws from the posterior of Â. Each rule has its own stream, so
// that a draw does not depend on which others were found.
func drawAdvantage(s *Situation, rule string, a credit.Advantage) float64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("retrieve\x00" + rule)) // a hash never fails
	return a.Value + s.Rand(h.Sum64()).NormFloat64()*a.SD/math.Sqrt(a.N+credit.AdvantageShrink)
}

// heldOut draws whether a rule is held out of the run, and returns with which
// probability it was let in. In evaluation, and in a simulation, nothing is.
// Of two rules that contradict each other one is out of each run. What models
// wrote and is in trial is held out as one set, and of those in doubt one a run by
// itself: only that draw is the rule's own, so others have no propensity. A link of
// a chain is held out with its set only.
func heldOut(run string, s *Situation, h *Heuristic, rules *RuleSet) (propensity float64, out bool) {
	if !s.Explore || run == "" {
		return 1, false
	}
	if rival := rules.rival(h); rival != "" {
		first, second := min(h.ID, rival), max(h.ID, rival)
		return credit.WithholdProbation, (h.ID == first) == Withheld(run, s.Task, first+" or "+second, credit.WithholdProbation)
	}
	if h.InTrial() {
		if trialWithheld(run, s.Task) {
			return 0, true
		}
		if rules.doubted(run) == h.ID {
			return 1 - credit.WithholdProbation, Withheld(run, s.Task, h.ID, credit.WithholdProbation)
		}
		return 1, false
	}
	if h.link() {
		return 1, false
	}
	p := WithholdProbability(h)
	return 1 - p, Withheld(run, s.Task, h.ID, p)
}

func heldOutWhy(propensity float64) string {
	if propensity == 0 {
		return fmt.Sprintf("held out of this task with all that is in trial, at random with probability %.2f", credit.WithholdTrial)
	}
	return fmt.Sprintf("held out of this task at random, with probability %.2f, to see what happens without it", 1-propensity)
}
