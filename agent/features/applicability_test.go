package features_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/features"
)

var boxSpecs = []agent.ActionSpec{
	{Name: "oil", Params: []agent.ParamSpec{{Name: "piece", Type: "string", Role: agent.RoleThing}}},
	{Name: "paint", Params: []agent.ParamSpec{{Name: "piece", Type: "string", Role: agent.RoleThing}, {Name: "colour", Type: "string", Enum: []string{"red", "blue"}}}},
	{Name: "wait"},
}

var boxWorld = agent.Description{State: agent.StateSpec{Things: "/things", Held: "/held", Vocabulary: map[string][]string{"material": {"iron", "ash"}, "stage": {"raw", "done"}}}}

// atBench is a situation with a piece of iron, one of ash, and what can be done.
func atBench() *agent.Situation {
	act := agent.NewAction
	return &agent.Situation{Task: agent.Task{Purpose: "make a lamp of iron"}, World: boxWorld, Actions: boxSpecs, Index: 1,
		State: agent.State{Data: agent.MustObject(map[string]any{"things": map[string]any{
			"piece1": map[string]any{"material": "iron", "stage": "raw"}, "piece2": map[string]any{"material": "ash", "stage": "raw"}}, "held": []string{"piece2"}, "oven": "hot"})},
		Legal: []agent.Action{act("oil", "piece", "piece1"), act("oil", "piece", "piece2"), act("paint", "piece", "piece1", "colour", "red"), act("wait")}}
}

func conditions(when ...string) []agent.Condition {
	var out []agent.Condition
	for _, f := range when {
		positive, not := strings.CutPrefix(f, "not: ")
		out = append(out, agent.Condition{Feature: positive, Holds: !not})
	}
	return out
}

// counted is a rule of the distiller about an action.
func counted(id string, good, bad int, action string, when ...string) *agent.Heuristic {
	h := &agent.Heuristic{ID: id, Tier: agent.Tool, Action: action, Author: agent.AuthorDistiller, Status: agent.Probation, Good: good, Bad: bad,
		Predicate: &agent.Predicate{Action: action, Prior: agent.PriorSupport, When: conditions(when...)}}
	if 10*good >= 3*(good+bad) {
		h.Strategy = action
	} else {
		h.Avoid = action
	}
	return h
}

// A ban of an action as such is told only where the action did harm.
func TestApplyingBansWhatHarms(t *testing.T) {
	for _, lost := range []float64{0, 2} {
		h := counted("h", 0, 40, "wait")
		h.Evidence = []agent.EvidenceRef{{Run: "r", Step: 1, Delta: -lost}}
		told := features.NewApplicability().Applying(atBench(), agent.NewRuleSet(agent.Scope{}, 1, []*agent.Heuristic{h}, nil))
		if said := !told.Holding["h"].Undecided; said != (lost > 0) {
			t.Errorf("with a loss of %g it is told: %v", lost, said)
		}
	}
}

// taught is a rule in words by a person.
func taught(id string, tier agent.Tier, action, pattern, strategy string) *agent.Heuristic {
	return &agent.Heuristic{ID: id, Tier: tier, Action: action, Author: agent.AuthorHuman, Status: agent.Active, Pattern: pattern, Strategy: strategy}
}

func labels(actions []agent.Action) []string {
	var out []string
	for _, a := range actions {
		out = append(out, a.Label())
	}
	return out
}

