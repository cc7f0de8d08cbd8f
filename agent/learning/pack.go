package learning

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/prompttext"
)

// What a pack of rules says it is, and how large it may be.
const (
	PackFormat   = "purpose-library"
	PackVersion  = 1
	MaxPackBytes = 32 << 20
	MaxPackRules = 20_000
	MaxPackName  = 100 // bytes
	// MaxPackProblems bounds what is reported of a broken pack.
	MaxPackProblems = 200
)

// Pack is rules on their way from one library to another: words and origin.
// What a rule has earned stays behind, since it was earned elsewhere.
type Pack struct {
	Format  string     `json:"format"`
	Version int        `json:"version"`
	Name    string     `json:"name"`
	Rules   []PackRule `json:"rules"`
}

// PackRule is one rule of a pack. Its id and parents mean something within the
// pack only.
type PackRule struct {
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
	Scope     PackScope        `json:"scope,omitzero"`
	Author    agent.Author     `json:"author,omitempty"`
	Status    agent.Status     `json:"status,omitempty"` // where it came from
	Good      int              `json:"good,omitempty"`   // evidence where it came from, for readers
	Bad       int              `json:"bad,omitempty"`
}

// PackScope says where a rule of a pack may be used.
type PackScope struct {
	Environment string `json:"environment,omitempty"`
	Dynamics    string `json:"dynamics,omitempty"`
	Schema      string `json:"schema,omitempty"`
}

// PackProblem is something wrong with a pack. Rule counts from 1; 0 is the pack itself.
type PackProblem struct {
	Rule  int    `json:"rule,omitempty"`
	ID    string `json:"id,omitempty"`
	Field string `json:"field,omitempty"`
	Text  string `json:"text"`
}

