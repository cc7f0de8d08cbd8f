package duplicates_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/duplicates"
)

func inWords(id, when, do, avoid string) *agent.Heuristic {
	return &agent.Heuristic{ID: id, Tier: agent.Strategic, Kind: agent.KindRule, Title: id, Pattern: when, Strategy: do, Avoid: avoid,
		Author: agent.AuthorDistiller, Status: agent.Active, Scope: agent.Scope{Environment: "maze"}}
}

func TestNearRules(t *testing.T) {
	const when = "a locked red door blocks the northern passage"
	for _, test := range []struct {
		name string
		a, b *agent.Heuristic
		want string // near, opposed, "" for apart
	}{
		{"the same in other order", inWords("a", when, "search the fork for its key", ""), inWords("b", when, "for its key search the fork", ""), "near"},
		{"the opposite", inWords("a", when, "search the fork for its key", ""), inWords("b", when, "", "search the fork for its key"), "opposed"},
		{"the opposite by a negation", inWords("a", when, "search the fork for its key", ""), inWords("b", when, "never search the fork for its key", ""), "opposed"},
		{"the opposite of an advice with a not of its own", inWords("a", when, "take the way not tried", ""), inWords("b", when, "", "take the way not tried"), "opposed"},
		{"a not that is no negation of the advice", inWords("a", when, "take the way not tried", ""), inWords("b", when, "never take the way tried", ""), ""},
		{"the opposite case", inWords("a", "door locked", "go north", ""), inWords("b", "door not locked", "never go north", ""), ""},
		{"something else", inWords("a", when, "search the fork for its key", ""), inWords("b", "three signs hang in a hall", "read the middle one", ""), ""},
		{"another action", func() *agent.Heuristic { h := inWords("a", when, "go north", ""); h.Action = "go"; return h }(), inWords("b", when, "go north", ""), ""},
		{"another world", func() *agent.Heuristic {
			h := inWords("a", when, "go north", "")
			h.Scope.Environment = "workshop"
			return h
		}(), inWords("b", when, "go north", ""), ""},
		{"every world covers one", func() *agent.Heuristic { h := inWords("a", when, "go north", ""); h.Scope = agent.Scope{}; return h }(), inWords("b", when, "go north", ""), "near"},
		{"a condition that a program reads", func() *agent.Heuristic {
			h := inWords("a", when, "go north", "")
			h.Predicate = &agent.Predicate{Action: "go"}
			return h
		}(), inWords("b", when, "go north", ""), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			pairs := duplicates.Near([]*agent.Heuristic{test.b, test.a})
			if len(pairs) == 1 {
				if got = "near"; pairs[0].Opposed {
					got = "opposed"
				}
				if pairs[0].A.ID != "a" || pairs[0].Jaccard < .5 || pairs[0].Jaccard > 1 {
					t.Errorf("%+v", pairs[0])
				}
			}
			if got != test.want || len(pairs) > 1 {
				t.Errorf("got %q of %d pairs, want %q", got, len(pairs), test.want)
			}
		})
	}
}

// The short way finds what comparing each with each finds, as long as no rule
// has more than MaxNear near ones.
func TestNearRulesMissesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	var rules []*agent.Heuristic
	for i := range 120 { // families of four that differ by a few words
		family := rand.New(rand.NewPCG(uint64(i/4), 7))
		var words []string
		for range 9 {
			words = append(words, fmt.Sprint("w", family.IntN(90)))
		}
		for range rng.IntN(4) {
			words[rng.IntN(len(words))] = fmt.Sprint("w", rng.IntN(90))
		}
		rules = append(rules, inWords(fmt.Sprintf("h%03d", i), strings.Join(words[:5], " "), strings.Join(words[5:], " "), ""))
	}
	found := map[string]bool{}
	for _, p := range duplicates.Near(rules) {
		found[p.A.ID+p.B.ID] = true
	}
	missed := 0
	for i := range rules {
		for j := range i {
			pairs := duplicates.Near([]*agent.Heuristic{rules[j], rules[i]})
			if len(pairs) == 1 && !found[rules[j].ID+rules[i].ID] {
				missed++
			}
		}
	}
	if missed > 0 || len(found) == 0 {
		t.Errorf("missed %d pairs, found %d", missed, len(found))
	}
}

func TestClusters(t *testing.T) {
	const when = "a locked red door blocks the northern passage"
	rules := []*agent.Heuristic{inWords("a", when, "search the fork for its key", ""), inWords("b", when, "search the fork for its key now", ""),
		inWords("c", when, "", "search the fork for its key"), inWords("d", "signs hang in a wide hall", "read each sign", ""), inWords("e", "signs hang in a wide hall", "read each sign twice", "")}
	m := duplicates.Map{Pairs: duplicates.Near(rules)}
	var got []string
	for _, c := range m.Clusters() {
		var ids strings.Builder
		for _, h := range c {
			ids.WriteString(h.ID)
		}
		got = append(got, ids.String())
	}
	if fmt.Sprint(got) != "[ab de]" {
		t.Error(got)
	}
}

// BenchmarkNearRules compares 10,000 rules in words.
func BenchmarkNearRules(b *testing.B) {
	rng := rand.New(rand.NewPCG(4, 2))
	var rules []*agent.Heuristic
	for i := range 10_000 {
		var words []string
		for range 14 {
			words = append(words, fmt.Sprint("word", int(rng.ExpFloat64()*120)))
		}
		rules = append(rules, inWords(fmt.Sprintf("h%06d", i), strings.Join(words[:8], " "), strings.Join(words[8:], " "), ""))
	}
	for b.Loop() {
		duplicates.Near(rules)
	}
}
