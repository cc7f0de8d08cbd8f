package features

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"purposeagent/agent"
)

// Vocabulary is what a condition may speak of in a world: what the environment
// announced, and what is in the states that were seen. Whoever writes a condition for
// a program to check writes one of its Forms. It is safe for concurrent use.
type Vocabulary struct {
	world  *agent.StateSpec
	specs  []agent.ActionSpec
	things map[string]bool // attributes of things and ways out
	fields map[string]bool // values of the state
	lists  map[string]bool
	texts  map[string]bool
	counts map[string]bool // numbers
}

// NewVocabulary returns the vocabulary of a world by its description, its actions and
// any states of it. A value that no state has shown yet can't be spoken of.
func NewVocabulary(world *agent.StateSpec, specs []agent.ActionSpec, states ...*agent.State) *Vocabulary {
	v := &Vocabulary{world: world, specs: specs, things: map[string]bool{}, fields: map[string]bool{}, lists: map[string]bool{}, texts: map[string]bool{},
		counts: map[string]bool{stepsLeft: true, NumberAsked: true, "second " + NumberAsked: true, "third " + NumberAsked: true}}
	for attr := range world.Vocabulary {
		v.things[attr] = true
	}
	if world.Held != "" {
		v.counts["number held"] = true
	}
	if world.Place != "" {
		v.fields[placeName] = true
	}
	for _, s := range states {
		v.see(NewView(world, s))
	}
	return v
}

func (v *Vocabulary) see(view *View) {
	for _, list := range [...][]Thing{view.Things, view.exits} {
		for i := range list {
			for _, a := range list[i].Attrs {
				v.things[a.Name] = true
			}
		}
	}
	for _, f := range view.Facts {
		v.fields[f.Name] = true
	}
	for _, m := range view.members {
		v.lists[m.Name] = true
	}
	for _, t := range view.texts {
		v.texts[t.name] = true
	}
	for _, n := range view.Numbers {
		v.counts[n.Name] = true
	}
}

// CheckPredicate returns an error for a predicate that can't be evaluated in the
// world: CodeInvalid, with a message that says what is wrong and what there is.
func (v *Vocabulary) CheckPredicate(p *agent.Predicate) error {
	if p.Action != "" {
		spec := v.spec(p.Action)
		if spec == nil {
			return agent.Errorf(agent.CodeInvalid, "there is no action %q; the actions are %s", agent.Clip(p.Action, 80), strings.Join(v.actions(), ", "))
		}
		for _, name := range slices.Sorted(maps.Keys(p.Params)) {
			i := slices.IndexFunc(spec.Params, func(s agent.ParamSpec) bool { return s.Name == name })
			switch {
			case i < 0:
				return agent.Errorf(agent.CodeInvalid, "%s has no parameter %q", p.Action, agent.Clip(name, 80))
			case spec.Params[i].Role != agent.RoleConstant:
				return agent.Errorf(agent.CodeInvalid, "%s stands for something else in each task: say what it is like in a condition, and not which one it is", name)
			case len(spec.Params[i].Enum) > 0 && !slices.Contains(spec.Params[i].Enum, p.Params[name]):
				return agent.Errorf(agent.CodeInvalid, "%s can't be %q; it is one of %s", name, agent.Clip(p.Params[name], 80), strings.Join(spec.Params[i].Enum, ", "))
			}
		}
	}
	for _, c := range p.When {
		if err := v.CheckCondition(p.Action, c); err != nil {
			return err
		}
	}
	return nil
}

// CheckCondition returns an error for a condition of a rule about an action ("": about
// the situation) that can't be evaluated in the world: CodeInvalid, with a message
// that says what there is. One that can be evaluated may still never hold.
func (v *Vocabulary) CheckCondition(action string, c agent.Condition) error {
	f := c.Feature
	if f == "" || len(f) > 4*maxValueBytes || strings.ContainsAny(f, "\n\r\t") {
		return agent.Errorf(agent.CodeInvalid, "a condition is one short sentence in the present tense, such as %q", v.example(action))
	}
	if v.has(action, f) {
		return nil
	}
	message := fmt.Sprintf("%q can't be checked here", agent.Clip(f, 80))
	if positive, turned := unsaid(f); turned && v.has(action, positive) {
		message += fmt.Sprintf(": say %q, and that it must not hold", positive)
	} else if forms := v.Forms(action); len(forms) > 0 {
		message += "; conditions are like " + strings.Join(forms[:min(len(forms), 8)], "; ")
	}
	return agent.Errorf(agent.CodeInvalid, "%s", message)
}

