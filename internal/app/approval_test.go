package app

import (
	"testing"

	"purposeagent/agent"
	"purposeagent/environments"
)

// TestApprovalByEnvironment holds that an environment which asks by itself is
// asked for by a run that says nothing, and by no other.
func TestApprovalByEnvironment(t *testing.T) {
	r, err := environments.NewRegistry(environments.Builtin("test")...)
	if err != nil {
		t.Fatal(err)
	}
	a := &App{Registry: r}
	for _, tt := range []struct{ environment, said, want string }{
		{"mcp", "", "destructive"}, {"mcp", "none", "none"}, {"mcp", "every", "every"}, {"mcp", " ", "destructive"},
		{"maze", "", ""}, {"maze", "none", ""}, {"maze", "every", "every"}, {"nowhere", "every", "every"},
	} {
		if got := a.approval(agent.RunSpec{Environment: agent.EnvironmentRef{Name: tt.environment}, Approval: tt.said}); got != tt.want {
			t.Errorf("%s, %q: %q, want %q", tt.environment, tt.said, got, tt.want)
		}
	}
}

// TestNobodyIsAskedInTheLab holds that an experiment refuses actions that a person
// would have to approve.
func TestNobodyIsAskedInTheLab(t *testing.T) {
	env := &agent.SimpleEnvironment{Specs: []agent.ActionSpec{{Name: "look"}}}
	if got, err := unasked(env); got != env || err != nil {
		t.Errorf("a harmless one: %v", err)
	}
	env.Specs = append(env.Specs, agent.ActionSpec{Name: "drop", Destructive: true})
	if _, err := unasked(env); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("got %v", err)
	}
}
