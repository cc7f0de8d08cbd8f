package features

import (
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/wording"
)

func TestComparisons(t *testing.T) {
	numbers := []Quantity{{"temperature", 17}, {"target", 20}, {"box weight", 3}, {"low", -2.5}}
	tests := []struct {
		name, feature string
		is, holds     bool
	}{
		{"reached", "temperature is at least 17", true, true},
		{"not reached", "temperature is at least 17.5", true, false},
		{"of two", "temperature is less than target", true, true},
		{"more than one that is not there", "temperature is more than nothing", true, false},
		{"one that is not there", "nothing is at least 1", true, false},
		{"an attribute", "box weight equals 3", true, true},
		{"below zero", "low is at least -3", true, true},
		{"equality of attributes is none", "box shade equals that of a held thing", false, false},
		{"a relation to the purpose is none", "temperature is less than asked", false, false},
		{"a value is none", "temperature is 17", false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, is := ParseComparison(test.feature)
			if is != test.is || is && c.Holds(LookIn(numbers)) != test.holds {
				t.Errorf("%q: %+v, %v", test.feature, c, is)
			}
			if is && c.String() != test.feature {
				t.Errorf("%q is written %q", test.feature, c)
			}
		})
	}
}

// Numbers, places and texts in a rule read back from its words, and people may
// say them in other words.
func TestPatternsOfNumbersReadBack(t *testing.T) {
	world := polishWorld
	world.Place = "/place"
	tests := []struct {
		name, pattern string
		want          agent.Condition
	}{
		{"a threshold", "when the temperature is at least 17", agent.Condition{Feature: "temperature is at least 17", Holds: true}},
		{"below it", "when temperature is less than 17", agent.Condition{Feature: "temperature is at least 17"}},
		{"above", "when temperature is more than 17", agent.Condition{Feature: "temperature is more than 17", Holds: true}},
		{"not above", "if temperature is at most 17", agent.Condition{Feature: "temperature is more than 17"}},
		{"two numbers", "when width is less than height", agent.Condition{Feature: "width is less than height", Holds: true}},
		{"the other way", "when width is at least height", agent.Condition{Feature: "width is less than height"}},
		{"equal", "when object weight equals limit", agent.Condition{Feature: "object weight equals limit", Holds: true}},
		{"not equal", "when object weight does not equal limit", agent.Condition{Feature: "object weight equals limit"}},
		{"the place", "the place is dark Kitchen", agent.Condition{Feature: "place is dark Kitchen", Holds: true}},
		{"another place", "when the place is not kitchen", agent.Condition{Feature: "place is kitchen"}},
		{"a list", "when bag has lamp", agent.Condition{Feature: "bag has lamp", Holds: true}},
		{"not in a list", "when bag does not have lamp", agent.Condition{Feature: "bag has lamp"}},
		{"a text", "when note mentions curtain", agent.Condition{Feature: "note mentions curtain", Holds: true}},
		{"steps", "when steps left is less than 3", agent.Condition{Feature: "steps left is at least 3"}},
		{"unwanted", "when dark is unwanted", agent.Condition{Feature: "dark is unwanted", Holds: true}},
		{"avoided", "when shade is to be avoided", agent.Condition{Feature: "object shade is to be avoided", Holds: true}},
		{"an amount", "when temperature is less than asked", agent.Condition{Feature: "temperature is less than asked", Holds: true}},
		{"a plural", "when apples is asked", agent.Condition{Feature: "apple is asked", Holds: true}},
		{"an attribute that nobody announced", "when object taste is sour", agent.Condition{Feature: "object taste is sour", Holds: true}},
		{"held", "when the object is not held", agent.Condition{Feature: "object is held"}},
		{"told", "when a text says not to do it", agent.Condition{Feature: toldNot, Holds: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			read := func(pattern string) []agent.Condition {
				p, err := newRuleReader(polishSpecs, &world, map[string]bool{"object taste": true}).pattern(&agent.Heuristic{Action: "polish", Strategy: "polish", Pattern: pattern})
				if err != nil {
					t.Fatalf("%q: %v", pattern, err)
				}
				return p.When
			}
			got := read(test.pattern)
			if !slices.Equal(got, []agent.Condition{test.want}) {
				t.Fatalf("%q is read as %+v", test.pattern, got)
			}
			text := wording.New(world, polishSpecs).When(&wording.Case{Action: "polish", When: got}, 0)
			if again := read(text); !slices.Equal(again, got) {
				t.Errorf("%q reads back as %+v", text, again)
			}
		})
	}
}

