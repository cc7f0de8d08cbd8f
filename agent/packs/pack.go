// Package packs writes rules to a file that another library can take in, and
// reads such a file, which may come from anywhere.
package packs

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// What a pack of rules says it is, and how large it may be.
const (
	Format   = "purpose-library"
	Version  = 1
	MaxBytes = 32 << 20
	MaxRules = 20_000
	maxName  = 100 // bytes
	// MaxProblems bounds what is reported of a broken pack.
	MaxProblems = 200
)

// Pack is rules on their way from one library to another: words and origin.
// What a rule has earned stays behind, since it was earned elsewhere.
type Pack struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Name    string `json:"name"`
	Rules   []Rule `json:"rules"`
}

// Rule is one rule of a pack. Its id and parents mean something within the
// pack only.
type Rule struct {
	ID        string           `json:"id"`
	Parents   []string         `json:"parents,omitempty"`
	Tier      agent.Tier       `json:"tier"`
	Kind      agent.Kind       `json:"kind,omitempty"`
	Title     string           `json:"title"`
	Pattern   string           `json:"pattern"`
	Strategy  string           `json:"strategy,omitempty"`
	Avoid     string           `json:"avoid,omitempty"`
	Because   string           `json:"because,omitempty"`
	Steps     []string         `json:"steps,omitempty"`
	Action    string           `json:"action,omitempty"`
	Predicate *agent.Predicate `json:"predicate,omitempty"`
	Scope     Scope            `json:"scope,omitzero"`
	Author    agent.Author     `json:"author,omitempty"`
	Status    agent.Status     `json:"status,omitempty"` // where it came from
	Good      int              `json:"good,omitempty"`   // evidence where it came from, for readers
	Bad       int              `json:"bad,omitempty"`
}

// Scope says where a rule of a pack may be used.
type Scope struct {
	Environment string `json:"environment,omitempty"`
	Dynamics    string `json:"dynamics,omitempty"`
	Schema      string `json:"schema,omitempty"`
}

// Problem is something wrong with a pack. Rule counts from 1; 0 is the pack itself.
type Problem struct {
	Rule  int    `json:"rule,omitempty"`
	ID    string `json:"id,omitempty"`
	Field string `json:"field,omitempty"`
	Text  string `json:"text"`
}

// String says the problem in a line.
func (p Problem) String() string {
	where := "the pack"
	if p.Rule > 0 {
		where = fmt.Sprintf("rule %d", p.Rule)
		if p.ID != "" {
			where += " (" + p.ID + ")"
		}
	}
	if p.Field != "" {
		where += ", " + p.Field
	}
	return where + ": " + p.Text
}

// Import says how the rules of a pack enter a library.
type Import struct {
	Status agent.Status // default candidate
	Author agent.Author // default import:NAME
}

// Report is what became of a pack.
type Report struct {
	Change catalog.LibraryChange `json:"change"`
	Added  []string              `json:"added"` // ids in the library
	// Known maps ids of the pack to the rules that said the same already.
	Known map[string]string `json:"known,omitempty"`
	// Unwanted are ids of the pack whose words a person deleted or banned here.
	Unwanted []string `json:"unwanted,omitempty"`
}

// New returns the rules as a pack, ordered by id. Parents that do not come
// along are left out. The same rules give the same pack.
func New(name string, rules []*agent.Heuristic) Pack {
	rules = slices.SortedFunc(slices.Values(rules), func(a, b *agent.Heuristic) int { return strings.Compare(a.ID, b.ID) })
	with := make(map[string]bool, len(rules))
	for _, h := range rules {
		with[h.ID] = true
	}
	p := Pack{Format: Format, Version: Version, Name: name, Rules: make([]Rule, len(rules))}
	for i, h := range rules {
		c := h.Clone()
		parents := slices.DeleteFunc(c.ParentIDs, func(id string) bool { return !with[id] })
		slices.Sort(parents)
		p.Rules[i] = Rule{ID: c.ID, Parents: slices.Compact(parents), Tier: c.Tier, Kind: c.Kind, Title: c.Title, Pattern: c.Pattern, Strategy: c.Strategy,
			Avoid: c.Avoid, Because: c.Because, Steps: c.Steps, Action: c.Action, Predicate: c.Predicate, Scope: Scope(c.Scope),
			Author: c.Author, Status: c.Status, Good: c.Good, Bad: c.Bad}
	}
	return p
}

// Encode writes the pack as indented JSON, the same bytes for the same pack.
func (p Pack) Encode() ([]byte, error) {
	raw, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode pack %s: %w", p.Name, err)
	}
	return append(raw, '\n'), nil
}

// Heuristic returns the rule as a library takes it in: without evidence, counts
// and parents.
func (r *Rule) Heuristic() *agent.Heuristic {
	return (&agent.Heuristic{Tier: r.Tier, Kind: r.Kind, Title: r.Title, Pattern: r.Pattern, Strategy: r.Strategy, Avoid: r.Avoid, Because: r.Because,
		Steps: r.Steps, Action: r.Action, Predicate: r.Predicate, Scope: agent.Scope(r.Scope), Author: r.Author, Status: r.Status}).Clone()
}

// Parse reads a pack and checks all of it: form, version, unknown fields by
// name, ids, parents, texts, injections. It returns every problem it finds, at
// most MaxProblems. A pack with problems must not be imported, but for the
// rules that Without leaves.
func Parse(raw []byte) (Pack, []Problem) {
	c := &packCheck{}
	if c.top(raw) {
		c.rules()
		c.family()
	}
	return c.pack, c.problems
}

// Without returns the pack without the rules that have a problem, and whether
// that leaves a pack at all: a problem of the pack itself leaves none. Links to
// parents that are left out go as well.
func (p Pack) Without(problems []Problem) (Pack, bool) {
	bad := map[int]bool{}
	for _, x := range problems {
		if x.Rule == 0 {
			return Pack{}, false
		}
		bad[x.Rule-1] = true
	}
	kept := Pack{Format: p.Format, Version: p.Version, Name: p.Name}
	with := map[string]bool{}
	for i, r := range p.Rules {
		if !bad[i] {
			kept.Rules = append(kept.Rules, r)
			with[r.ID] = true
		}
	}
	for i := range kept.Rules {
		parents := slices.Clone(kept.Rules[i].Parents)
		kept.Rules[i].Parents = slices.DeleteFunc(parents, func(id string) bool { return !with[id] })
	}
	return kept, true
}

// ParentsFirst returns the places of the rules in an order in which parents come
// before their children, for a pack without problems.
func (p Pack) ParentsFirst() []int {
	places := make(map[string]int, len(p.Rules))
	for i := range p.Rules {
		places[p.Rules[i].ID] = i
	}
	waits := make([]int, len(p.Rules)) // for how many parents
	children := make([][]int, len(p.Rules))
	var order []int
	for i := range p.Rules {
		for _, id := range p.Rules[i].Parents {
			if parent, ok := places[id]; ok {
				waits[i]++
				children[parent] = append(children[parent], i)
			}
		}
		if waits[i] == 0 {
			order = append(order, i)
		}
	}
	for at := 0; at < len(order); at++ {
		for _, child := range children[order[at]] {
			if waits[child]--; waits[child] == 0 {
				order = append(order, child)
			}
		}
	}
	return order
}

// unknownFields returns the names that a struct has no JSON field for, in order.
func unknownFields(fields map[string]json.RawMessage, like any) []string {
	known := map[string]bool{}
	t := reflect.TypeOf(like)
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		known[name] = true
	}
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !known[name] {
			unknown = append(unknown, name)
		}
	}
	return unknown
}
