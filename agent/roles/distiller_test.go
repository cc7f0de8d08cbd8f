package roles_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/chat"
	"purposeagent/agent/credit"
	"purposeagent/agent/roles"
)

// rule is one rule as a model writes it.
func rule(change ...any) map[string]any {
	m := map[string]any{"tier": "strategic", "title": "Large moves first", "when": "the target is further than {step}",
		"do": "move by the larger step", "avoid": "", "because": "it is quicker", "steps": []string{}, "action": "", "evidence": []int{1}}
	for i := 0; i+1 < len(change); i += 2 {
		m[change[i].(string)] = change[i+1]
	}
	return m
}

func rules(items ...map[string]any) agenttest.Answer {
	return agenttest.SayJSON(map[string]any{"rules": items})
}

// lesson is a task of three steps: better, worse, not scored.
func lesson(t testing.TB) agent.Lesson {
	t.Helper()
	world := agenttest.NewCounter(6)
	before, err := world.Reset(t.Context(), agenttest.CounterTask(1))
	if err != nil {
		t.Fatal(err)
	}
	moves := []agent.Action{agenttest.Add(5), agenttest.Sub(1), agenttest.Add(1)}
	scores := []agent.Score{{PhiAfter: 4, Delta: 4, Reasoning: "near", Prompt: "critic.v1@0"}, {PhiBefore: 4, PhiAfter: 3, Delta: -1}, agent.Unscored(3, "c", "down")}
	tr := &agent.Trajectory{ID: "t_1", Run: "r1", Task: agenttest.CounterTask(1), Initial: before,
		Scope: agent.ScopeOf("counter", world), Outcome: agent.Outcome{Source: agent.SourceEnvironment}}
	for i, a := range moves {
		after, err := world.Execute(t.Context(), a, before)
		if err != nil {
			t.Fatal(err)
		}
		tr.Steps = append(tr.Steps, agent.Step{Index: i + 1, Before: before, Action: a, After: after, Score: scores[i]})
		before = after
	}
	return agent.Lesson{Trajectory: tr, World: world.Describe(), Actions: world.Actions()}
}

func distil(t testing.TB, l agent.Lesson, answers ...agenttest.Answer) ([]agent.Proposal, *agenttest.ScriptedModel, error) {
	t.Helper()
	model := agenttest.NewScriptedModel("script:m", answers...)
	d, err := roles.NewDistiller(roles.DistillerConfig{LLM: model})
	if err != nil {
		t.Fatal(err)
	}
	proposals, usage, err := d.Distil(t.Context(), l)
	if failed := len(answers) > 0 && answers[len(answers)-1].Err != nil; !failed && usage.Calls != model.Calls() {
		t.Errorf("usage %+v after %d calls", usage, model.Calls())
	}
	return proposals, model, err
}

func TestDistillerReadsRules(t *testing.T) {
	tests := []struct {
		name    string
		answers []agenttest.Answer
		want    int // proposals
	}{
		{"one rule", []agenttest.Answer{rules(rule())}, 1},
		{"five of six", []agenttest.Answer{rules(rule(), rule(), rule(), rule(), rule(), rule())}, 5},
		{"a fact", []agenttest.Answer{rules(rule("tier", "fact", "action", "add"), rule("tier", "fact", "action", "fly"))}, 2},
		{"none", []agenttest.Answer{rules()}, 0},
		{"null", []agenttest.Answer{agenttest.Say(`{"rules":null}`)}, 0},
		{"no such steps", []agenttest.Answer{rules(rule("evidence", []int{0, 4, -1, 99}))}, 0},
		{"no evidence", []agenttest.Answer{rules(rule("evidence", nil))}, 0},
		{"evidence that is no number", []agenttest.Answer{rules(rule("evidence", []any{"1", 1.5, true, nil}))}, 0},
		{"no when", []agenttest.Answer{rules(rule("when", " "))}, 0},
		{"neither do nor avoid", []agenttest.Answer{rules(rule("do", "", "avoid", ""))}, 0},
		{"an unknown tier", []agenttest.Answer{rules(rule("tier", "divine"))}, 0},
		{"a tip about an unknown action", []agenttest.Answer{rules(rule("tier", "tool", "action", "fly"))}, 0},
		{"a tip about an action", []agenttest.Answer{rules(rule("tier", "tool", "action", "add"))}, 1},
		{"the words of the prompt", []agenttest.Answer{rules(rule("do", "Write no rule that the steps do not show"))}, 0},
		{"a rule that is no object", []agenttest.Answer{agenttest.Say(`{"rules":["be careful",7,null]}`)}, 0},
		{"rules that are no list", []agenttest.Answer{agenttest.Say(`{"rules":"none"}`), rules(rule())}, 1},
		{"prose, then a rule", []agenttest.Answer{agenttest.Say("Be careful."), rules(rule())}, 1},
		{"twice prose", []agenttest.Answer{agenttest.Say("Be careful."), agenttest.Say("")}, 0},
		{"twice cut off", []agenttest.Answer{{Response: chat.Response{Text: "{", Truncated: true}}, {Response: chat.Response{Text: "{", Truncated: true}}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, model, err := distil(t, lesson(t), tt.answers...)
			if err != nil || len(got) != tt.want {
				t.Errorf("got %+v, %v; want %d proposals", got, err, tt.want)
			}
			if model.Calls() != len(tt.answers) {
				t.Errorf("%d calls, want %d", model.Calls(), len(tt.answers))
			}
		})
	}
	if _, _, err := distil(t, lesson(t), agenttest.Fail(agent.Errorf(agent.CodeUnavailable, "down"))); agent.CodeOf(err) != agent.CodeUnavailable {
		t.Errorf("a model that is down: %v", err)
	}
	if got, model, err := distil(t, agent.Lesson{Trajectory: &agent.Trajectory{}}); err != nil || got != nil || model.Calls() != 0 {
		t.Errorf("no steps: %v, %v", got, err)
	}
}

