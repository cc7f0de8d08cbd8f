package models

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/lifecycle"
)

// policyKey is the setting that says how much learned rules do by themselves.
const policyKey = "library_policy"

type policySetting struct {
	Policy lifecycle.Policy `json:"policy"`
}

// Policy returns how much learned rules may do by themselves;
// lifecycle.Evidence where nobody chose.
func (l *Library) Policy(ctx context.Context) (lifecycle.Policy, error) {
	kept, err := l.db.settings.Get(ctx, policyKey)
	if err != nil || kept.IsEmpty() {
		return lifecycle.Evidence, err
	}
	var s policySetting
	if err := kept.Decode(&s); err != nil {
		return "", fmt.Errorf("decode the library's policy: %w", err)
	}
	return s.Policy, nil
}

// SetPolicy chooses how much learned rules may do by themselves. It moves no
// rule: the next lesson goes by it. Errors: CodeInvalid for an unknown policy.
func (l *Library) SetPolicy(ctx context.Context, actor string, policy lifecycle.Policy) error {
	if !slices.Contains(lifecycle.Policies, policy) {
		return agent.InvalidFields(map[string]string{"policy": "must be evidence, approve or open"})
	}
	value := agent.MustObject(policySetting{policy})
	err := l.db.writeTx(ctx, func(tx *gorm.DB) error {
		if err := putSetting(tx, policyKey, value, nanos(l.db.now())); err != nil {
			return err
		}
		return l.db.audit(tx, actor, "library.policy", string(policy), "library")
	})
	return failed(err, "store the library's policy")
}
