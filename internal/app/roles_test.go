package app

import (
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/chat"
	"purposeagent/agent/roles"
	"purposeagent/internal/lab"
)

func TestCheckRole(t *testing.T) {
	r := opened(t, Config{Data: t.TempDir(), OpenAIURL: "http://127.0.0.1:1/v1"}).roles
	for _, tt := range []struct {
		name string
		role agent.ModelRole
		ref  string
		want string // in the message; "": it is sound
	}{
		{"the reasoner", agent.ActorRole, "reasoner", ""},
		{"a model", agent.ActorRole, "openai:m", ""},
		{"the built-in words", agent.OptimizerRole, "openai:m?prompt=0", ""},
		{"a panel", agent.CriticRole, "reasoner, openai:m", ""},
		{"a panel of actors", agent.ActorRole, "reasoner, openai:m", "reasoner, openai"},
		{"nobody", agent.ActorRole, "nobody:m", "nobody"},
		{"one of a panel", agent.CriticRole, "reasoner, nobody:m", "nobody"},
		{"a version that is not there", agent.CriticRole, "openai:m?prompt=7", "has no version 7"},
		{"a version in words", agent.ActorRole, "openai:m?prompt=new", "names no version"},
		{"a crowd", agent.CriticRole, strings.Repeat("reasoner,", roles.MaxPanel) + "reasoner", "at most"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := r.check(tt.role, tt.ref)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(agent.MessageOf(err), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// Runs share the critic of a model, so that no state gets two scores, until the
// connection leads elsewhere; an experiment has one of its own.
func TestCriticsAreKept(t *testing.T) {
	a := opened(t, Config{Data: t.TempDir()})
	connect := func(address string) {
		t.Helper()
		if err := a.Models.PutConnection(t.Context(), "Ann", chat.Connection{Name: "mine", Provider: "vllm", BaseURL: address}, false); err != nil {
			t.Fatal(err)
		}
	}
	connect("http://127.0.0.1:1/v1")
	env := agenttest.NewCounter(3)
	ofRun := func() agent.Critic {
		t.Helper()
		c, err := a.roles.critic(agent.RunSpec{Models: agent.ModelRefs{Critic: "mine:m"}}, env)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := ofRun()
	if ofRun() != first {
		t.Error("the next run has another critic")
	}
	parts, err := a.roles.ofExperiment(agent.ModelRefs{Actor: "mine:m", Critic: "mine:m", Optimizer: agent.Reasoner}, 1)
	if err != nil || !parts.ModelCritic || !parts.Examples || parts.ModelDistiller || parts.Claims != nil {
		t.Fatalf("%+v, %v", parts, err)
	}
	one, err1 := parts.Critic(env, agent.Scope{}, nil)
	two, err2 := parts.Critic(env, agent.Scope{}, nil)
	if one != two || one == first || err1 != nil || err2 != nil {
		t.Errorf("an experiment's critic is one for all its tasks: %v; the runs': %v; %v %v", one == two, one == first, err1, err2)
	}
	connect("http://127.0.0.1:2/v1")
	if ofRun() == first {
		t.Error("the critic answers from what the server before said")
	}
}

func TestRolesOfExperimentRefused(t *testing.T) {
	r := opened(t, Config{Data: t.TempDir()}).roles
	for _, tt := range []struct {
		refs  agent.ModelRefs
		field string
	}{
		{agent.ModelRefs{Actor: "nobody:m", Critic: "reasoner", Optimizer: "reasoner"}, "model"},
		{agent.ModelRefs{Actor: "reasoner", Critic: "nobody:m", Optimizer: "reasoner"}, "critic"},
		{agent.ModelRefs{Actor: "reasoner", Critic: lab.CriticNoisy + "loud", Optimizer: "reasoner"}, "critic"},
		{agent.ModelRefs{Actor: "reasoner", Critic: lab.CriticNoisy + "11", Optimizer: "reasoner"}, "critic"},
		{agent.ModelRefs{Actor: "reasoner", Critic: lab.CriticOutcome, Optimizer: "nobody:m"}, "optimizer"},
	} {
		_, err := r.ofExperiment(tt.refs, 1)
		if fields := fieldsOf(err); len(fields) != 1 || fields[tt.field] == "" {
			t.Errorf("%+v: %v", tt.refs, err)
		}
	}
}

func TestKeepIsBounded(t *testing.T) {
	var k keep[int, int]
	for i := range maxKept + 10 {
		got, err := k.get(i, func() (int, error) { return -i, nil })
		if err != nil || got != -i {
			t.Fatalf("%d, %v", got, err)
		}
	}
	k.put(maxKept, 7)
	if got, _ := k.get(maxKept, nil); got != 7 || len(k.items) != maxKept || len(k.order) != maxKept {
		t.Errorf("it holds %d in %d places, and gives %d", len(k.items), len(k.order), got)
	}
	if got, _ := k.get(0, func() (int, error) { return 1, nil }); got != 1 {
		t.Error("the oldest did not go")
	}
}
