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
)

func TestReciprocalRankAndStandardize(t *testing.T) {
	if got, want := reciprocalRank(1)+reciprocalRank(3), 1.0/61+1.0/63; math.Abs(got-want) > 1e-15 {
		t.Errorf("rrf of ranks 1 and 3 = %v, want %v", got, want)
	}
	if got := reciprocalRank(0); got != 0 {
		t.Errorf("a list that has it not gives %v, want 0", got)
	}
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
		a    Advantage
		all  float64
		want float64
	}{
		{"nothing tried at all", Advantage{SD: .5}, 0, 0},
		{"untried among many", Advantage{SD: .5}, math.E*math.E - 1, .5 * .5 * 2},
		{"well tried", Advantage{SD: .4, N: 99}, math.E*math.E - 1, .5 * .4 * .2},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := explorationBonus(test.a, test.all); math.Abs(got-test.want) > 1e-12 {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestHashedVectors(t *testing.T) {
	a, b, c := hashedVector("Take the KEYS!"), hashedVector("take the key"), hashedVector("bake bread in an oven")
	if n := cosine(a, a); math.Abs(n-1) > 1e-6 {
		t.Errorf("a vector's length is %v, want 1", n)
	}
	if cosine(a, b) < .5 || cosine(a, c) > .2 {
		t.Errorf("cosines are %.2f with its singular and %.2f with something else", cosine(a, b), cosine(a, c))
	}
	if got := hashedVector(" \x00\x01 …!"); len(got) != 0 {
		t.Errorf("a text without a word has the vector %v", got)
	}
	// The places and signs are fixed for all time: stored vectors rely on it.
	place, sign := placeOf("key")
	if place != 2805 || sign != 1 {
		t.Errorf("%q is hashed to %d, %v, want %d, %v", "key", place, sign, 2805, 1)
	}
	vectors, err := HashedEmbedder{}.Embed(t.Context(), []string{"take the key", ""})
	if err != nil || len(vectors) != 2 || len(vectors[0]) != HashedDimensions {
		t.Fatalf("Embed = %d vectors, %v", len(vectors), err)
	}
	sum := 0.0
	for _, x := range vectors[0] {
		sum += float64(x) * float64(x)
	}
	if math.Abs(sum-1) > 1e-6 || slices.Max(vectors[1]) != 0 {
		t.Errorf("the vector's squares sum to %v, and nothing has %v", sum, slices.Max(vectors[1]))
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

// What was added and removed before leaves no trace in a vector index, and its
// cosines are those of the definition.
func TestVectorIndexIsWhatItHolds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	worn, holds := newVectorIndex(), map[string]string{}
	for range 2000 {
		id := fmt.Sprint("d", r.IntN(60))
		if r.IntN(3) == 0 {
			worn.remove(id)
			delete(holds, id)
		} else {
			holds[id] = randomText(r)
			worn.add(id, holds[id], 1)
		}
	}
	fresh := newVectorIndex()
	for id, text := range holds { // in the map's random order
		fresh.add(id, text, 1)
	}
	for range 200 {
		query := randomText(r)
		got, want := worn.search(query, 10, nil), fresh.search(query, 10, nil)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("search(%q) = %v, want %v", query, got, want)
		}
		vector := fresh.queryVector(query)
		slices.SortFunc(vector, func(a, b component) int { return int(a.place) - int(b.place) })
		for _, hit := range got {
			if c := cosine(vector, hashedVector(holds[hit.ID])); math.Abs(c-hit.Similarity) > 1e-6 {
				t.Fatalf("cosine of %s = %v, want %v", hit.ID, hit.Similarity, c)
			}
		}
	}
}

// A long list of postings is not read to its end, and that changes no hit's
// cosine and loses no text that shares a rare word.
func TestSearchOfManySparesTheCommonWords(t *testing.T) {
	words, vectors := NewIndex(), newVectorIndex()
	const n = 12_000
	for i := range n {
		text := fmt.Sprintf("bring the jar to the counter and then go on, order number %d", i%3000)
		words.Add(fmt.Sprint("d", i), text, 1)
		vectors.add(fmt.Sprint("d", i), text, 1)
	}
	query := "bring the jar to the counter and then go on, order number 1234"
	for name, hits := range map[string][]Hit{"words": words.Search(query, 4), "vectors": vectors.search(query, 4, nil)} {
		got := []string{}
		for _, h := range hits {
			got = append(got, h.ID)
		}
		if !slices.Equal(got, []string{"d10234", "d1234", "d4234", "d7234"}) {
			t.Errorf("%s found %v", name, got)
		}
		if name == "words" && hits[0].Similarity != 1 {
			t.Errorf("the query's own words have a likeness of %v, want exactly 1", hits[0].Similarity)
		}
	}
	for i := range words.scores {
		if words.scores[i] != 0 {
			t.Fatal("a search left scores behind")
		}
	}
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
	slots := len(x.words.docs)
	counted := slices.Clone(rules)
	counted[0] = counted[0].Clone()
	counted[0].Shown++
	words := x.words.slots[counted[0].ID]
	Retrieve(t.Context(), "", s, NewRuleSet(Scope{}, 999, counted, set))
	if x.words.slots[counted[0].ID] != words || len(x.words.docs) != slots {
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
