package roles

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"purposeagent/agent"
)

// PhiWord is a person's word on the state after a step: what Φ is there, instead
// of what the critic said.
type PhiWord struct {
	Run    string    `json:"run"`
	Step   int       `json:"step"`
	Phi    float64   `json:"phi"`
	Was    float64   `json:"was"` // the critic's
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// CheckPhiWord returns CodeInvalid, with a message per field, for a Φ that is
// none and for a word without a reason.
func CheckPhiWord(phi float64, reason string) error {
	fields := map[string]string{}
	if !agent.ValidPhi(phi) {
		fields["phi"] = fmt.Sprintf("must be a number from 0 to 10, got %g", phi)
	}
	if _, err := agent.CheckNote(reason); err != nil {
		fields["reason"] = fmt.Sprintf("say why, in at most %d bytes", agent.MaxNoteBytes)
	}
	if len(fields) > 0 {
		return agent.InvalidFields(fields)
	}
	return nil
}

// PhiKey identifies what a person's word holds for: a state, in an environment,
// for a task, whoever the critic is.
func PhiKey(environment string, task agent.Task, state agent.State) string {
	task = task.WithDefaults()
	sum := sha256.Sum256(schemaJSON([]string{environment, task.Purpose, task.Description, state.Hash()}))
	return hex.EncodeToString(sum[:16])
}

// PhiWords keeps what people said. It is asked at every step, so it has to be quick.
type PhiWords interface {
	// PhiWord returns a person's word by its PhiKey; ok is false where nobody
	// said one.
	PhiWord(key string) (word PhiWord, ok bool)
	// Empty reports whether nobody ever said anything.
	Empty() bool
}

// Corrected is a critic whose word people have corrected: where a person said
// what Φ is in a state, that is its Φ.
type Corrected struct {
	Critic      agent.Critic
	Words       PhiWords
	Environment string
}

var _ agent.Critic = (*Corrected)(nil)

// Assess returns the person's word on the new state where there is one, with
// FlagCorrected, and asks the critic where there is none.
func (c *Corrected) Assess(ctx context.Context, a agent.Assessment) (agent.Score, error) {
	if c.Words.Empty() {
		return c.Critic.Assess(ctx, a)
	}
	word, ok := c.Words.PhiWord(PhiKey(c.Environment, a.Task, a.After))
	if !ok {
		return c.Critic.Assess(ctx, a)
	}
	s := agent.Score{PhiBefore: a.PhiBefore, PhiAfter: word.Phi, Confidence: 1, Critic: agent.PersonCritic, Flags: []agent.Flag{agent.FlagCorrected},
		Reasoning: fmt.Sprintf("%s said so of run %s, step %d: %s", cmp.Or(word.By, agent.PersonCritic), word.Run, word.Step, word.Reason)}
	if a.Before == nil {
		s.PhiBefore = s.PhiAfter
	}
	s.Delta = s.PhiAfter - s.PhiBefore
	return s, ctx.Err()
}
