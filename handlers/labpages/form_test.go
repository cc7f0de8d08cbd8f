package labpages

import (
	"encoding/json"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
)

// What the lab refuses has its message at the form's field, whatever the lab
// calls it.
func TestLabMessagesFindTheirFields(t *testing.T) {
	for lab, want := range map[string]string{"model": "models.actor", "critic": "models.critic", "test-from": "test_from", "config.world": "environment.config.world",
		"environment.config.world": "environment.config.world", "environment": "environment.name", "worlds": "worlds", "train-max-steps": "train_max_steps"} {
		got := labFieldNames(map[string]string{lab: "x"})
		if got[want] != "x" {
			t.Errorf("%s became %v, want %s", lab, got, want)
		}
	}
}

// The form of a request asks for the same again.
func TestLabFormKeepsTheRequest(t *testing.T) {
	schema, err := ui.ParseSchema(json.RawMessage(pagetest.WorkshopSchema))
	if err != nil {
		t.Fatal(err)
	}
	for name, ask := range map[string]lab.Request{
		"training": {Name: "n", Worlds: []int64{1, 2, 3, 9}, Spec: lab.Spec{Environment: agent.EnvironmentRef{Name: "workshop", Config: `{"world":4}`}, Purpose: "p",
			Models: agent.ModelRefs{Actor: "reasoner", Critic: "noisy:0.5", Optimizer: "reasoner"}, Trainer: "openai:c", Arms: []lab.Arm{"off", "on", "playbook-only", "explorer", "leave-one-out:h_1", "model:openai:a", "critic:openai:b"},
			Seed: 3, Train: 10, Test: 20, MaxSteps: 7, TrainMaxSteps: 9, LimitFactor: 2.5, Pollution: .75, Irrelevant: 1000, Tries: 4, Curve: []int{0, 5}, Draws: 500, TestConfig: `{"size":5}`}},
		"seeds of its own": {Spec: lab.Spec{Environment: agent.EnvironmentRef{Name: "workshop", Config: "{}"}, Models: agent.ModelRefs{Actor: "reasoner"}, Arms: []lab.Arm{"on"}, Seed: 2, Train: 5, Test: 9,
			TrainFrom: 7, TestFrom: 9_000_000_000}},
		"library": {Spec: lab.Spec{Environment: agent.EnvironmentRef{Name: "workshop", Config: "{}"}, Source: lab.SourceLibrary, Models: agent.ModelRefs{Actor: "reasoner"}, Arms: []lab.Arm{"on"}, Seed: 1, Test: 9}},
	} {
		t.Run(name, func(t *testing.T) {
			again, problems := formOfRequest(ask, schema).request(schema)
			if len(problems) > 0 || agent.MustObject(again) != agent.MustObject(ask) {
				t.Errorf("got\n%s\nwant\n%s\n%v", agent.MustObject(again), agent.MustObject(ask), problems)
			}
		})
	}
}

// The seeds that a plan has filled in follow the experiment's seed when that is
// changed; those that a person gave stay.
func TestLabFormOfAPlanFollowsItsSeed(t *testing.T) {
	planned := lab.Request{Spec: lab.Spec{Environment: agent.EnvironmentRef{Name: "workshop", Config: "{}"}, Arms: []lab.Arm{"on"}, Seed: 3, Train: 5, Test: 9, TestFrom: 77}.WithDefaults()}
	f := formOfRequest(planned, ui.ConfigSchema{})
	if f.TrainFrom != "" || f.TestFrom != "77" {
		t.Errorf("the form has the training seeds from %q and the test seeds from %q", f.TrainFrom, f.TestFrom)
	}
	same, problems := f.request(ui.ConfigSchema{})
	if got := same.Spec.WithDefaults(); len(problems) > 0 || agent.MustObject(got) != agent.MustObject(planned.Spec) {
		t.Errorf("got\n%s\nwant\n%s\n%v", agent.MustObject(got), agent.MustObject(planned.Spec), problems)
	}
}