func TestDistillerFillsTheRule(t *testing.T) {
	l := lesson(t)
	got, _, err := distil(t, l, rules(
		rule("title", "one two three four five six seven eight nine ten", "evidence", []int{1, 2, 1}),
		rule("tier", "procedural", "do", "", "steps", []string{"move by five", "", "move by one"}, "evidence", []int{3}),
		rule("tier", "tool", "action", "sub", "do", "", "avoid", "lowering it", "evidence", []int{2})))
	if err != nil || len(got) != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	h := got[0].Rule
	if h.Title != "one two three four five six seven eight" || h.Author != "model:script:m" || h.Status != agent.Active ||
		h.Scope != l.Trajectory.Scope || h.Kind != agent.KindRule || h.Pattern != "the target is further than {step}" || h.ID != "" || got[0].Retire {
		t.Errorf("rule %+v", h)
	}
	if want := []agent.EvidenceRef{{Run: "r1", Step: 1, Delta: 4, Good: true}, {Run: "r1", Step: 2, Delta: -1}}; !slices.Equal(h.Evidence, want) || h.Good != 1 || h.Bad != 1 {
		t.Errorf("evidence %+v, %d good, %d bad", h.Evidence, h.Good, h.Bad)
	}
	h = got[1].Rule
	if h.Kind != agent.KindWorkflow || !slices.Equal(h.Steps, []string{"move by five", "move by one"}) || h.Strategy == "" || h.Evidence[0].Good {
		t.Errorf("workflow %+v: a step without a score speaks by the task's outcome", h)
	}
	h = got[2].Rule
	if h.Action != "sub" || h.Avoid != "lowering it" || !h.Evidence[0].Good {
		t.Errorf("tip %+v: a fall speaks for avoiding it", h)
	}
}

func TestDistillerContrasts(t *testing.T) {
	l := lesson(t)
	other := *lesson(t).Trajectory
	other.ID, other.Task.Purpose = "t_0", "the other task"
	other.Outcome = agent.Outcome{Success: true, Source: agent.SourceCritic}
	other.Steps = slices.Clone(other.Steps)
	for i := range 12 {
		s := other.Steps[0]
		s.Index, s.Action = i+1, agenttest.Add(1)
		if i == 0 {
			s.Action = l.Trajectory.Steps[0].Action
		}
		other.Steps = append(other.Steps[:i], s)
	}
	same := *l.Trajectory
	same.Task.Purpose = "ended the same way"
	l.Contrast = []*agent.Trajectory{nil, &same, &other}
	l.Rules = []*agent.Heuristic{{ID: "h7", Pattern: "known pattern", Strategy: "known strategy", Good: 3, Bad: 1}}
	_, model, err := distil(t, l, rules())
	if err != nil {
		t.Fatal(err)
	}
	system, user := prompt(model.Requests()[0])
	for _, want := range []string{"the other task", "Outcome: solved in the critic's eyes after 12 of at most 20 steps, says the critic", "Outcome: not solved after 3 of at most 20 steps, says the environment",
		"[h7] when known pattern: known strategy (right 3 of 4 times)", "2. sub 1", "(its first 1 steps are those of this task)\n2. add 1", "12. add 1", "1. add 5 → value 0 → 5 [Δ +4.0: near]"} {
		if !strings.Contains(user, want) {
			t.Errorf("no %q in\n%s", want, user)
		}
	}
	if strings.Contains(user, "ended the same way") {
		t.Errorf("a task with the same end as contrast:\n%s", user)
	}
	if !strings.Contains(system, "with the earlier one that ended otherwise") {
		t.Errorf("no contrast asked for:\n%s", system)
	}
	var schema map[string]any
	if err := json.Unmarshal(model.Requests()[0].Schema, &schema); err != nil {
		t.Error(err)
	}
}

