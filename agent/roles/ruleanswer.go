package roles

import (
	"encoding/json"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/search"
)

// The edits that a distiller may propose. Each is a change of its own: a rule is
// never rewritten as a whole with the rest.
const (
	editNew        = "new"
	editMerge      = "merge"      // two or more rules become the first of them
	editSharpen    = "sharpen"    // a rule says the same of fewer cases
	editSplit      = "split"      // a case of a known rule becomes one of its own
	editContradict = "contradict" // the steps speak against a known rule
)

var edits = []string{editNew, editMerge, editSharpen, editSplit, editContradict}

// tierFact is the tier by which a model proposes a fact about the world.
const tierFact = "fact"

// rulesSchema is the schema of the answer; evidence can only be steps that exist, and
// what is changed only rules that were shown.
func rulesSchema(lesson *agent.Lesson, known []string, forms bool, budget int) json.RawMessage {
	names := []string{""}
	for _, spec := range lesson.Actions {
		names = append(names, spec.Name)
	}
	phrase := stringSchema(atMost(160, budget, 8))
	properties := []property{}
	if len(known) > 0 {
		properties = append(properties, property{"edit", enumSchema(edits)}, property{"of", arraySchema(enumSchema(known), 4)})
	}
	properties = append(properties,
		property{"tier", enumSchema([]string{tierFact, string(agent.Tool), string(agent.Procedural), string(agent.Strategic)})},
		property{"title", stringSchema(atMost(80, budget, 8))},
		property{"when", phrase},
		property{"do", phrase},
		property{"avoid", phrase},
		property{"because", phrase},
		property{"steps", arraySchema(stringSchema(atMost(100, budget, 8)), min(agent.MaxWorkflow, max(budget/100, 2)))},
		property{"action", enumSchema(names)})
	if forms {
		properties = append(properties, property{"condition", arraySchema(stringSchema(atMost(100, budget, 8)), 4)})
	}
	properties = append(properties,
		property{"evidence", arraySchema(schemaJSON(map[string]any{"type": "integer", "minimum": 1, "maximum": len(lesson.Trajectory.Steps)}), 6)})
	return objectSchema(property{"rules", arraySchema(objectSchema(properties...), min(MaxRulesPerLesson, max(budget/300, 1)))})
}

// reading is what a distiller's answer is read with.
type reading struct {
	prompt *Prompt
	author agent.Author
	lesson *agent.Lesson
	known  map[string]*agent.Heuristic // that were shown, by label
	checks Vocabulary
}

// proposals reads one item of the answer: a new rule, or a change of known ones.
// None if it says nothing, is bound to no action where it must be, repeats the
// prompt, cites no step that exists, or changes what was not shown.
func (r *reading) proposals(item any) []agent.Proposal {
	object, ok := item.(map[string]any)
	if !ok {
		return nil
	}
	edit, of := textOf(object["edit"], 20), r.named(object["of"])
	if edit == editContradict {
		return r.contradicted(object, of)
	}
	h, ok := r.heuristic(object)
	if !ok {
		return nil
	}
	reason := "distilled from " + r.lesson.Trajectory.ID
	first := agent.Proposal{Rule: h, Reason: reason}
	switch {
	case edit == "" || edit == editNew || len(of) == 0:
		return []agent.Proposal{first}
	case edit == editSplit:
		for _, parent := range of {
			first.Rule.ParentIDs = append(first.Rule.ParentIDs, parent.ID)
		}
		first.Reason = "split from " + of[0].ID + ", " + reason
		return []agent.Proposal{first}
	case edit == editSharpen:
		first.Rule.ID, first.Reason = of[0].ID, "sharpened, "+reason
		return []agent.Proposal{first}
	case edit == editMerge && len(of) > 1:
		first.Rule.ID, first.Reason = of[0].ID, "merged with "+of[1].ID+", "+reason
		out := []agent.Proposal{first}
		for _, gone := range of[1:] {
			out[0].Rule.ParentIDs = append(out[0].Rule.ParentIDs, gone.ID)
			if gone.Predicate == nil { // a counted rule says more than its words
				out = append(out, agent.Proposal{Retire: true, Rule: agent.Heuristic{ID: gone.ID, Title: gone.Title}, Reason: "merged into " + of[0].ID})
			}
		}
		return out
	}
	return nil
}

// named returns the rules that an item names, of those that were shown.
func (r *reading) named(v any) []*agent.Heuristic {
	var found []*agent.Heuristic
	for _, label := range textsOf(v, 4, 100) {
		if h := r.known[strings.Trim(label, "[]")]; h != nil && !slices.Contains(found, h) {
			found = append(found, h)
		}
	}
	return found
}

// contradicted is evidence against a known rule, whose words stay.
func (r *reading) contradicted(object map[string]any, of []*agent.Heuristic) []agent.Proposal {
	var out []agent.Proposal
	for _, h := range of[:min(len(of), 1)] {
		refs := evidenceOf(object["evidence"], r.lesson.Trajectory, false)
		for i := range refs {
			refs[i].Good = false
		}
		if len(refs) == 0 || h.Counted() {
			continue
		}
		next := h.Clone()
		next.Evidence, next.Good, next.Bad = refs, 0, 0
		out = append(out, agent.Proposal{Rule: *next, Reason: "contradicted by " + r.lesson.Trajectory.ID})
	}
	return out
}