func TestApplyingOfOneRule(t *testing.T) {
	claim := counted("h", 0, 0, "oil", "piece material is iron")
	claim.Author, claim.Strategy, claim.Avoid = agent.AuthorModel+"m", "", "oil"
	general := counted("h", 9, 0, "", "iron is asked")
	general.Tier, general.Author = agent.Strategic, agent.AuthorModel+"m"
	elsewhere := counted("h", 9, 0, "", "piece material is ash", "not: something is held")
	elsewhere.Tier, elsewhere.Author = agent.Strategic, agent.AuthorModel+"m"
	states := &agent.Heuristic{ID: "h", Author: agent.AuthorDistiller, Predicate: &agent.Predicate{States: &agent.StateTable{}}}
	unlisted := atBench()
	unlisted.Legal = nil
	for _, test := range []struct {
		name    string
		rule    *agent.Heuristic
		at      *agent.Situation
		want    []string // actions; nil: it does not hold
		bearing agent.Bearing
		unread  string // part of why
	}{
		{"of one action", counted("h", 30, 1, "oil", "piece material is iron"), atBench(), []string{"oil piece1"}, agent.Bearing{}, ""},
		{"of two", counted("h", 30, 1, "oil"), atBench(), []string{"oil piece1", "oil piece2"}, agent.Bearing{}, ""},
		{"of none", counted("h", 30, 1, "oil", "piece stage is done"), atBench(), nil, agent.Bearing{}, ""},
		{"what must not be", counted("h", 30, 1, "oil", "not: piece is held"), atBench(), []string{"oil piece1"}, agent.Bearing{}, ""},
		{"against", counted("h", 0, 9, "oil", "piece is held"), atBench(), []string{"oil piece2"}, agent.Bearing{Against: true}, ""},
		{"too little seen", counted("h", 1, 0, "oil"), atBench(), []string{"oil piece1", "oil piece2"}, agent.Bearing{Undecided: true}, ""},
		{"neither for nor against", counted("h", 12, 20, "oil"), atBench(), []string{"oil piece1", "oil piece2"}, agent.Bearing{Undecided: true}, ""},
		{"hardly ever good", counted("h", 5, 20, "oil"), atBench(), []string{"oil piece1", "oil piece2"}, agent.Bearing{Undecided: true, Against: true}, ""},
		{"a claim of a model", claim, atBench(), []string{"oil piece1"}, agent.Bearing{Against: true}, ""},
		{"of the situation", general, atBench(), []string{}, agent.Bearing{General: true}, ""},
		{"of another situation", elsewhere, atBench(), nil, agent.Bearing{}, ""},
		{"an action that is no more", counted("h", 30, 1, "polish"), atBench(), nil, agent.Bearing{}, ""},
		{"a feature that is no more", counted("h", 30, 1, "oil", "piece smell is sweet"), atBench(), nil, agent.Bearing{}, ""},
		{"a feature that is no more must not hold", counted("h", 30, 1, "oil", "not: piece smell is sweet", "piece material is ash"), atBench(), []string{"oil piece2"}, agent.Bearing{}, ""},
		{"nothing is listed", counted("h", 30, 1, "paint", "piece material is iron", "colour is as asked"), unlisted, nil, agent.Bearing{}, ""},
		{"nothing is listed, and it holds", counted("h", 30, 1, "oil", "piece material is iron"), unlisted, []string{"oil piece1"}, agent.Bearing{}, ""},
		{"a table of exact states", states, atBench(), nil, agent.Bearing{}, "only the offline reasoner"},
		{"a person's tip", taught("h", agent.Tool, "oil", "when material is iron", "oil it"), atBench(), []string{"oil piece1"}, agent.Bearing{}, ""},
		{"a person's tip with constants", taught("h", agent.Tool, "paint", "always", "paint it red"), atBench(), []string{"paint red piece1"}, agent.Bearing{}, ""},
		{"of a field of the state", taught("h", agent.Tool, "oil", "if the oven is hot and the piece is not held", "oil it"), atBench(), []string{"oil piece1"}, agent.Bearing{}, ""},
		{"a person's strategy", taught("h", agent.Strategic, "", "when iron is asked", "oil before painting"), atBench(), []string{}, agent.Bearing{General: true}, ""},
		{"a strategy for something else", taught("h", agent.Strategic, "", "when ash is asked", "don't oil"), atBench(), nil, agent.Bearing{}, ""},
		{"free words", taught("h", agent.Strategic, "", "when you feel lucky", "paint"), atBench(), nil, agent.Bearing{}, `"you feel lucky"`},
		{"words that seem to name a thing", taught("h", agent.Tool, "oil", "when the piece is raw", "oil it"), atBench(), nil, agent.Bearing{}, `"piece is raw" can't be checked here`},
		{"a model's words", &agent.Heuristic{ID: "h", Author: agent.AuthorModel + "m", Tier: agent.Tool, Action: "oil", Pattern: "when material is iron"}, atBench(), nil, agent.Bearing{}, "words only"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.rule.Status = agent.Active
			got := features.NewApplicability().Applying(test.at, agent.NewRuleSet(agent.Scope{}, 1, []*agent.Heuristic{test.rule}, nil))
			b, holds, readable := got.Of("h")
			if readable != (test.unread == "") || !strings.Contains(got.Unread["h"], test.unread) {
				t.Fatalf("unread because %q, want %q", got.Unread["h"], test.unread)
			}
			if holds != (test.want != nil) || !slices.Equal(labels(b.Actions), append([]string(nil), test.want...)) {
				t.Errorf("holds %t for %q, want %q", holds, labels(b.Actions), test.want)
			}
			if b.Actions, b.Sure = nil, 0; !reflect.DeepEqual(b, test.bearing) {
				t.Errorf("got %+v, want %+v", b, test.bearing)
			}
		})
	}
}