func TestDistillerShortensLongTrajectories(t *testing.T) {
	l := lesson(t)
	one := l.Trajectory.Steps[0]
	for i := 3; i < 3000; i++ {
		s := one
		s.Index, s.Score = i+1, agent.Score{}
		if i == 1500 {
			s.Score = agent.Score{PhiAfter: 9, Delta: 5, Reasoning: "the turning point", Prompt: "critic.v1@0"}
		}
		l.Trajectory.Steps = append(l.Trajectory.Steps, s)
	}
	_, model, err := distil(t, l, rules())
	if err != nil {
		t.Fatal(err)
	}
	system, user := prompt(model.Requests()[0])
	if tokens := (len(system) + len(user)) / 4; tokens > 8200 {
		t.Errorf("about %d tokens", tokens)
	}
	for _, want := range []string{"the turning point", "\n3000. ", "steps cut]"} {
		if !strings.Contains(user, want) {
			t.Errorf("no %q", want)
		}
	}
}

func FuzzDistiller(f *testing.F) {
	for _, seed := range []string{`{"rules":[]}`, `{"rules":[{"tier":"tool","evidence":[1e30,-1,1]}]}`, `{"rules":{}}`, "```\n{\"rules\":[{}]}\n```", "\xff"} {
		f.Add(seed)
	}
	l := lesson(f)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := roles.NewDistiller(roles.DistillerConfig{LLM: instantModel{chat.Response{Text: text}}})
		if err != nil {
			t.Fatal(err)
		}
		proposals, _, err := d.Distil(t.Context(), l)
		if err != nil || len(proposals) > roles.MaxRulesPerLesson {
			t.Errorf("%d proposals, %v", len(proposals), err)
		}
		for _, p := range proposals {
			if len(p.Rule.Evidence) == 0 || p.Rule.Pattern == "" || p.Rule.Title == "" || strings.Count(p.Rule.Title, " ") > 7 {
				t.Errorf("%s", fmt.Sprint(p))
			}
		}
	})
}

// Of a critic that lost the right the model reads no score.
func TestDistillerReadsNoScoreOfTheDiscredited(t *testing.T) {
	l := lesson(t)
	l.Trajectory.Steps[0].Score.Critic, l.Trajectory.Steps[1].Score.Critic = "flatterer", "flatterer"
	for _, tt := range []struct {
		name        string
		discredited []string
		delta       bool
		good        bool
	}{
		{"with the right", nil, true, true},
		{"without", []string{"flatterer"}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l.Discredited = tt.discredited
			proposals, model, err := distil(t, l, rules(rule()))
			if err != nil || len(proposals) != 1 {
				t.Fatalf("%v, %v", proposals, err)
			}
			prompt := fmt.Sprint(model.Requests()[0].Messages)
			if got := strings.Contains(prompt, "Δ"); got != tt.delta {
				t.Errorf("Δ in the prompt: %v\n%s", got, prompt)
			}
			if got := strings.Contains(prompt, "go by how the task ended"); got == tt.delta {
				t.Errorf("told to go by the outcome: %v", got)
			}
			// The task failed, so its steps speak against a rule that says do.
			if e := proposals[0].Rule.Evidence[0]; e.Good != tt.good {
				t.Errorf("evidence %+v", e)
			}
		})
	}
	if l.Trajectory.Steps[0].Score.Delta != 4 {
		t.Error("the trajectory itself was changed")
	}
}

// vocabulary takes conditions that begin with "the number".
type vocabulary struct{}

func (vocabulary) CheckPredicate(p *agent.Predicate) error {
	for _, c := range p.When {
		if !strings.HasPrefix(c.Feature, "the number") {
			return agent.Errorf(agent.CodeInvalid, "can't be checked")
		}
	}
	return nil
}

func (vocabulary) Forms(string) []string { return []string{"the number is <value>"} }

