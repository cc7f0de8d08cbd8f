package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/roles"
)

// remembered is a step whose memory has a rule in each part.
func remembered() agent.Step {
	drawn := .21
	parts := func(words, vector int, z, advantage, repeats float64) *agent.ScoreParts {
		return &agent.ScoreParts{Words: words, Vector: vector, Likeness: .4, RRF: .03, Z: z, Advantage: advantage, Draw: &drawn, Bonus: .12, Redundancy: repeats}
	}
	step := sampleStep(1, 1)
	step.Memory = []agent.RuleUse{
		{ID: "h000004", Version: 1, Tier: agent.Procedural, Title: "Look twice at a dead end", Use: agent.UseEligible, Status: agent.Active, Score: -.2,
			Why: "the three places of its tier went to rules with a score of 0.41 and more", Parts: parts(0, 9, -.4, -.01, .3)},
		{ID: "h000002", Version: 2, Tier: agent.Strategic, Title: "Take a key before its door", Use: agent.UseWithheld, Status: agent.Probation, Score: 1.1, Propensity: .5,
			Why: "held out of this task at random, with probability 0.50, to see what happens without it", Parts: parts(2, 1, .8, .1, 0)},
		{ID: "h000001", Version: 1, Tier: agent.Strategic, Title: "Go back to the last fork", Use: agent.UseCited, Status: agent.Active, Score: 1.6, Propensity: .95,
			Why: "it is similar to this step", Parts: parts(1, 2, 1.2, .15, 0)},
		{ID: "h000003", Version: 1, Tier: agent.Strategic, Title: "Count the rooms", Use: agent.UseShadow, Status: agent.Candidate, Score: .7,
			Why: "a candidate: it would have been shown, and is watched only", Parts: parts(3, 3, .3, 0, .1)},
	}
	step.Retrieval = &agent.Retrieval{Query: "find the treasure You are in the lower gallery", Explored: true, Considered: 40, Found: 9, Floor: .05, VectorFloor: .15, More: 5}
	return step
}

// The tab answers why this rule and why not that one, from the record alone.
func TestMemoryTab(t *testing.T) {
	log := newRunLog()
	log.add(sampleRun("r_memory", 60))
	log.emit("r_memory", noon, sampleStart())
	log.emit("r_memory", noon, agent.StepTaken{Step: remembered()})
	empty := sampleStep(2, 1.2)
	empty.Memory, empty.Retrieval = nil, &agent.Retrieval{Considered: 40, Floor: .05, VectorFloor: .15, Abstained: "no rule is similar to this step"}
	log.emit("r_memory", noon, agent.StepTaken{Step: empty})
	own := sampleStep(3, 1.4)
	own.Memory, own.Retrieval = []agent.RuleUse{{ID: "h000009", Title: "Sand it first", Tier: agent.Tool, Use: agent.UseShown, Score: .7}}, &agent.Retrieval{By: "the actor", Considered: 12, Found: 1}
	log.emit("r_memory", noon, agent.StepTaken{Step: own})
	s := runsServer(t, log)
	for _, test := range []struct {
		name, path string
		want       []string
	}{
		{"a full record", "/runs/r_memory/steps/1?tab=memory", []string{"1 rule shown to the actor, 1 followed, 1 held out at random, 1 watched in the shadow, 1 left out",
			"let in with probability .50", "with a score of 0.41 and more", "40 rules in scope were searched; 9 were similar to the step", "5 more are not",
			"+0.15 → +0.21", "−0.40", ">withheld<", ">shadow<", "What was asked of the library"}},
		{"abstained", "/runs/r_memory/steps/2?tab=memory", []string{"No rule was a candidate", "Nothing was shown: no rule is similar to this step.", "In a test nothing is drawn"}},
		{"read in the actor's own way", "/runs/r_memory/steps/3?tab=memory", []string{"1 rule shown to the actor", "in its own way: of 12 rules in scope 1 held here"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := ask(s, http.MethodGet, test.path, "", "HX-Request", "true")
			text := strings.Join(strings.Fields(strings.NewReplacer("> ", ">", " <", "<").Replace(strings.Join(strings.Fields(w.Body.String()), " "))), " ")
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not on the page:\n%s", want, text)
				}
			}
		})
	}
	golden(t, "step-memory-parts", ask(s, http.MethodGet, "/runs/r_memory/steps/1?tab=memory", "", "HX-Request", "true").Body.String())
}

func TestSimulator(t *testing.T) {
	var asked []roles.Probe
	answer := roles.Simulation{Rules: agent.Retrieval{Considered: 40, Found: 9, Floor: .05, VectorFloor: .15, Rules: remembered().Memory}}
	x := newSite(t, func(c *Config) {
		c.Simulate = func(_ context.Context, environment string, _ agent.Object, p roles.Probe) (roles.Simulation, error) {
			asked = append(asked, p)
			p.Scope.Environment = environment
			return answer, agent.Task{Purpose: p.Task}.WithDefaults().Check()
		}
	})
	trajectory, err := x.replay.Get(t.Context(), "t_A")
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
			w := ask(x, http.MethodGet, "/replay/simulate"+test.query, "")
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
	golden(t, "replay-simulate", ask(x, http.MethodGet, "/replay/simulate?task=find+the+key&environment=maze", "").Body.String())
}
