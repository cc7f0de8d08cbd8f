package agent

import (
	"fmt"
	"time"

	"purposeagent/agent/credit"
	"purposeagent/agent/files"
)

// Usage is what model calls spent.
type Usage struct {
	TokensIn     int64   `json:"tokens_in"` // those from a cache included
	TokensOut    int64   `json:"tokens_out"`
	TokensCached int64   `json:"tokens_cached,omitempty"` // of TokensIn, read from the provider's cache
	Calls        int     `json:"calls"`
	USD          float64 `json:"usd,omitempty"` // by the price table; 0 where it has no price
	// Estimated marks tokens, and with them dollars, of which a part at least is
	// estimated from the length of texts, since a server reported no usage.
	Estimated bool `json:"estimated,omitempty"`
}

// Add returns the sum. It is an estimate where a part of it is one.
func (u Usage) Add(v Usage) Usage {
	return Usage{u.TokensIn + v.TokensIn, u.TokensOut + v.TokensOut, u.TokensCached + v.TokensCached, u.Calls + v.Calls, u.USD + v.USD, u.Estimated || v.Estimated}
}

// Share returns an nth of what was spent, rounded up to whole tokens; the calls
// stay whole.
func (u Usage) Share(n int) Usage {
	d := int64(max(n, 1))
	up := func(tokens int64) int64 { return (tokens + d - 1) / d }
	return Usage{up(u.TokensIn), up(u.TokensOut), up(u.TokensCached), u.Calls, u.USD / float64(d), u.Estimated}
}

// Tokens returns tokens in and out together.
func (u Usage) Tokens() int64 { return u.TokensIn + u.TokensOut }

// Use says what became of a rule in one step.
type Use string

// The uses of a rule in a step.
const (
	UseCited    Use = "cited"    // shown, and the actor followed it
	UseShown    Use = "shown"    // in the prompt, or before the reasoner
	UseWithheld Use = "withheld" // retrieved and held out at random
	UseEligible Use = "eligible" // in use, but it lost its place
	UseShadow   Use = "shadow"   // a candidate that would have been shown
)

// RuleUse records a rule's part in a step. Credit goes by these records only.
type RuleUse struct {
	ID      string  `json:"id"`
	Version int     `json:"version"`
	Tier    Tier    `json:"tier"`
	Title   string  `json:"title"`
	Use     Use     `json:"use"`
	Status  Status  `json:"status,omitempty"` // as it was at that step
	Score   float64 `json:"score"`
	// Propensity is the probability with which the rule was let in, 0 to 1;
	// below 1 where it could have been withheld at random.
	Propensity float64 `json:"propensity,omitempty"`
	Why        string  `json:"why,omitempty"`
	// Parts is what Score is made of, where Retrieve ranked the rule.
	Parts *ScoreParts `json:"parts,omitempty"`
}

// ExampleUse records a remembered trajectory that was put before the actor.
type ExampleUse struct {
	ID    string  `json:"id"`
	Score float64 `json:"score"`
	Label string  `json:"label"`
}

// Timing is how long the parts of a step took.
type Timing struct {
	Decide  time.Duration `json:"decide_ns"`
	Execute time.Duration `json:"execute_ns"`
	Score   time.Duration `json:"score_ns"`
}

// Step is one decision and what came of it. Index counts from 1.
type Step struct {
	Index  int       `json:"index"`
	Before State     `json:"before"`
	Action Action    `json:"action"`
	After  State     `json:"after"`
	Score  Score     `json:"score"`
	Memory []RuleUse `json:"memory,omitempty"`
	// Retrieval says how Memory came about; its own list of rules is empty,
	// since Memory is that list. nil where there was nothing to retrieve from.
	Retrieval *Retrieval   `json:"retrieval,omitempty"`
	Examples  []ExampleUse `json:"examples,omitempty"`
	// Error is the environment's or our own message when the action failed.
	Error string `json:"error,omitempty"`
	// Verdict is the environment's true word about After. It is never shown to the actor.
	Verdict *Verdict `json:"verdict,omitempty"`
	// Prompt is name@hash of the actor's prompt template, empty for the reasoner.
	Prompt string `json:"prompt,omitempty"`
	// Approval is a person's part in the step, nil where nobody was asked.
	Approval *Approval `json:"approval,omitempty"`
	Usage    Usage     `json:"usage,omitzero"`
	Timing   Timing    `json:"timing"`
	At       time.Time `json:"at"`
	// Files are what the environment shows of the step, for people only.
	Files []files.File `json:"files,omitempty"`
}

// Scope says where a rule was learned and so where it may be used.
type Scope struct {
	Environment string `json:"environment"`
	Dynamics    string `json:"dynamics,omitempty"`
	Schema      string `json:"schema"` // SchemaHash of the actions
}

// ScopeOf returns the scope of an environment known by name.
func ScopeOf(name string, env Environment) Scope {
	return Scope{Environment: name, Dynamics: DescriptionOf(env).Dynamics, Schema: SchemaHash(env.Actions())}
}