func TestDistillerChangesKnownRules(t *testing.T) {
	l := lesson(t)
	l.Rules = []*agent.Heuristic{
		{ID: "h1", Tier: agent.Strategic, Title: "Large first", Pattern: "when the target is far", Strategy: "move by the larger step", Author: "model:m"},
		{ID: "h2", Tier: agent.Strategic, Title: "Big first", Pattern: "the target is far", Strategy: "move by the larger step first", Author: "model:m", Good: 2},
		{ID: "h3", Tier: agent.Tool, Action: "add", Title: "counted", Pattern: "x", Strategy: "add", Author: agent.AuthorDistiller, Predicate: &agent.Predicate{Action: "add"}},
	}
	edit := func(edit string, of []string, more ...any) map[string]any {
		return rule(append([]any{"edit", edit, "of", of}, more...)...)
	}
	got, model, err := distil(t, l, rules(
		edit("merge", []string{"h1", "[h2]"}), edit("sharpen", []string{"h1"}, "when", "the target is very far"), edit("split", []string{"h1"}, "when", "it is near"),
		edit("contradict", []string{"h2"}, "evidence", []int{2}), edit("contradict", []string{"h3"}), edit("merge", []string{"h9"})))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, p := range got {
		said = append(said, fmt.Sprintf("%s %v %v %d/%d", p.Rule.ID, p.Retire, p.Rule.ParentIDs, p.Rule.Good, len(p.Rule.Evidence)))
	}
	want := []string{"h1 false [h2] 1/1", "h2 true [] 0/0", "h1 false [] 1/1", " false [h1] 1/1", "h2 false [] 0/1", " false [] 1/1"}
	if !slices.Equal(said, want) {
		t.Errorf("got %q\nwant %q: what names no rule that was shown is a new one", said, want)
	}
	if e := got[4].Rule.Evidence; e[0].Good || got[4].Rule.Strategy != l.Rules[1].Strategy {
		t.Errorf("a contradiction is evidence against words that stay: %+v", got[4].Rule)
	}
	_, user := prompt(model.Requests()[0])
	for _, want := range []string{"[h1] when the target is far: move by the larger step (not tried yet) (nearly h2)\n[h2] when the target is far"} {
		if !strings.Contains(user, want) {
			t.Errorf("no %q in\n%s", want, user)
		}
	}
}

func TestDistillerReadsConditions(t *testing.T) {
	l := lesson(t)
	l.Actions[0].Params = append(l.Actions[0].Params, agent.ParamSpec{Name: "how", Type: "string", Enum: []string{"slowly", "fast"}})
	model := agenttest.NewScriptedModel("script:m", rules(
		rule("tier", "tool", "action", l.Actions[0].Name, "do", "do it slowly", "condition", []string{"the number is low.", "not the number is odd"}),
		rule("tier", "tool", "action", l.Actions[0].Name, "condition", []string{"the number is low", "the moon is full"}),
		rule("tier", "strategic", "condition", []string{"the number is low"})))
	d, err := roles.NewDistiller(roles.DistillerConfig{LLM: model,
		Vocabulary: func(*agent.StateSpec, []agent.ActionSpec, ...*agent.State) roles.Vocabulary { return vocabulary{} }})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := d.Distil(t.Context(), l)
	if err != nil || len(got) != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	p := got[0].Rule.Predicate
	if want := []agent.Condition{{Feature: "the number is low", Holds: true}, {Feature: "the number is odd"}}; p == nil || !slices.Equal(p.When, want) || p.Params["how"] != "slowly" || p.Action != l.Actions[0].Name {
		t.Errorf("predicate %+v", p)
	}
	if got[1].Rule.Predicate != nil || got[2].Rule.Predicate != nil {
		t.Errorf("what can't be checked is dropped whole: %+v, %+v", got[1].Rule.Predicate, got[2].Rule.Predicate)
	}
	if system, _ := prompt(model.Requests()[0]); !strings.Contains(system, "about add: the number is <value>") {
		t.Errorf("no forms of conditions:\n%s", system)
	}
}

func TestDistillerIsToldWhatWasRejected(t *testing.T) {
	l := lesson(t)
	l.Rejected = []credit.Rejected{{Title: "Be careful", Reason: "too vague >>"}}
	similar := *l.Trajectory
	similar.Task.Purpose = "one that ended likewise"
	l.Similar = []*agent.Trajectory{&similar}
	_, model, err := distil(t, l, rules())
	if err != nil {
		t.Fatal(err)
	}
	_, user := prompt(model.Requests()[0])
	for _, want := range []string{"Rejected before; do not propose them again:\n<<\nBe careful: too vague > >\n>>", `"one that ended likewise": not solved after 3 of`} {
		if !strings.Contains(user, want) {
			t.Errorf("no %q in\n%s", want, user)
		}
	}
	text, err := os.ReadFile("testdata/distiller.v1.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	old, err := roles.ParsePrompt(agent.OptimizerRole, "optimizer.3", string(text))
	if err != nil {
		t.Fatal(err)
	}
	again := agenttest.NewScriptedModel("script:m", rules())
	d, _ := roles.NewDistiller(roles.DistillerConfig{LLM: again, Prompt: old})
	if _, _, err := d.Distil(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if _, user := prompt(again.Requests()[0]); !strings.Contains(user, "too vague") || !strings.Contains(user, "ended likewise") {
		t.Errorf("a template of before leaves out what is new:\n%s", user)
	}
}