func TestPowerNotes(t *testing.T) {
	spec := func(test, arms int) lab.Request {
		return lab.Request{Spec: lab.Spec{Test: test, Arms: lab.Arms[:arms]}}
	}
	for _, test := range []struct {
		name string
		ask  lab.Request
		want string
	}{
		{"a hundred tasks", spec(100, 2), "about 8 points if memory never loses a task, and 16 if the arms disagree"},
		{"several arms", spec(100, 4), "Correcting for 3 comparisons"},
		{"two tasks", spec(2, 2), "no difference can be shown"},
		{"ten worlds", lab.Request{Worlds: make([]int64, 10), Spec: lab.Spec{Arms: lab.Arms[:4]}}, "can reach p = .006"},
		{"four worlds", lab.Request{Worlds: make([]int64, 4), Spec: lab.Spec{Arms: lab.Arms[:4]}}, "no p can come below .375: nothing could be shown, whatever the effect. Take 7 worlds"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := powerNotes(test.ask)[0].Text; !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// The first sentence is the report's own, with its figure in words; one that is
// not shown has no figure that stands out.
func TestExperimentVerdicts(t *testing.T) {
	comparison := func(against lab.Arm, d, low, high, holm float64) lab.Comparison {
		return lab.Comparison{Against: against, N: 50, Difference: d, Low: low, High: high, Holm: holm}
	}
	few := func(against lab.Arm, d, low, high, holm float64, n int) lab.Comparison {
		c := comparison(against, d, low, high, holm)
		c.N, c.Won = n, n
		return c
	}
	needed := 120
	for _, test := range []struct {
		name, says string
		all        []lab.Comparison
		want       string
		stands     string
	}{
		{"helps", "Memory helps: on − off is …", []lab.Comparison{comparison(lab.Off, .31, .2, .42, .001), comparison(lab.Placebo, .3, .2, .4, .001), comparison(lab.Append, .12, .02, .2, .031)},
			"Memory helps. It solves 31 more tasks in 100 than without, between 20 and 42 (95 %, 50 tasks), and beats placebo and append successes.", "31 more tasks in 100"},
		{"hurts", "Memory hurts: on − off is …", []lab.Comparison{comparison(lab.Off, -.2, -.3, -.1, .001)},
			"Memory hurts. It solves 20 fewer tasks in 100 than without, between −30 and −10 (95 %, 50 tasks).", "20 fewer tasks in 100"},
		{"nothing shown", "No effect was shown: on − off is …", []lab.Comparison{comparison(lab.Off, .05, -.1, .2, .4)},
			"No effect was shown. With it 5 more tasks in 100 were solved, between −10 and +20 (95 %, 50 tasks).", ""},
		{"too few", "", []lab.Comparison{few(lab.Off, .68, .4, .9, .25, 3)},
			"Too few tasks to say. With it 68 more tasks in 100 were solved, in all 3 tasks. Take 6 tasks or more.", ""},
		{"large and open", "", []lab.Comparison{{Against: lab.Off, N: 50, Won: 20, Lost: 10, Difference: .2, Low: -.01, High: .4, Holm: .1, Needed: &needed}},
			"Too few tasks to say. With it 20 more tasks in 100 were solved, better in 20 and worse in 10 of 50 tasks. Take 120 tasks or more.", ""},
		{"no baseline", "Nothing was compared with memory off; with memory 4 of 9 tasks were solved.", nil, "Nothing was compared with memory off; with memory 4 of 9 tasks were solved.", ""},
		{"an audit", "No effect was shown: …", []lab.Comparison{comparison(lab.Off, .31, .2, .42, .001), comparison("leave-one-out:h_7", .1, .04, .16, .01)},
			"The rule “Heat clay first” helps. It solves 10 more tasks in 100 than without it, between 4 and 16 (95 %, 50 tasks).", "10 more tasks in 100"},
	} {
		t.Run(test.name, func(t *testing.T) {
			called := func(string) string { return "Heat clay first" }
			r := &lab.Report{Verdict: test.says, Arms: map[lab.Arm]*lab.ArmReport{lab.On: {N: 9, Successes: 4}}, Comparisons: map[string]lab.Comparison{}}
			for _, c := range test.all {
				r.Arms[c.Against], r.Comparisons[comparisonKey(c.Against)] = &lab.ArmReport{N: 50}, c
			}
			v := verdictOf(r, called)
			if got := v.Lead + v.Point + v.Rest + v.More; got != test.want || v.Point != test.stands {
				t.Errorf("got %q with %q,\nwant %q with %q", got, v.Point, test.want, test.stands)
			}
		})
	}
}