// has reports whether a feature can be there where an action is considered.
func (v *Vocabulary) has(action, f string) bool {
	params := v.params(action)
	return v.isWhole(f, params) || v.isOfPurpose(f) || v.isOfNumbers(f, params) || v.isOfState(f) || v.isOfArgument(f, params)
}

// unsaid returns what a negated sentence denies.
func unsaid(f string) (string, bool) {
	for _, n := range negations {
		if n[0] != " was never " && strings.Contains(f, n[1]) {
			return strings.Replace(f, n[1], n[0], 1), true
		}
	}
	return "", false
}

func (v *Vocabulary) isWhole(f string, params []string) bool {
	switch {
	case f == "something is held":
		return v.world.Held != ""
	case f == LastWasVain:
		return true
	case slices.Contains(whole[:], f):
		return len(params) > 0
	}
	return false
}

func (v *Vocabulary) isOfPurpose(f string) bool {
	if !IsWish(f) {
		return false
	}
	word, _ := strings.CutSuffix(f, " is asked")
	word, _ = strings.CutSuffix(word, unwantedWord)
	if attr, none := strings.CutPrefix(word, "no "); none {
		return v.world.Vocabulary[attr] != nil
	}
	return word != "" && word == strings.ToLower(word) && len(Words(word)) == 1
}

func (v *Vocabulary) isOfNumbers(f string, params []string) bool {
	c, is := ParseComparison(f)
	if !is {
		return false
	}
	known := func(name string) bool {
		return v.counts[name] || v.isAttribute(name, params) || slices.Contains(params, name)
	}
	if c.Right != "" && v.fields[c.Right] && c.How == Equal {
		return known(c.Left) || v.fields[c.Left]
	}
	return known(c.Left) && (c.Right == "" || known(c.Right))
}

// isAttribute reports whether a name is that of a parameter and an attribute.
func (v *Vocabulary) isAttribute(name string, params []string) bool {
	param, attr, two := cutParam(name, params)
	return two && v.things[attr] && param != ""
}

// cutParam takes a text apart into the parameter that it begins with and the rest.
func cutParam(text string, params []string) (param, rest string, ok bool) {
	for _, p := range params {
		if rest, ok := strings.CutPrefix(text, p+" "); ok {
			return p, rest, true
		}
	}
	return "", "", false
}

func (v *Vocabulary) isOfState(f string) bool {
	if list, value, found := strings.Cut(f, " has "); found {
		return v.lists[list] && value != ""
	}
	if text, word, found := strings.Cut(f, " mentions "); found {
		return v.texts[text] && word != ""
	}
	name, value, found := strings.Cut(f, " is ")
	if !found || value == "" || strings.HasPrefix(value, "not ") {
		return false
	}
	if IsRelation(f) {
		list, wanted := strings.CutPrefix(name, "number wanted in ")
		return v.counts[name] || v.fields[name] || wanted && (v.lists[list] || v.counts["number in "+list]) || name == "number held of that kind" && v.world.Held != ""
	}
	return v.fields[name]
}

func (v *Vocabulary) isOfArgument(f string, params []string) bool {
	param, rest, ok := cutParam(f, params)
	if !ok {
		return false
	}
	for _, tail := range tails {
		switch attr, is := strings.CutSuffix(rest, tail); {
		case !is:
		case attr == "":
			return !strings.HasPrefix(tail, "equals ")
		case strings.HasSuffix(attr, " "):
			return v.things[attr[:len(attr)-1]]
		}
	}
	for _, goal := range [...]string{"leads to " + goalNew + " whose ", "leads to the nearest thing whose "} {
		if said, is := strings.CutPrefix(rest, goal); is {
			attr, value, found := strings.Cut(said, " is ")
			return found && v.things[attr] && value != ""
		}
	}
	if where, is := strings.CutPrefix(rest, "is mentioned in "); is {
		return v.texts[where]
	}
	if word, is := strings.CutPrefix(rest, "mentions "); is {
		return word != ""
	}
	if value, is := strings.CutPrefix(rest, "is "); is {
		return v.isValueOf(param, value)
	}
	attr, value, found := strings.Cut(rest, " is ")
	if !found || !v.things[attr] || value == "" {
		return false
	}
	values := v.world.Vocabulary[attr]
	return values == nil || IsRelation(f) || slices.Contains(values, value)
}