func TestWish(t *testing.T) {
	vocabulary := map[string][]string{"colour": {"red", "light blue", "blue"}, "work": {"painted", "paint", "sand"}}
	tests := []struct {
		name, purpose     string
		asks, avoids, not []string
	}{
		{"as it stands", "a red one", []string{"red"}, nil, []string{"blue", "paint"}},
		{"two words", "a light blue one", []string{"light blue", "blue"}, nil, []string{"red"}},
		{"turned round", "anything without red", nil, []string{"red"}, []string{"blue"}},
		{"both", "blue, not red", []string{"blue"}, []string{"red"}, nil},
		{"wanted and not", "a red cube, but not the red ball", []string{"red"}, nil, nil},
		{"a form", "some painting of the reds", []string{"red", "paint"}, nil, []string{"sand"}},
		{"a form that the vocabulary has", "a painted one", []string{"painted"}, nil, []string{"paint"}},
		{"who does it", "bring a sander", []string{"sand"}, nil, []string{"paint"}},
		{"a negated form", "avoid sanding it", nil, []string{"sand"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := ReadPurpose(test.purpose, vocabulary)
			for _, v := range test.asks {
				if !w.Names(v) || w.Avoids(v) {
					t.Errorf("%q is not asked", v)
				}
			}
			for _, v := range test.avoids {
				if w.Names(v) || !w.Avoids(v) {
					t.Errorf("%q is not avoided", v)
				}
			}
			for _, v := range test.not {
				if w.Names(v) || w.Avoids(v) {
					t.Errorf("%q is spoken of", v)
				}
			}
		})
	}
}

// What the checker prints.
func TestFeaturesOf(t *testing.T) {
	data := func(n int) agent.State {
		return agent.State{Data: agent.MustObject(map[string]any{"temperature": n, "bag": []string{"a", "b", "c"}})}
	}
	tr := &agent.Trajectory{Task: agent.Task{Purpose: "warm up"}, Initial: data(3),
		Steps: []agent.Step{{Before: data(3), Action: agent.NewAction("set", "value", "4"), After: data(9)}}}
	var got []string
	for _, g := range Overview(tr, agent.Description{}, exampleSpecs, 2) {
		got = append(got, g.Kind+": "+strings.Join(g.Features, ", "))
		if len(g.Features) > 2 || g.Kind == "of the state" && g.More == 0 {
			t.Errorf("%+v", g)
		}
	}
	want := "of the purpose: up is asked, warm is asked\nof the state: bag has a, bag has b\nof actions: it was done here"
	if all := strings.Join(got, "\n"); !strings.Contains(all, "numbers, compared with constants and each other: number in bag (3), temperature (3 to 9)") || !strings.HasPrefix(all, want[:60]) {
		t.Error(all)
	}
}

func FuzzWish(f *testing.F) {
	f.Add("two red cubes, not 3", "red")
	f.Add("don't forget the paint", "paint")
	f.Fuzz(func(t *testing.T, purpose, value string) {
		w := ReadPurpose(purpose, map[string][]string{"a": {value, "red"}})
		if w.Names(value) && w.Avoids(value) {
			t.Errorf("%q asks for %q and avoids it", purpose, value)
		}
		if len(w.Words) > maxWishWords || len(w.avoided) > maxWishWords {
			t.Errorf("%d words", len(w.Words))
		}
	})
}

func FuzzContents(f *testing.F) {
	f.Add(`{"a":[1,"x",{"b":null}],"c~/d":"two words"}`, "/a")
	f.Add(`{"":"","n":1e400,"deep":[[[[[[[[[[1]]]]]]]]]]}`, "")
	f.Fuzz(func(t *testing.T, raw, pointer string) {
		data, err := agent.ParseObject([]byte(raw))
		if err != nil {
			return
		}
		spec := agent.StateSpec{Place: pointer, Held: pointer}
		state := agent.State{Data: data, Summary: raw}
		v := NewView(&spec, &state)
		if len(v.Facts) > maxFacts+1 || len(v.Numbers) > maxNumbers {
			t.Errorf("%d facts, %d numbers", len(v.Facts), len(v.Numbers))
		}
		e := NewEpisode(spec, raw)
		e.Look(&state)
		l := Lift(exampleSpecs, agent.NewAction("say", "text", raw))
		for _, feature := range e.Scene().Of(&l) {
			say(agent.Condition{Feature: feature})
		}
	})
}