// String says the problem in a line.
func (p PackProblem) String() string {
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

// PackImport says how the rules of a pack enter a library.
type PackImport struct {
	Status agent.Status // default candidate
	Author agent.Author // default import:NAME
}

// PackReport is what became of a pack.
type PackReport struct {
	Change catalog.LibraryChange `json:"change"`
	Added  []string              `json:"added"` // ids in the library
	// Known maps ids of the pack to the rules that said the same already.
	Known map[string]string `json:"known,omitempty"`
	// Unwanted are ids of the pack whose words a person deleted or banned here.
	Unwanted []string `json:"unwanted,omitempty"`
}

// NewPack returns the rules as a pack, ordered by id. Parents that do not come
// along are left out. The same rules give the same pack.
func NewPack(name string, rules []*agent.Heuristic) Pack {
	rules = slices.SortedFunc(slices.Values(rules), func(a, b *agent.Heuristic) int { return strings.Compare(a.ID, b.ID) })
	with := make(map[string]bool, len(rules))
	for _, h := range rules {
		with[h.ID] = true
	}
	p := Pack{Format: PackFormat, Version: PackVersion, Name: name, Rules: make([]PackRule, len(rules))}
	for i, h := range rules {
		c := h.Clone()
		parents := slices.DeleteFunc(c.ParentIDs, func(id string) bool { return !with[id] })
		slices.Sort(parents)
		p.Rules[i] = PackRule{ID: c.ID, Parents: slices.Compact(parents), Tier: c.Tier, Kind: c.Kind, Title: c.Title, Pattern: c.Pattern, Strategy: c.Strategy,
			Avoid: c.Avoid, Because: c.Because, Steps: c.Steps, Action: c.Action, Predicate: c.Predicate, Scope: PackScope(c.Scope),
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
func (r *PackRule) Heuristic() *agent.Heuristic {
	return (&agent.Heuristic{Tier: r.Tier, Kind: r.Kind, Title: r.Title, Pattern: r.Pattern, Strategy: r.Strategy, Avoid: r.Avoid, Because: r.Because,
		Steps: r.Steps, Action: r.Action, Predicate: r.Predicate, Scope: agent.Scope(r.Scope), Author: r.Author, Status: r.Status}).Clone()
}

// ParsePack reads a pack and checks all of it: form, version, unknown fields by
// name, ids, parents, texts, injections. It returns every problem it finds, at
// most MaxPackProblems. A pack with problems must not be imported, but for the
// rules that Without leaves.
func ParsePack(raw []byte) (Pack, []PackProblem) {
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
func (p Pack) Without(problems []PackProblem) (Pack, bool) {
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

// packCheck collects what is wrong with a pack.
type packCheck struct {
	pack     Pack
	raw      []json.RawMessage
	problems []PackProblem
	first    map[string]int // the rule that has an id, from 0
}

func (c *packCheck) addf(rule int, field, format string, args ...any) {
	p := PackProblem{Rule: rule, Field: field, Text: fmt.Sprintf(format, args...)}
	if rule > 0 && rule <= len(c.pack.Rules) {
		p.ID = plainID(c.pack.Rules[rule-1].ID)
	}
	if len(c.problems) < MaxPackProblems {
		c.problems = append(c.problems, p)
	}
}

// plainID makes an id fit to be shown, whatever stands there.
func plainID(id string) string {
	if id == "" {
		return ""
	}
	return agent.Clip(plainTitle(id), 40)
}

// top reads the pack's own fields; false if there is no use in reading on.
func (c *packCheck) top(raw []byte) bool {
	if len(raw) > MaxPackBytes {
		c.addf(0, "", "it is %d bytes long; at most %d are allowed", len(raw), MaxPackBytes)
		return false
	}
	text, err := agent.FileText(raw)
	if err != nil {
		c.addf(0, "", "%s", agent.MessageOf(err))
		return false
	}
	if fault := agent.JSONFault(text); fault != "" {
		c.addf(0, "", "it is not one JSON object: %s", fault)
		return false
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil {
		c.addf(0, "", "it is not one JSON object, as in {\"format\": %q, …}", PackFormat)
		return false
	}
	if fields["version"] != nil {
		fields["version"] = asWhole(fields["version"])
	}
	for _, name := range unknownFields(fields, Pack{}) {
		c.addf(0, "", "there is no field %q in a pack", agent.Clip(name, 60))
	}
	read := func(name string, into any) bool {
		if fields[name] == nil {
			c.addf(0, name, "is missing")
			return false
		}
		if err := json.Unmarshal(fields[name], into); err != nil {
			c.addf(0, name, "%s", agent.JSONProblem(err))
			return false
		}
		return true
	}
	if read("format", &c.pack.Format) && c.pack.Format != PackFormat {
		c.addf(0, "format", "must be %q, got %q", PackFormat, agent.Clip(c.pack.Format, 40))
		return false
	}
	if read("version", &c.pack.Version) && c.pack.Version != PackVersion {
		c.addf(0, "version", "this pack has version %d; this program reads version %d", c.pack.Version, PackVersion)
		return false
	}
	if read("name", &c.pack.Name) {
		if problem := PackNameProblem(c.pack.Name); problem != "" {
			c.addf(0, "name", "%s", problem)
		}
	}
	if !read("rules", &c.raw) {
		return false
	}
	if len(c.raw) > MaxPackRules {
		c.addf(0, "rules", "holds %d rules; at most %d are allowed", len(c.raw), MaxPackRules)
		return false
	}
	return true
}

// PackNameProblem says what is wrong with the name of a pack, or returns "".
func PackNameProblem(name string) string {
	if strings.TrimSpace(name) == "" || strings.ContainsAny(name, "\n\t\r") {
		return "give the pack a name of one line"
	}
	return textProblem(name, MaxPackName)
}

func (c *packCheck) rules() {
	c.pack.Rules = make([]PackRule, len(c.raw))
	c.first = make(map[string]int, len(c.raw))
	said := make(map[scopedKey]int, len(c.raw))
	for i, raw := range c.raw {
		if !c.rule(i, raw) {
			continue
		}
		r := &c.pack.Rules[i]
		h := r.Heuristic()
		key := scopedKey{h.Scope, h.Key()}
		if other, twice := said[key]; twice {
			c.addf(i+1, "", "says the same as rule %d (%s)", other+1, plainID(c.pack.Rules[other].ID))
			continue
		}
		said[key] = i
	}
}

// rule reads one rule; false if it can't be compared with others.
func (c *packCheck) rule(i int, raw json.RawMessage) bool {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		c.addf(i+1, "", "is not a JSON object")
		return false
	}
	unknown := unknownFields(fields, PackRule{})
	for _, name := range unknown {
		delete(fields, name)
	}
	for _, count := range []string{"good", "bad"} {
		if fields[count] != nil {
			fields[count] = asWhole(fields[count])
		}
	}
	r := &c.pack.Rules[i]
	if raw := fields["id"]; raw != nil {
		_ = json.Unmarshal(raw, &r.ID) // an id that is no text is none
	}
	for _, name := range unknown {
		c.addf(i+1, "", "there is no field %q in a rule", agent.Clip(name, 60))
	}
	switch other, twice := c.first[r.ID]; {
	case strings.TrimSpace(r.ID) == "" || textProblem(r.ID, MaxRuleTitleBytes) != "":
		c.addf(i+1, "id", "give the rule a short id")
	case twice:
		c.addf(i+1, "id", "is already the id of rule %d", other+1)
	default:
		c.first[r.ID] = i
	}
	known, err := json.Marshal(fields)
	if err == nil {
		err = decodeStrict(known, r) // also looks into predicate and scope
	}
	if err != nil {
		c.addf(i+1, "", "%s", agent.JSONProblem(err))
		return false
	}
	h := r.Heuristic()
	if invalid, ok := errors.AsType[*agent.Error](CheckHeuristic(h)); ok {
		for _, name := range slices.Sorted(maps.Keys(invalid.Fields)) {
			c.addf(i+1, name, "%s", invalid.Fields[name])
		}
	}
	if r.Good < 0 || r.Bad < 0 {
		c.addf(i+1, "good", "counts of evidence must not be negative")
	}
	if found := prompttext.InjectionIn(wordsOfRule(h) + "\n" + wordsOfPredicate(h.Predicate)); found != "" {
		c.addf(i+1, "", "looks like an injected instruction: %s", found)
	}
	return true
}

func wordsOfPredicate(p *agent.Predicate) string {
	if p == nil {
		return ""
	}
	lines := []string{p.Action}
	for _, name := range slices.Sorted(maps.Keys(p.Params)) {
		lines = append(lines, name, p.Params[name])
	}
	for _, c := range p.When {
		lines = append(lines, c.Feature)
	}
	return strings.Join(lines, "\n")
}

// family checks that parents are in the pack and that nobody is its own ancestor.
func (c *packCheck) family() {
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, len(c.pack.Rules))
	for i := range c.pack.Rules {
		for _, parent := range c.pack.Rules[i].Parents {
			if _, ok := c.first[parent]; !ok {
				c.addf(i+1, "parents", "there is no rule %q in the pack", plainID(parent))
			}
		}
	}
	for start := range c.pack.Rules {
		if state[start] != unseen {
			continue
		}
		// A walk without recursion: a chain may be as long as the pack.
		type place struct{ rule, next int }
		path := []place{{rule: start}}
		state[start] = open
		for len(path) > 0 {
			at := &path[len(path)-1]
			parents := c.pack.Rules[at.rule].Parents
			if at.next == len(parents) {
				state[at.rule] = done
				path = path[:len(path)-1]
				continue
			}
			parent, ok := c.first[parents[at.next]]
			at.next++
			switch {
			case !ok || state[parent] == done:
			case state[parent] == open:
				c.addf(at.rule+1, "parents", "is among its own ancestors, by way of %q", plainID(c.pack.Rules[parent].ID))
			default:
				state[parent] = open
				path = append(path, place{rule: parent})
			}
		}
	}
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