// Trajectory is one finished episode. It is immutable evidence; only the
// classical value that a Replay keeps beside it changes.
type Trajectory struct {
	ID      string `json:"id"`
	Run     string `json:"run"`
	Scope   Scope  `json:"scope"`
	Task    Task   `json:"task"`
	Type    string `json:"type,omitempty"` // of the task (TaskType); credit is measured within it
	Initial State  `json:"initial"`
	// Begun is the environment's true word about Initial, where it gave one.
	Begun *Verdict `json:"begun,omitempty"`
	Steps []Step   `json:"steps"`
	// Judged is the word of a Judge at the end, where there is one.
	Judged  *Verdict `json:"judged,omitempty"`
	Outcome Outcome  `json:"outcome"`
	End     End      `json:"end,omitempty"`
	// Holdout says whether chance kept the learned set out of this run.
	Holdout credit.SetHoldout `json:"holdout,omitzero"`
	// Steered says that a person had a part in what was done: its outcome says
	// nothing about rules.
	Steered bool      `json:"steered,omitempty"`
	At      time.Time `json:"at"`
}

// SuccessRate is the share of scored steps with Δ > 0; 0 without scored steps.
func (t *Trajectory) SuccessRate() float64 {
	scored, better := 0, 0
	for i := range t.Steps {
		if s := &t.Steps[i].Score; s.Known() {
			scored++
			if s.Delta > 0 {
				better++
			}
		}
	}
	if scored == 0 {
		return 0
	}
	return float64(better) / float64(scored)
}

// CumulativeReward is Σ max(Δ, 0).
func (t *Trajectory) CumulativeReward() float64 {
	sum := 0.0
	for i := range t.Steps {
		sum += max(t.Steps[i].Score.Delta, 0)
	}
	return sum
}

// TotalDelta is Σ Δ.
func (t *Trajectory) TotalDelta() float64 {
	sum := 0.0
	for i := range t.Steps {
		sum += t.Steps[i].Score.Delta
	}
	return sum
}

// FinalPhi is Φ after the last step; 0 without steps.
func (t *Trajectory) FinalPhi() float64 {
	if len(t.Steps) == 0 {
		return 0
	}
	return t.Steps[len(t.Steps)-1].Score.PhiAfter
}

// FinalState is the state after the last action, always.
func (t *Trajectory) FinalState() State {
	if len(t.Steps) == 0 {
		return t.Initial
	}
	return t.Steps[len(t.Steps)-1].After
}

// Usage is what the model calls of all steps spent.
func (t *Trajectory) Usage() Usage {
	var u Usage
	for i := range t.Steps {
		u = u.Add(t.Steps[i].Usage).Add(t.Steps[i].Score.Usage)
	}
	return u
}

// TaskResult is what a run came to.
type TaskResult struct {
	Run              string  `json:"run"`
	Success          bool    `json:"success"`
	Outcome          Outcome `json:"outcome"`
	StopReason       string  `json:"stop_reason"`
	TotalSteps       int     `json:"total_steps"`
	CumulativeReward float64 `json:"cumulative_reward"`
	FinalPhi         float64 `json:"final_phi"`
	TotalDelta       float64 `json:"total_delta"`
	SuccessRate      float64 `json:"success_rate"`
	FinalState       State   `json:"final_state"`
	Usage            Usage   `json:"usage"`
}

// Result folds a trajectory and the reason it ended into a result.
func (t *Trajectory) Result(reason string) TaskResult {
	return TaskResult{
		Run: t.Run, Success: t.Outcome.Success, Outcome: t.Outcome, StopReason: reason,
		TotalSteps: len(t.Steps), CumulativeReward: t.CumulativeReward(), FinalPhi: t.FinalPhi(),
		TotalDelta: t.TotalDelta(), SuccessRate: t.SuccessRate(), FinalState: t.FinalState(), Usage: t.Usage(),
	}
}

// Summary says the result in one sentence.
func (r TaskResult) Summary() string {
	word := r.Outcome.Word()
	switch {
	case !r.Outcome.Known():
		word += " whether it was solved"
	case r.Outcome.Source == SourceCritic:
		word += " (the critic says)"
	}
	plural := "s"
	if r.TotalSteps == 1 {
		plural = ""
	}
	rose := fmt.Sprintf("%.0f %% of the steps improved", 100*r.SuccessRate)
	if !r.Success && r.SuccessRate > 0 {
		rose = fmt.Sprintf("%.0f %% of the steps raised Φ, which did not reach the purpose", 100*r.SuccessRate)
	}
	return fmt.Sprintf("%s in %d step%s, final Φ %.1f, Σ Δ %+.1f, %s; ended because %s",
		word, r.TotalSteps, plural, r.FinalPhi, r.TotalDelta, rose, r.StopReason)
}
