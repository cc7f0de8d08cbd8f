package replay_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/roles"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

func TestSimulator(t *testing.T) {
	var asked []roles.Probe
	answer := roles.Simulation{Rules: agent.Retrieval{Considered: 40, Found: 9, Floor: .05, VectorFloor: .15, Rules: pagetest.Remembered().Memory}}
	x := sitetest.New(t, func(c *handlers.Config) {
		c.Replay.Simulate = func(_ context.Context, environment string, _ agent.Object, p roles.Probe) (roles.Simulation, error) {
			asked = append(asked, p)
			p.Scope.Environment = environment
			return answer, agent.Task{Purpose: p.Task}.WithDefaults().Check()
		}
	})
	trajectory, err := x.Store.Replay(0).Get(t.Context(), "t_A")
	if err != nil {
		t.Fatal(err)
	}
	answer.Trajectories = []agent.Match{{Trajectory: trajectory, Score: .98, Similarity: .7, QValue: .62, Words: 1, Vector: 2}}
	answer.Prompt = roles.PromptPlan{Budget: 1000, Tokens: 640, System: "You act.", User: "Find <it>.", Parts: []roles.PromptPart{
		{Name: "strategies", Wanted: 200, Tokens: 120, Rules: []roles.PromptRule{{ID: "h1", Title: "Look twice", Tokens: 60, In: true}, {ID: "h2", Title: "Go back", Tokens: 70}}},
		{Name: "the state", Wanted: 10, Tokens: 10}}}
	for _, test := range []struct {
		name, query string
		status      int
		want        []string
	}{
		{"nothing asked yet", "", 200, []string{"What would be retrieved?", "Nothing is written"}},
		{"asked", "?task=find+the+key&environment=maze", 200, []string{"No rule would be shown, and 1 trajectory would serve as an example.", "Look twice at a dead end", "#2", ".62"}},
		{"while learning", "?task=find&environment=maze&mode=learning", 200, []string{"find"}},
		{"an empty task", "?task=&environment=maze", 422, []string{"say in a sentence"}},
		{"the prompt", "?task=find+the+key&environment=maze&budget=1000", 200, []string{"about 640 of 1000 tokens", "wanted 200: cut", "left out", "Find &lt;it&gt;."}},
		{"a budget in words", "?task=find&environment=maze&budget=many", 422, []string{"must be a whole number of tokens", "many"}},
		{"a huge task", "?task=" + strings.Repeat("x", 5000) + "&environment=maze", 422, []string{"at most 4000"}},
		{"bytes that are no text", "?task=%ff%fe&environment=maze", 422, []string{"not valid UTF-8"}},
		{"an unknown environment", "?task=find&environment=nowhere", 422, []string{"There is no environment"}},
		{"a broken configuration", "?task=find&environment=maze&config=%7B", 422, []string{"ot a valid JSON object"}},
		{"markup", "?task=" + url.QueryEscape(`</textarea><script>alert(1)</script>`) + "&environment=maze", 200, []string{"&lt;script&gt;"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := pagetest.Ask(x, http.MethodGet, "/replay/simulate"+test.query, "")
			if w.Code != test.status {
				t.Fatalf("status %d, want %d: %.500s", w.Code, test.status, w.Body)
			}
			for _, want := range test.want {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("%q is not on the page:\n%s", want, w.Body)
				}
			}
			if strings.Contains(w.Body.String(), "<script>alert") {
				t.Error("markup came through")
			}
		})
	}
	if len(asked) < 2 || asked[0].Learning || !asked[1].Learning || asked[0].Task != "find the key" {
		t.Errorf("asked %+v", asked)
	}
	pagetest.Golden(t, "replay-simulate", pagetest.Ask(x, http.MethodGet, "/replay/simulate?task=find+the+key&environment=maze", "").Body.String())
}
