package app

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
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

// judges is a model server that gives every state the same value. It returns its
// address and how often it was asked for a value.
func judges(t *testing.T) (address string, asked func() int64) {
	t.Helper()
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		answer := `{"milestones":["half of it is counted"]}`
		if strings.Contains(string(body), `"phi_after"`) {
			n.Add(1)
			answer = `{"evidence":["/count"],"reasoning":"as seen","phi_after":1,"confidence":1}`
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q}}]}`, answer)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1", n.Load
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
	first, askedFirst := judges(t)
	connect(first)
	env := agenttest.NewCounter(3)
	task := agenttest.CounterTask(1)
	start, err := env.Reset(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	assess := func(c agent.Critic, err error) {
		t.Helper()
		if err == nil {
			_, err = c.Assess(t.Context(), agent.Assessment{Task: task, World: agent.DescriptionOf(env), After: start})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ofRun := func() (agent.Critic, error) {
		return a.roles.critic(agent.RunSpec{Environment: agent.EnvironmentRef{Name: "counter"}, Models: agent.ModelRefs{Critic: "mine:m"}}, env)
	}
	assess(ofRun())
	assess(ofRun())
	if n := askedFirst(); n != 1 {
		t.Errorf("two runs had a state scored %d times", n)
	}
	parts, err := a.roles.ofExperiment(agent.ModelRefs{Actor: "mine:m", Critic: "mine:m", Optimizer: agent.Reasoner}, 1)
	if err != nil || !parts.ModelCritic || !parts.Examples || parts.ModelDistiller || parts.Claims != nil {
		t.Fatalf("%+v, %v", parts, err)
	}
	for range 2 {
		assess(parts.Critic(env, agent.ScopeOf("counter", env), nil))
	}
	if n := askedFirst(); n != 2 {
		t.Errorf("with an experiment of two tasks it was scored %d times; its critic is one for all its tasks, and not the runs'", n)
	}
	second, askedSecond := judges(t)
	connect(second)
	assess(ofRun())
	if askedSecond() != 1 {
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
