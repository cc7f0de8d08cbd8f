package search_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/replay"
	"purposeagent/agent/search"
)

func TestIndexSearch(t *testing.T) {
	texts := map[string]string{
		"red":   "deliver a red jar to the counter",
		"blue":  "deliver a blue jar to the counter",
		"bread": "bake bread in the oven",
		"long":  "deliver " + strings.Repeat("something else entirely ", 30),
	}
	for _, test := range []struct {
		name  string
		query string
		k     int
		want  []string
	}{
		{"the same words are first", "deliver a red jar to the counter", 4, []string{"red", "blue", "long"}},
		{"fillers find nothing beside a word", "bring it in the oven", 4, []string{"bread"}},
		{"fillers alone are all there is", "in the", 4, []string{}},
		{"case and punctuation do not matter", "RED... jar!", 4, []string{"red", "blue"}},
		{"at most k", "deliver a red jar to the counter", 1, []string{"red"}},
		{"no shared word, no hit", "quantum", 4, []string{}},
		{"an empty query finds nothing", "", 4, []string{}},
		{"k of 0 finds nothing", "red", 0, []string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := search.NewWordIndex()
			for id, text := range texts {
				x.Add(id, text, 1)
			}
			got := []string{}
			for _, h := range x.Search(test.query, test.k) {
				got = append(got, h.ID)
				if h.Similarity <= 0 || h.Similarity > 1 || h.Score != h.Similarity {
					t.Errorf("hit %+v is out of range", h)
				}
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("Search(%q) = %v, want %v", test.query, got, test.want)
			}
		})
	}
}

func TestIndexSimilarityOfTheQueryItselfIsOne(t *testing.T) {
	x := search.NewWordIndex()
	x.Add("a", "one two two three", 1)
	x.Add("b", "two four", 1)
	if got := x.Search("three two one two", 1)[0].Similarity; got != 1 {
		t.Errorf("similarity of the same words = %v, want exactly 1", got)
	}
	x.SetWeight("a", .25)
	if got := x.Search("three two one two", 1)[0]; got.Score != .25 || got.Similarity != 1 {
		t.Errorf("hit with weight .25 = %+v", got)
	}
}

// What was added and removed before must leave no trace.
func TestIndexIsWhatItHolds(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		var b strings.Builder
		for range 1 + rnd.IntN(12) {
			fmt.Fprintf(&b, "w%d ", rnd.IntN(30))
		}
		return b.String()
	}
	worn := search.NewWordIndex()
	holds := map[string]string{}
	for range 3000 {
		id := fmt.Sprint("d", rnd.IntN(60))
		if rnd.IntN(3) == 0 {
			worn.Remove(id)
			delete(holds, id)
		} else {
			holds[id] = text()
			worn.Add(id, holds[id], 1)
		}
	}
	fresh := search.NewWordIndex()
	for id, text := range holds { // in the map's random order
		fresh.Add(id, text, 1)
	}
	if worn.Len() != len(holds) {
		t.Fatalf("Len = %d, want %d", worn.Len(), len(holds))
	}
	for range 200 {
		query := text()
		if got, want := worn.Search(query, 10), fresh.Search(query, 10); !reflect.DeepEqual(got, want) {
			t.Fatalf("Search(%q) = %v, want %v", query, got, want)
		}
	}
}

func TestIndexBoundsHugeTexts(t *testing.T) {
	var b strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&b, "word%d ", i)
	}
	x := search.NewWordIndex()
	x.Add("huge", b.String(), 1)
	if len(x.Search("word1", 1)) != 1 || len(x.Search(fmt.Sprint("word", search.MaxTerms), 1)) != 0 {
		t.Error("the first MaxIndexTerms words count, and no more")
	}
}

// purposeText is like a workshop order: most words in most texts.
func purposeText(rnd *rand.Rand) string {
	kinds := []string{"jar", "bowl", "comb", "spoon", "box", "ring", "chair", "lamp"}
	colours := []string{"red", "blue", "green", "black", "white", "yellow"}
	materials := []string{"clay", "wood", "bone", "glass", "iron", "wool"}
	return fmt.Sprintf("make a %s %s of %s and bring it to the counter, order %d",
		colours[rnd.IntN(6)], kinds[rnd.IntN(8)], materials[rnd.IntN(6)], rnd.IntN(1000))
}

func BenchmarkIndexSearch(b *testing.B) {
	for _, n := range []int{500, 5_000, 50_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			rnd := rand.New(rand.NewPCG(3, 4))
			x := search.NewWordIndex()
			for i := range n {
				x.Add(fmt.Sprint("d", i), purposeText(rnd), 1)
			}
			b.ResetTimer()
			for b.Loop() {
				x.Search("make a red jar of clay and bring it to the counter, order 77", 3)
			}
		})
	}
}

func BenchmarkReplayRetrieve(b *testing.B) {
	for _, n := range []int{500, 5_000, 50_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			r := filledReplay(b, n)
			task := agent.Task{Purpose: "make a red jar of clay and bring it to the counter, order 77"}.WithDefaults()
			for b.Loop() {
				if got, err := r.Retrieve(b.Context(), benchScope, task, 3); err != nil || len(got) != 3 {
					b.Fatal(len(got), err)
				}
			}
		})
	}
}

// BenchmarkReplayAdd adds to a replay that is full: one comes, one goes.
func BenchmarkReplayAdd(b *testing.B) {
	for _, n := range []int{500, 5_000, 50_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			r := filledReplay(b, n)
			rnd := rand.New(rand.NewPCG(5, 6))
			i := n
			for b.Loop() {
				i++
				if err := r.Add(b.Context(), benchTrajectory(rnd, i)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

var benchScope = agent.Scope{Environment: "bench"}

func benchTrajectory(rnd *rand.Rand, i int) *agent.Trajectory {
	return &agent.Trajectory{ID: fmt.Sprint("t", i), Run: fmt.Sprint("r", i), Scope: benchScope, Steps: make([]agent.Step, 20),
		Task:    agent.Task{Purpose: purposeText(rnd), Seed: int64(i)}.WithDefaults(),
		Outcome: agent.Outcome{Success: rnd.IntN(2) == 0, Score: rnd.Float64()}}
}

func filledReplay(b *testing.B, n int) *replay.ExperienceReplay {
	b.Helper()
	rnd := rand.New(rand.NewPCG(3, 4))
	r := replay.New(n)
	for i := range n {
		if err := r.Add(b.Context(), benchTrajectory(rnd, i)); err != nil {
			b.Fatal(err)
		}
	}
	return r
}
