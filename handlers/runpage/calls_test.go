package runpage

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/handlers/pagetest"
)

func TestPromptTab(t *testing.T) {
	call := func(n, step int, role agent.ModelRole, answer string) chat.Call {
		return chat.Call{CallScope: agent.CallScope{Run: "r_7Q1C", Step: step, Role: role}, N: n, Model: "lab:qwen3:1.7b", Prompt: "actor.v1@df26c370",
			Messages: []chat.Message{{Role: chat.RoleSystem, Text: "You act. <<data>>"}, {Role: chat.RoleUser, Text: "State now"}}, Schema: []byte(`{"type":"object"}`),
			Answer: answer, Usage: agent.Usage{TokensIn: 1234, TokensCached: 1000, TokensOut: 56, Calls: 1, USD: .0042}, Took: 1300 * time.Millisecond, FirstText: 90 * time.Millisecond}
	}
	calls := map[int][]chat.Call{
		0: {call(1, 0, agent.CriticRole, "the initial Φ"), call(9, 0, agent.OptimizerRole, "the rules")},
		1: {call(2, 1, agent.ActorRole, `{"thought":"<go>"}`)},
	}
	failed := call(3, 1, agent.CriticRole, "")
	failed.Error = "no connection to http://10.1.2.3"
	calls[1] = append(calls[1], failed)
	log := pagetest.SampleLog(t)
	s := New(pagetest.Kit(log), Config{Runs: log, Engine: log,
		Calls: func(_ context.Context, _ string, step int) ([]chat.Call, error) { return calls[step], nil }})
	run, err := log.Get(t.Context(), "r_solved")
	if err != nil {
		t.Fatal(err)
	}
	views, err := s.callsOf(t.Context(), run, 1)
	if err != nil || len(views) != 3 || views[0].Title != "Critic, the initial state" || views[1].Title != "Actor" || !strings.Contains(views[2].Problem, "No connection") {
		t.Fatalf("%+v %v", views, err)
	}
	last, err := s.callsOf(t.Context(), run, run.Steps)
	if err != nil || len(last) == 0 || last[len(last)-1].Answer != "the rules" {
		t.Errorf("%+v %v", last, err)
	}
	w := pagetest.Ask(pagetest.Serve(s), http.MethodGet, "/runs/r_solved/steps/1?tab=prompt", "", "HX-Request", "true")
	body := w.Body.String()
	if w.Code != http.StatusOK || strings.Contains(body, "Prompt") && !strings.Contains(body, "{&#34;thought&#34;:&#34;&lt;go&gt;&#34;}") {
		t.Errorf("%d %.2000s", w.Code, body)
	}
}
