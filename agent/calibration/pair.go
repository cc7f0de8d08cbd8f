package calibration

import (
	"slices"

	"purposeagent/agent"
)

// CriticKey names a critic in one scope.
type CriticKey struct {
	Critic string      `json:"critic"`
	Scope  agent.Scope `json:"scope"`
}

// CriticPair is what a critic said at the end of a task and what became of it
// by the environment's or a verifier's word.
type CriticPair struct {
	Run     string  `json:"run"`
	Phi     float64 `json:"phi"`
	Success bool    `json:"success"`
}

// CriticPairOf returns the pair of a finished trajectory and whose it is. It
// is false where nobody but the critic knows the outcome, and where no step was
// scored: Φ is the one after the last step, by whoever scored last.
func CriticPairOf(t *agent.Trajectory) (CriticKey, CriticPair, bool) {
	if t == nil || t.Run == "" || t.Outcome.Source != agent.SourceEnvironment && t.Outcome.Source != agent.SourceVerifier {
		return CriticKey{}, CriticPair{}, false
	}
	for i := range slices.Backward(t.Steps) {
		if s := &t.Steps[i].Score; s.Known() && s.Critic != "" && s.Critic != agent.PersonCritic && agent.ValidPhi(t.FinalPhi()) {
			return CriticKey{s.Critic, t.Scope}, CriticPair{t.Run, t.FinalPhi(), t.Outcome.Success}, true
		}
	}
	return CriticKey{}, CriticPair{}, false
}
