package agent

import (
	"math"
	"slices"
)

// Flag marks something about a score that people should see.
type Flag string

// The flags of LEARNING §3.
const (
	FlagUnscored            Flag = "unscored"             // the critic gave no usable score; Φ is carried over
	FlagUnsupportedEvidence Flag = "unsupported_evidence" // nothing cited was found to have changed; Δ set to 0
	FlagDrift               Flag = "drift"                // the critic's own Φ before was more than 1 away from the chain
	FlagLowConfidence       Flag = "low_confidence"       // confidence < 0.3; Δ halved
	FlagSecondRead          Flag = "second_read"          // |Δ| > 3; read twice
	FlagDisputed            Flag = "disputed"             // the second read disagreed; the smaller |Δ| was taken
	FlagRepaired            Flag = "repaired"             // the answer needed one repair retry
	FlagCached              Flag = "cached"               // this state was scored before for this purpose
	FlagCarried             Flag = "carried"              // DONE could not be scored; the last Φ stands
	FlagFlat                Flag = "flat"                 // the critic gave different states one and the same score
	FlagCorrected           Flag = "corrected"            // a person's word, in place of the critic's
	FlagSplit               Flag = "split"                // the critics of a panel are more than 2 apart
)

// Evidence is what a critic cites for a change: a JSON pointer into the new
// state's data, or a quoted span of its summary or data.
type Evidence struct {
	Pointer  string `json:"pointer,omitempty"`
	Quote    string `json:"quote,omitempty"`
	Verified bool   `json:"verified"`
	Note     string `json:"note,omitempty"` // what the check found
}

// Score is a critic's word about one change. Φ chains: PhiBefore is the
// PhiAfter of the step before. Delta is PhiAfter − PhiBefore, always.
type Score struct {
	PhiBefore  float64    `json:"phi_before"`
	PhiAfter   float64    `json:"phi_after"`
	Delta      float64    `json:"delta"`
	Reasoning  string     `json:"reasoning,omitempty"`
	Evidence   []Evidence `json:"evidence,omitempty"`
	Confidence float64    `json:"confidence"`
	Flags      []Flag     `json:"flags,omitempty"`
	// Critic names who scored: a model, CriticPotential or "learned estimate".
	Critic string `json:"critic"`
	// OwnPhiBefore is the critic's own opinion of the state before, where it gave one.
	OwnPhiBefore *float64 `json:"own_phi_before,omitempty"`
	// Panel holds what each critic said, where several were asked.
	Panel  []Opinion `json:"panel,omitempty"`
	Usage  Usage     `json:"usage,omitzero"`
	Prompt string    `json:"prompt,omitempty"` // name@hash of the prompt template
}

// ends reports whether Φ ends the run at the early stop. Where the environment
// knows the outcome, or will (later), a critic that may err has to wait for its
// word.
func (s *Score) ends(early float64, verdict *Verdict, later bool) bool {
	if !s.Known() || s.PhiAfter < early {
		return false
	}
	return verdict == nil && !later || verdict != nil && verdict.Success || s.Critic == CriticPotential
}

// Unscored returns the score of a step that could not be scored: Φ stays, and
// the flag says so.
func Unscored(phi float64, critic, reason string) Score {
	return Score{PhiBefore: phi, PhiAfter: phi, Reasoning: reason, Flags: []Flag{FlagUnscored}, Critic: critic}
}

// Known reports whether the score is an opinion about the state at all.
func (s Score) Known() bool { return !s.Has(FlagUnscored) }

// Has reports whether the score carries the flag.
func (s Score) Has(flag Flag) bool {
	return slices.Contains(s.Flags, flag)
}

// WithDelta returns the score moved to PhiBefore + delta, kept within 0 to 10,
// so that the three numbers stay consistent.
func (s Score) WithDelta(delta float64) Score {
	s.PhiAfter = min(max(s.PhiBefore+delta, 0), MaxPhi)
	s.Delta = s.PhiAfter - s.PhiBefore
	return s
}

// ValidPhi reports whether x can be a Φ: a number from 0 to 10.
func ValidPhi(x float64) bool { return !math.IsNaN(x) && x >= 0 && x <= MaxPhi }

// Source says whose word an outcome is.
type Source string

// The sources, best first. SourceNobody is that of an outcome that nobody gave:
// no environment's word, and not one score of a critic.
const (
	SourceEnvironment Source = "environment"
	SourceVerifier    Source = "verifier"
	SourceCritic      Source = "critic"
	SourceNobody      Source = "nobody"
)

// SuccessPhi is the Φ above which a critic's word counts as success, where
// nobody knows the truth.
const SuccessPhi = 7.0

// Outcome is the one definition of success: the environment's word where
// there is one, else the critic's final Φ above SuccessPhi. Result, value,
// credit and distillation all use it. Where nobody gave a word at all (see
// [Outcome.Known]) it is neither success nor failure, and nothing uses it.
type Outcome struct {
	Success bool    `json:"success"` // false where nobody said
	Source  Source  `json:"source" enum:"environment,verifier,critic,nobody" doc:"whose word it is; nobody: neither the environment nor a critic said anything, so it counts neither as a success nor as a failure"`
	Score   float64 `json:"score"` // 0 to 1
}

// Known reports whether anybody said what became of the task.
func (o Outcome) Known() bool { return o.Source != SourceNobody }

// Word is the outcome in words: "solved", "not solved" or "nobody said".
func (o Outcome) Word() string {
	switch {
	case !o.Known():
		return "nobody said"
	case o.Success:
		return "solved"
	}
	return "not solved"
}

// CriticOutcome returns the outcome by a final Φ alone.
func CriticOutcome(finalPhi float64) Outcome {
	return Outcome{Success: finalPhi > SuccessPhi, Source: SourceCritic, Score: finalPhi / MaxPhi}
}

// Opinion is what one critic of a panel said.
type Opinion struct {
	Critic     string  `json:"critic"`
	Phi        float64 `json:"phi"`
	Confidence float64 `json:"confidence"`
	Reasoning  string  `json:"reasoning,omitempty"`
	Unscored   bool    `json:"unscored,omitempty"` // it gave no usable score
}

// CriticPotential is the critic's name in a score that is the environment's own
// measure (Potential).
const CriticPotential = "environment potential"

// PersonCritic is the critic's name in a score that is a person's word.
const PersonCritic = "a person"