// Of what one author counted the most special rule speaks, as for the reasoner;
// what a person or someone else says is not lost by it.
func TestApplyingSaysWhatIsSaidBetter(t *testing.T) {
	model := counted("model", 0, 0, "oil")
	model.Author = agent.AuthorModel + "m"
	pinned := counted("pinned", 9, 0, "oil")
	pinned.Pinned = true
	set := agent.NewRuleSet(agent.Scope{}, 1, []*agent.Heuristic{counted("all", 20, 1, "oil"), counted("iron", 0, 9, "oil", "piece material is iron"),
		counted("raw", 9, 0, "oil", "piece material is iron", "piece stage is raw"), model, pinned}, nil)
	got := features.NewApplicability().Applying(atBench(), set)
	for id, want := range map[string]bool{"all": false, "iron": true, "raw": false, "model": false, "pinned": false} {
		b, holds, _ := got.Of(id)
		if !holds || b.Refined != want {
			t.Errorf("%s holds %t, refined %t, want %t", id, holds, b.Refined, want)
		}
	}
}

// Where an action takes any text, and nothing is listed, a rule holds as far as
// anybody can tell, or its words decide.
func TestApplyingOfOpenActions(t *testing.T) {
	specs := []agent.ActionSpec{{Name: "say", Params: []agent.ParamSpec{{Name: "text", Type: "string"}, {Name: "voice", Type: "string", Enum: []string{"loud", "low"}}}}}
	s := &agent.Situation{Task: agent.Task{Purpose: "greet the guard"}, Actions: specs, State: agent.State{Data: agent.MustObject(map[string]any{"guard": "asleep"})}}
	loud := counted("loud", 9, 0, "say", "guard is asleep")
	loud.Predicate.Params = map[string]string{"voice": "loud"}
	set := agent.NewRuleSet(agent.Scope{}, 1, []*agent.Heuristic{loud, counted("awake", 9, 0, "say", "guard is awake"), counted("hello", 9, 0, "say", "text mentions hello")}, nil)
	got := features.NewApplicability().Applying(s, set)
	if b, holds, _ := got.Of("loud"); !holds || !slices.Equal(labels(b.Actions), []string{"say loud"}) {
		t.Errorf("holds %t for %q", holds, labels(b.Actions))
	}
	if _, holds, readable := got.Of("awake"); holds || !readable {
		t.Errorf("holds %t, readable %t", holds, readable)
	}
	if _, holds, readable := got.Of("hello"); holds || readable || !got.Open || !strings.Contains(got.Unread["hello"], "its condition is about its text") {
		t.Errorf("holds %t, readable %t: %q", holds, readable, got.Unread["hello"])
	}
}

// What comes in from outside is bounded, whatever it is.
func TestApplyingBearsHostileRules(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	odd := []string{"", " is ", "not", "piece", "piece is", " is at least ", "x is at least NaN", "piece material is iron\x00", "\xff\xfe is \u202e", strings.Repeat("piece is ", 3000), "things has things", "it was done here", "no  is asked"}
	var rules []*agent.Heuristic
	for i := range 10_000 {
		h := counted(fmt.Sprint("h", i), r.IntN(9), r.IntN(9), []string{"oil", "paint", "", "\x00"}[i%4])
		for range r.IntN(5) {
			h.Predicate.When = append(h.Predicate.When, agent.Condition{Feature: odd[r.IntN(len(odd))] + []string{"", fmt.Sprint(r.IntN(3000))}[r.IntN(2)], Holds: r.IntN(2) == 0})
		}
		if i%7 == 0 {
			h.Predicate, h.Author, h.Pattern = nil, agent.AuthorHuman, odd[r.IntN(len(odd))]
		}
		if h.Status = agent.Active; i%5 == 0 {
			h.Status = agent.Candidate
		}
		rules = append(rules, h)
	}
	for _, s := range []*agent.Situation{atBench(), {}, {Actions: boxSpecs, Legal: []agent.Action{{}, {Name: "\x00"}}}} {
		got := features.NewApplicability().Applying(s, agent.NewRuleSet(agent.Scope{}, 1, rules, nil))
		for id, b := range got.Holding {
			if len(b.Actions) == 0 && !b.General {
				t.Errorf("%s holds for nothing", id)
			}
			for _, a := range b.Actions {
				if s.Legal != nil && !slices.ContainsFunc(s.Legal, func(l agent.Action) bool { return l.Key() == a.Key() }) {
					t.Errorf("%s holds for %s, which can't be done", id, a.Label())
				}
			}
			if _, unread := got.Unread[id]; unread {
				t.Errorf("%s holds and can't be read", id)
			}
		}
	}
}

