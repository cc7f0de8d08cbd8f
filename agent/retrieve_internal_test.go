package agent

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"purposeagent/agent/credit"
)

func TestStandardize(t *testing.T) {
	for _, test := range []struct {
		name         string
		values, want []float64
	}{
		{"none", nil, []float64{}},
		{"one", []float64{3}, []float64{0}},
		{"equal ones", []float64{2, 2, 2}, []float64{0, 0, 0}},
		{"two", []float64{1, 3}, []float64{-1, 1}},
		{"mean 5, sd 2", []float64{2, 4, 4, 4, 5, 5, 7, 9}, []float64{-1.5, -.5, -.5, -.5, 0, 0, 1, 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := standardize(test.values)
			if len(got) != len(test.want) {
				t.Fatalf("got %v, want %v", got, test.want)
			}
			for i := range got {
				if math.Abs(got[i]-test.want[i]) > 1e-12 {
					t.Errorf("got %v, want %v", got, test.want)
				}
			}
		})
	}
}

func TestExplorationBonus(t *testing.T) {
	for _, test := range []struct {
		name string
		a    credit.Advantage
		all  float64
		want float64
	}{
		{"nothing tried at all", credit.Advantage{SD: .5}, 0, 0},
		{"untried among many", credit.Advantage{SD: .5}, math.E*math.E - 1, .5 * .5 * 2},
		{"well tried", credit.Advantage{SD: .4, N: 99}, math.E*math.E - 1, .5 * .4 * .2},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := explorationBonus(test.a, test.all); math.Abs(got-test.want) > 1e-12 {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// randomText draws words that several texts share.
func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(12) {
		fmt.Fprintf(&b, "word%d ", r.IntN(40))
	}
	return b.String()
}

// ruleOf makes a rule with its words in the pattern.
func ruleOf(id, text string) *Heuristic {
	return &Heuristic{ID: id, Tier: Strategic, Title: id, Pattern: text, Strategy: "do so", Status: Active, Author: AuthorHuman}
}

// The index follows its library: after any sequence of changes it answers like
// one that was made new, and a change of counts indexes nothing again.
func TestRuleIndexFollowsTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var rules []*Heuristic
	var set *RuleSet
	s := &Situation{}
	for revision := range 120 {
		rules = slices.Clone(rules)
		switch n := len(rules); {
		case n < 5 || r.IntN(3) == 0:
			rules = append(rules, ruleOf(fmt.Sprint("h", revision), randomText(r)))
		case r.IntN(3) == 0:
			rules = slices.Delete(rules, 0, 1+r.IntN(2))
		default:
			next := rules[r.IntN(n)].Clone()
			if next.Shown++; r.IntN(2) == 0 {
				next.Pattern = randomText(r)
			}
			if r.IntN(4) == 0 {
				next.Status = Candidate
			}
			rules[slices.IndexFunc(rules, func(h *Heuristic) bool { return h.ID == next.ID })] = next
		}
		before := set
		set = NewRuleSet(Scope{}, int64(revision), rules, before)
		s.State.Summary = randomText(r)
		if before != nil && r.IntN(4) == 0 {
			Retrieve(t.Context(), "", s, before) // an old set may still be in use
		}
		_, got := Retrieve(t.Context(), "", s, set)
		_, want := Retrieve(t.Context(), "", s, NewRuleSet(Scope{}, int64(revision), rules, nil))
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("revision %d: got %+v\nwant %+v", revision, got, want)
		}
	}
	x := set.indexed()
	counted := slices.Clone(rules)
	counted[0] = counted[0].Clone()
	counted[0].Shown++
	indexed := x.vectors.Vector(counted[0].ID)
	Retrieve(t.Context(), "", s, NewRuleSet(Scope{}, 999, counted, set))
	if again := x.vectors.Vector(counted[0].ID); &again[0] != &indexed[0] || x.words.Len() != len(rules) {
		t.Error("a change of counts indexed the rule again")
	}
}

func BenchmarkRetrieveRules(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	rules := make([]*Heuristic, 10_000)
	verbs, things, places := strings.Fields("take bring open paint sand wash cut carry unlock mix"),
		strings.Fields("comb jar bowl key door lamp ring box chair spoon rope axe"), strings.Fields("bench oven sink counter cellar attic garden hall corridor shed")
	colours := strings.Fields("red green blue black white yellow grey brown")
	for i := range rules {
		thing := things[r.IntN(12)] + strconv.Itoa(r.IntN(400))
		rules[i] = &Heuristic{ID: fmt.Sprintf("h%05d", i), Tier: Tiers[i%3], Title: verbs[r.IntN(10)] + " the " + thing, Status: Active, Action: verbs[r.IntN(10)],
			Pattern:  fmt.Sprintf("the %s %s stands at the %s and the task asks for it at the %s", colours[r.IntN(8)], thing, places[r.IntN(10)], places[r.IntN(10)]),
			Strategy: fmt.Sprintf("%s it first, then %s the %s and go on to the %s", verbs[r.IntN(10)], verbs[r.IntN(10)], things[r.IntN(12)], places[r.IntN(10)])}
	}
	s := &Situation{Task: Task{Purpose: "make a red comb of bone and bring it to the counter before the bell rings, order 77"},
		State: State{Summary: "You are at the bench. You hold a raw comb12 of bone. There is a red jar40, a key7 and a lamp on the shelf; the door to the cellar is locked, the oven is hot. You can take the jar40, open the door, sand the comb12 or wash the jar40 at the sink."}}
	for _, v := range verbs {
		s.Actions = append(s.Actions, ActionSpec{Name: v})
	}
	set := NewRuleSet(Scope{}, 1, rules, nil)
	Retrieve(b.Context(), "", s, set)
	b.Run("10000", func(b *testing.B) {
		for b.Loop() {
			if got, _ := Retrieve(b.Context(), "", s, set); len(got) != 9 {
				b.Fatal(len(got))
			}
		}
	})
	b.Run("10000AfterOneChange", func(b *testing.B) {
		revision := int64(1)
		for b.Loop() {
			revision++
			next := slices.Clone(rules)
			next[77] = next[77].Clone()
			next[77].Title += "x"
			set = NewRuleSet(Scope{}, revision, next, set)
			Retrieve(b.Context(), "", s, set)
		}
	})
}