// isValueOf reports whether a parameter can be said to be a value: a thing is known
// by what it is like, and by its name only where it has nothing else.
func (v *Vocabulary) isValueOf(param, value string) bool {
	if value == "" || strings.HasPrefix(value, "not ") {
		return false
	}
	for i := range v.specs {
		for _, p := range v.specs[i].Params {
			if p.Name != param {
				continue
			}
			if value == "to be avoided" || IsRelation(" is "+value) && p.Role == agent.RoleConstant || p.Role == agent.RolePassage || p.Role == agent.RoleThing && len(v.things) == 0 || p.Role == agent.RoleConstant && len(p.Enum) == 0 {
				return true
			}
		}
	}
	return false
}

func (v *Vocabulary) spec(action string) *agent.ActionSpec {
	i := slices.IndexFunc(v.specs, func(s agent.ActionSpec) bool { return s.Name == action })
	if i < 0 {
		return nil
	}
	return &v.specs[i]
}

func (v *Vocabulary) actions() []string {
	var names []string
	for i := range v.specs {
		names = append(names, v.specs[i].Name)
	}
	return names
}

// params are the names that a condition may begin with, where it is about what an
// Action is done to.
func (v *Vocabulary) params(action string) []string {
	spec := v.spec(action)
	if spec == nil {
		return nil
	}
	var names []string
	for _, p := range spec.Params {
		names = append(names, p.Name)
	}
	return append(names, heldThing)
}

func (v *Vocabulary) example(action string) string {
	if forms := v.Forms(action); len(forms) > 0 {
		return forms[0]
	}
	return asked("lamp")
}

// maxFormValues bounds the values that one form lists.
const maxFormValues = 12

// Forms lists in words what conditions of a rule about an action ("": about the
// situation) may say, most telling first; "|" stands between what may take one
// another's place. It is for whoever writes conditions.
func (v *Vocabulary) Forms(action string) []string {
	var out []string
	attrs := slices.Sorted(maps.Keys(v.things))
	spec := v.spec(action)
	if spec != nil {
		for _, p := range spec.Params {
			out = append(out, v.formsOf(p, attrs)...)
		}
	}
	var askable []string
	for _, attr := range slices.Sorted(maps.Keys(v.world.Vocabulary)) {
		askable = append(askable, v.world.Vocabulary[attr]...)
		out = append(out, "no "+attr+" is asked")
	}
	if len(askable) > 0 {
		out = append(out, alternatives(askable)+" is asked")
	} else {
		out = append(out, "<a word of the purpose> is asked")
	}
	for _, name := range slices.Sorted(maps.Keys(v.fields)) {
		out = append(out, name+" is <value>")
	}
	for _, name := range slices.Sorted(maps.Keys(v.lists)) {
		out = append(out, name+" has <value>")
	}
	for _, name := range slices.Sorted(maps.Keys(v.counts)) {
		out = append(out, name+" is at least <number>")
	}
	if v.world.Held != "" {
		out = append(out, "something is held")
	}
	if spec != nil {
		out = append(out, "it was done here", "it undoes the last action")
	}
	return append(out, LastWasVain)
}

func (v *Vocabulary) formsOf(p agent.ParamSpec, attrs []string) []string {
	var out []string
	switch p.Role {
	case agent.RoleThing, agent.RolePassage:
		for _, attr := range attrs {
			if values := v.world.Vocabulary[attr]; values != nil {
				out = append(out, p.Name+" "+attr+" is "+alternatives(values), p.Name+" "+attr+" is as asked | other than asked | free")
			} else {
				out = append(out, p.Name+" "+attr+" is <value>")
			}
		}
		if v.world.Held != "" && p.Role == agent.RoleThing {
			out = append(out, p.Name+" is held")
		}
		if p.Role == agent.RolePassage {
			out = append(out, p.Name+" was never tried", p.Name+" leads back", p.Name+" leads to "+goalNew)
		} else {
			out = append(out, p.Name+" was used before")
		}
	case agent.RoleConstant:
		if len(p.Enum) > 0 {
			out = append(out, p.Name+" is as asked")
		} else if isFree(&p) {
			out = append(out, p.Name+" is <value>")
		}
	}
	return out
}

func alternatives(values []string) string {
	text := strings.Join(values[:min(len(values), maxFormValues)], " | ")
	if len(values) > maxFormValues {
		text += " | …"
	}
	return text
}
