package packs

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/admission"
	"purposeagent/agent/prompttext"
)

// packCheck collects what is wrong with a pack.
type packCheck struct {
	pack     Pack
	raw      []json.RawMessage
	problems []Problem
	first    map[string]int // the rule that has an id, from 0
}

func (c *packCheck) addf(rule int, field, format string, args ...any) {
	p := Problem{Rule: rule, Field: field, Text: fmt.Sprintf(format, args...)}
	if rule > 0 && rule <= len(c.pack.Rules) {
		p.ID = plainID(c.pack.Rules[rule-1].ID)
	}
	if len(c.problems) < MaxProblems {
		c.problems = append(c.problems, p)
	}
}

// plainID makes an id fit to be shown, whatever stands there.
func plainID(id string) string {
	if id == "" {
		return ""
	}
	return agent.Clip(admission.PlainTitle(id), 40)
}

// top reads the pack's own fields; false if there is no use in reading on.
func (c *packCheck) top(raw []byte) bool {
	if len(raw) > MaxBytes {
		c.addf(0, "", "it is %d bytes long; at most %d are allowed", len(raw), MaxBytes)
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
		c.addf(0, "", "it is not one JSON object, as in {\"format\": %q, …}", Format)
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
	if read("format", &c.pack.Format) && c.pack.Format != Format {
		c.addf(0, "format", "must be %q, got %q", Format, agent.Clip(c.pack.Format, 40))
		return false
	}
	if read("version", &c.pack.Version) && c.pack.Version != Version {
		c.addf(0, "version", "this pack has version %d; this program reads version %d", c.pack.Version, Version)
		return false
	}
	if read("name", &c.pack.Name) {
		if problem := NameProblem(c.pack.Name); problem != "" {
			c.addf(0, "name", "%s", problem)
		}
	}
	if !read("rules", &c.raw) {
		return false
	}
	if len(c.raw) > MaxRules {
		c.addf(0, "rules", "holds %d rules; at most %d are allowed", len(c.raw), MaxRules)
		return false
	}
	return true
}

// NameProblem says what is wrong with the name of a pack, or returns "".
func NameProblem(name string) string {
	if strings.TrimSpace(name) == "" || strings.ContainsAny(name, "\n\t\r") {
		return "give the pack a name of one line"
	}
	return admission.TextProblem(name, maxName)
}

func (c *packCheck) rules() {
	c.pack.Rules = make([]Rule, len(c.raw))
	c.first = make(map[string]int, len(c.raw))
	type scopedKey struct {
		scope agent.Scope
		key   string
	}
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
	unknown := unknownFields(fields, Rule{})
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
	case strings.TrimSpace(r.ID) == "" || admission.TextProblem(r.ID, admission.MaxTitleBytes) != "":
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
	if invalid, ok := errors.AsType[*agent.Error](admission.Check(h)); ok {
		for _, name := range slices.Sorted(maps.Keys(invalid.Fields)) {
			c.addf(i+1, name, "%s", invalid.Fields[name])
		}
	}
	if r.Good < 0 || r.Bad < 0 {
		c.addf(i+1, "good", "counts of evidence must not be negative")
	}
	if found := prompttext.InjectionIn(admission.Words(h) + "\n" + wordsOfPredicate(h.Predicate)); found != "" {
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
