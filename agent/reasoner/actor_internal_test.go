package reasoner

import (
	"cmp"
	"context"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/features"
)

// What the reasoner knows it has learned: no word of an environment stands in
// its code, nor a name of one or of its things anywhere in the core.
func TestNoWordOfAnEnvironment(t *testing.T) {
	names := []string{"maze", "workshop", "household", "greenhouse", "treasure", "pigment", "mordant", "flute", "spindle", "madder", "ladle", "icebox", "wardrobe", "cupboard"}
	banned := slices.Concat(names, []string{"piece", "gate", "door", "colour", "comb",
		"sand", "drill", "dye", "deliver", "north", "locked", "shelf", "bench", "oak", "basin", "stove", "lantern", "clay", "heat", "kitchen"})
	err := filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() && (e.Name() == "agenttest" || e.Name() == "conformance" || e.Name() == "testdata") {
			return cmp.Or(err, fs.SkipDir)
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		list := names
		if dir := filepath.Dir(path); dir == filepath.Join("..", "reasoner") || dir == filepath.Join("..", "distiller") || dir == filepath.Join("..", "features") {
			list = banned
		}
		raw, err := os.ReadFile(path)
		for i, line := range strings.Split(string(raw), "\n") {
			code, _, _ := strings.Cut(line, "//")
			for _, w := range features.Words(code) {
				if slices.Contains(list, w) {
					t.Errorf("%s:%d knows the word %q", path, i+1, w)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBetaHasItsMean(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for _, ab := range [][2]float64{{.6, 1.4}, {20, 5}, {.05, 3}} {
		sum := 0.0
		for range 20_000 {
			x := beta(r, ab[0], ab[1])
			if x < 0 || x > 1 || math.IsNaN(x) {
				t.Fatalf("beta%v drew %v", ab, x)
			}
			sum += x
		}
		if want := ab[0] / (ab[0] + ab[1]); math.Abs(sum/20_000-want) > .01 {
			t.Errorf("mean of beta%v = %.3f, want %.3f", ab, sum/20_000, want)
		}
	}
}

var (
	taughtSpecs = []agent.ActionSpec{{Name: "polish", Params: []agent.ParamSpec{
		{Name: "with", Type: "string", Enum: []string{"wax", "sponge"}}, {Name: "object", Type: "string", Role: agent.RoleThing}}}}
	taughtWorld = agent.StateSpec{Things: "/things", Held: "/held", Vocabulary: map[string][]string{
		"shade": {"dark", "light"}, "made": {"tin", "glass"}}}
)

func taughtSituation() *agent.Situation {
	data := agent.MustObject(map[string]any{"held": []string{}, "things": map[string]any{
		"a": map[string]any{"shade": "dark", "made": "tin"}, "b": map[string]any{"shade": "light", "made": "glass"}}})
	return &agent.Situation{Task: agent.Task{Purpose: "a tin thing", Seed: 4}, Actions: taughtSpecs,
		World: agent.Description{State: taughtWorld}, State: agent.State{Data: data}, Index: 1}
}

// Without legal actions the specs and the state say what can be done; a taught
// rule in simple words is followed, one in free words is shown with the reason.
func TestTaughtRules(t *testing.T) {
	a := NewActor(ActorConfig{})
	s := taughtSituation()
	set := &agent.RuleSet{Revision: 1, Rules: []*agent.Heuristic{
		{ID: "clear", Author: agent.AuthorHuman, Strategy: "polish wax", Pattern: "when made is as asked", Status: agent.Active},
		{ID: "vague", Author: agent.AuthorHuman, Strategy: "polish", Pattern: "when it looks dull", Status: agent.Active}}}
	recalled, err := a.Recall(context.Background(), s, set)
	if err != nil || len(recalled) != 2 || recalled[1].Rule.ID != "vague" || !strings.Contains(recalled[1].Why, "not followed") {
		t.Fatalf("recalled %+v, %v", recalled, err)
	}
	s.Memory.Rules = recalled
	d, err := a.Decide(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	if d.Action.Label() != "polish a wax" || !slices.Equal(d.Action.Cites, []string{"clear"}) {
		t.Errorf("did %q citing %v", d.Action.Label(), d.Action.Cites)
	}
	if s.Memory.Rules = nil; len(optionsOf(s)) != 4 {
		t.Error("polish by two things of two kinds is four actions")
	}
}

func TestNothingToDoIsDone(t *testing.T) {
	s := taughtSituation()
	s.Legal = []agent.Action{}
	d, err := NewActor(ActorConfig{}).Decide(context.Background(), s)
	if err != nil || d.Action.Name != agent.Done {
		t.Errorf("did %q, %v", d.Action.Name, err)
	}
}

// optionsOf returns what can be done in a situation.
func optionsOf(s *agent.Situation) []features.Lifted {
	e := features.NewEpisode(s.World.State, s.Task.Purpose)
	e.Look(&s.State)
	return e.Options(s)
}