// heuristic reads the words of a rule.
func (r *reading) heuristic(object map[string]any) (agent.Heuristic, bool) {
	h := agent.Heuristic{
		Kind:    agent.KindRule,
		Title:   strings.Join(firstN(strings.Fields(textOf(object["title"], 120)), 8), " "),
		Pattern: withoutLead(textOf(object["when"], 300), "when "), Strategy: textOf(object["do"], 300),
		Avoid: withoutLead(textOf(object["avoid"], 300), "avoid "), Because: withoutLead(textOf(object["because"], 300), "because "),
		Scope: r.lesson.Trajectory.Scope, Author: r.author, Status: agent.Active,
	}
	if !r.place(&h, object) {
		return agent.Heuristic{}, false
	}
	if h.Pattern == "" || h.Strategy == "" && h.Avoid == "" && len(h.Steps) == 0 || copiesPrompt(r.prompt, h.Pattern, h.Strategy, h.Avoid) {
		return agent.Heuristic{}, false
	}
	if h.Strategy == "" && h.Avoid == "" {
		h.Strategy = "follow the steps"
	}
	if h.Title == "" {
		h.Title = strings.Join(firstN(strings.Fields(h.Strategy+" "+h.Avoid), 8), " ")
	}
	h.Evidence = evidenceOf(object["evidence"], r.lesson.Trajectory, h.Strategy == "")
	for _, e := range h.Evidence {
		if e.Good {
			h.Good++
		} else {
			h.Bad++
		}
	}
	h.Predicate = r.predicate(&h, object["condition"])
	return h, len(h.Evidence) > 0
}

// place sets the tier and kind, the action and the steps.
func (r *reading) place(h *agent.Heuristic, object map[string]any) bool {
	action := textOf(object["action"], 100)
	if !slices.ContainsFunc(r.lesson.Actions, func(s agent.ActionSpec) bool { return s.Name == action }) {
		action = ""
	}
	switch tier := textOf(object["tier"], 20); tier {
	case tierFact:
		h.Kind, h.Tier, h.Action = agent.KindDynamics, agent.Strategic, action
		if action != "" {
			h.Tier = agent.Tool
		}
	case string(agent.Strategic):
		h.Tier = agent.Strategic
	case string(agent.Procedural):
		h.Tier = agent.Procedural
		h.Steps = textsOf(object["steps"], agent.MaxWorkflow, 200)
		if len(h.Steps) > 1 {
			h.Kind = agent.KindWorkflow
		}
	case string(agent.Tool):
		h.Tier, h.Action = agent.Tool, action
		return action != ""
	default:
		return false
	}
	return true
}

// predicate reads the checkable condition of a rule about an action: nil where none
// was written, or one that no program can evaluate here. Nothing is guessed: one
// sentence that can't be checked drops all of it, and the words stand alone.
func (r *reading) predicate(h *agent.Heuristic, v any) *agent.Predicate {
	texts := textsOf(v, 8, 200)
	if r.checks == nil || len(texts) == 0 || h.Tier != agent.Tool || h.Strategy != "" && h.Avoid != "" {
		return nil
	}
	p := &agent.Predicate{Action: h.Action, Params: r.constants(h), Prior: agent.PriorSupport}
	for _, text := range texts {
		c := agent.Condition{Feature: strings.TrimSuffix(withoutLead(text, "when "), "."), Holds: true}
		if rest, turned := strings.CutPrefix(c.Feature, "not "); turned {
			c.Feature, c.Holds = strings.TrimSpace(rest), false
		}
		p.When = append(p.When, c)
	}
	if r.checks.CheckPredicate(p) != nil {
		return nil
	}
	return p
}

// constants are the words of an action that its advice names, such as oil in
// "prepare it with oil": one value a parameter, none where several are named.
func (r *reading) constants(h *agent.Heuristic) map[string]string {
	said := search.WordSet(strings.Join(search.Words(h.Strategy+" "+h.Avoid), " "))
	params := map[string]string{}
	for _, spec := range r.lesson.Actions {
		if spec.Name != h.Action {
			continue
		}
		for _, p := range spec.Params {
			var named []string
			for _, value := range p.Enum {
				if p.Role == agent.RoleConstant && said[strings.ToLower(value)] {
					named = append(named, value)
				}
			}
			if len(named) == 1 {
				params[p.Name] = named[0]
			}
		}
	}
	return params
}

// evidenceOf returns the cited steps that exist. A step speaks for a rule that
// says do if Φ rose, and for one that says avoid if it did not; where it has no
// score, the task's outcome decides.
func evidenceOf(v any, t *agent.Trajectory, avoids bool) []agent.EvidenceRef {
	cited, _ := v.([]any)
	var refs []agent.EvidenceRef
	for _, c := range cited {
		x, ok := number(c)
		if !ok || x != float64(int(x)) {
			continue
		}
		i := slices.IndexFunc(t.Steps, func(s agent.Step) bool { return s.Index == int(x) })
		if i < 0 || len(refs) == agent.MaxEvidence ||
			slices.ContainsFunc(refs, func(r agent.EvidenceRef) bool { return r.Step == int(x) }) {
			continue
		}
		score := &t.Steps[i].Score
		rose := score.Delta > 0
		if !score.Known() {
			rose = t.Outcome.Success
		}
		refs = append(refs, agent.EvidenceRef{Run: t.Run, Step: int(x), Delta: score.Delta, Good: rose != avoids})
	}
	return refs
}

// copiesPrompt reports whether a small model answered with the words of its
// instructions.
func copiesPrompt(asked *Prompt, texts ...string) bool {
	prompt := search.Normalize(asked.render("system", distillerView{}))
	for _, text := range texts {
		if text = search.Normalize(text); len(text) > 20 && strings.Contains(prompt, text) {
			return true
		}
	}
	return false
}

func firstN(items []string, n int) []string { return items[:min(len(items), n)] }