func TestCheckCondition(t *testing.T) {
	state := atBench().State
	v := features.NewVocabulary(&boxWorld.State, boxSpecs, &state)
	for _, test := range []struct {
		action, feature string
		want            string // part of the message, "": it can be checked
	}{
		{"oil", "piece material is iron", ""}, {"oil", "piece material is as asked", ""}, {"oil", "piece is held", ""}, {"oil", "piece was used before", ""},
		{"oil", "piece material equals that of a held thing", ""}, {"oil", "iron is asked", ""}, {"", "iron is asked", ""}, {"", "no stage is asked", ""}, {"oil", "something is held", ""},
		{"", "oven is hot", ""}, {"", "number held is at least 2", ""}, {"paint", "colour is as asked", ""}, {"oil", "it was done here", ""}, {"", "the last action changed nothing", ""}, {"", "steps left is less than 3", ""},
		{"oil", "piece material is gold", `"piece material is gold" can't be checked here; conditions are like piece material is iron | ash`},
		{"oil", "piece is raw", "can't be checked here"}, {"oil", "colour is red", "can't be checked"}, {"", "piece material is iron", "can't be checked"}, {"oil", "the piece is nice", "can't be checked"},
		{"oil", "piece is not held", `say "piece is held", and that it must not hold`}, {"oil", "piece material is not iron", `say "piece material is iron"`},
		{"oil", "", "one short sentence"}, {"", "weather is fine", "can't be checked"}, {"", "weather is at least 3", "can't be checked"}, {"oil", strings.Repeat("iron ", 90) + "is asked", "one short sentence"},
	} {
		err := v.CheckCondition(test.action, agent.Condition{Feature: test.feature})
		if got := fmt.Sprint(err); (err == nil) != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q: %v, want %q", test.action, test.feature, err, test.want)
		}
	}
	for _, test := range []struct {
		p    agent.Predicate
		want string
	}{
		{agent.Predicate{Action: "paint", Params: map[string]string{"colour": "red"}, When: conditions("piece is held")}, ""},
		{agent.Predicate{Action: "polish"}, `there is no action "polish"; the actions are oil, paint, wait`},
		{agent.Predicate{Action: "paint", Params: map[string]string{"colour": "green"}}, "it is one of red, blue"},
		{agent.Predicate{Action: "paint", Params: map[string]string{"piece": "piece1"}}, "stands for something else in each task"},
		{agent.Predicate{Action: "paint", Params: map[string]string{"brush": "x"}}, `no parameter "brush"`},
		{agent.Predicate{Action: "oil", When: conditions("colour is as asked")}, "can't be checked"},
	} {
		if err := v.CheckPredicate(&test.p); (err == nil) != (test.want == "") || !strings.Contains(fmt.Sprint(err), test.want) {
			t.Errorf("%+v: %v, want %q", test.p, err, test.want)
		}
	}
}

// What is compiled follows its library: after any sequence of changes the answer is
// that of one that reads all anew.
func TestApplyingFollowsTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	conditions := []string{"piece material is iron", "piece material is ash", "piece stage is raw", "piece is held", "iron is asked", "number held is at least 1", "it was done here"}
	rule := func(id string) *agent.Heuristic {
		h := counted(id, r.IntN(20), r.IntN(20), []string{"oil", "paint", "wait", ""}[r.IntN(4)])
		for range r.IntN(4) {
			f := conditions[r.IntN(len(conditions))]
			if r.IntN(3) == 0 {
				f += fmt.Sprint(r.IntN(400)) // what no other rule asks for
			}
			h.Predicate.When = append(h.Predicate.When, agent.Condition{Feature: f, Holds: r.IntN(3) > 0})
		}
		if r.IntN(5) == 0 {
			h = taught(id, agent.Tool, "oil", []string{"when material is iron", "when the oven is hot", "when you like"}[r.IntN(3)], "oil it")
		}
		h.Status = []agent.Status{agent.Active, agent.Candidate}[r.IntN(2)]
		return h
	}
	var rules []*agent.Heuristic
	a := features.NewApplicability()
	held := 0
	for revision := range 300 {
		rules = slices.Clone(rules)
		switch n := len(rules); {
		case n < 10 || r.IntN(3) == 0:
			rules = append(rules, rule(fmt.Sprint("h", revision)))
		case r.IntN(3) == 0:
			i := r.IntN(n)
			rules = slices.Delete(rules, i, i+1)
		default:
			i := r.IntN(n)
			rules[i] = rule(rules[i].ID)
		}
		s := atBench()
		if r.IntN(2) == 0 {
			s.State.Data = agent.MustObject(map[string]any{"things": map[string]any{"piece1": map[string]any{"material": "iron"}}, "heater": "on"})
		}
		set := agent.NewRuleSet(agent.Scope{}, int64(revision), rules, nil)
		got, want := a.Applying(s, set), features.NewApplicability().Applying(s, set)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("revision %d: got %+v\nwant %+v", revision, got, want)
		}
		held += len(got.Holding)
	}
	if held < 300 {
		t.Errorf("%d rules held in 300 situations", held)
	}
}
