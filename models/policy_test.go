package models

import (
	"path/filepath"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/credit"
	"purposeagent/agent/lifecycle"
)

func TestPolicyIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "purpose.db")
	db, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	l := db.Library()
	if p, err := l.Policy(t.Context()); p != lifecycle.Evidence || err != nil {
		t.Fatalf("a new library's policy is %q, %v", p, err)
	}
	if err := l.SetPolicy(t.Context(), "Ann", "anything"); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("an unknown policy: %v", err)
	}
	if err := l.SetPolicy(t.Context(), "Ann", lifecycle.Approve); err != nil {
		t.Fatal(err)
	}
	task := &credit.TaskRecord{Type: "t", Solved: true, Set: credit.SetHoldout{Propensity: .9}}
	if _, err := l.Save(t.Context(), agent.Batch{Actor: "test", Trajectory: "t1", Scope: agenttest.TestScope, Task: task}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path).Library()
	if p, err := again.Policy(t.Context()); p != lifecycle.Approve || err != nil {
		t.Errorf("after a restart the policy is %q, %v", p, err)
	}
	list, err := again.Ledgers(t.Context())
	if err != nil || len(list) != 1 || list[0].Scope != agenttest.TestScope || list[0].Ledger.Tasks != 1 || len(list[0].Ledger.Set) != 1 {
		t.Errorf("ledgers after a restart = %+v, %v", list, err)
	}
}
