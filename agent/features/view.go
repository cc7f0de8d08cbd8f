package features

import (
	"slices"
	"strings"
	"unicode"

	"purposeagent/agent"
)

// Attribute is one named value of a thing, a way out or the state itself.
type Attribute struct{ Name, Value string }

// Thing is something with attributes: a thing in sight or a way out. The
// attributes are in the order of their names.
type Thing struct {
	ID    string
	Attrs []Attribute
}

// value returns an attribute's value, or "".
func (t *Thing) value(name string) string {
	for _, a := range t.Attrs {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

// View is a state as a learner reads it. It is not changed after it was made.
type View struct {
	data        agent.Object
	observation string
	Hash        uint64  // of all that can be observed, errors left out
	Things      []Thing // in the order of their ids
	Held        []string
	Place       string
	exits       []Thing // in the order of their names
	failed      bool
	contents    // what is beside the things and ways out
}

// ErrorKey is where agent.State.WithError puts its message.
const ErrorKey = "_error"

// NewView reads a state by what the environment announced. Anything that is
// not where it should be counts as absent.
func NewView(spec *agent.StateSpec, state *agent.State) *View {
	tree := state.Data.Map()
	v := &View{data: state.Data, observation: state.Summary}
	_, v.failed = tree[ErrorKey]
	delete(tree, ErrorKey)
	v.Things = thingsAt(tree, spec.Things)
	v.exits = thingsAt(tree, spec.Exits)
	if spec.Held != "" {
		if list, ok := lookup(tree, spec.Held).([]any); ok {
			for _, item := range list {
				if id := text(item); id != "" {
					v.Held = append(v.Held, id)
				}
			}
		}
	}
	if spec.Place != "" {
		v.Place = text(lookup(tree, spec.Place))
	}
	v.contents = read(tree, spec)
	if !announced(spec) && state.Summary != "" {
		v.texts = append(v.texts, newProse("observation", state.Summary))
	}
	v.Hash = v.identity(spec, tree)
	return v
}

// announced reports whether the state has a structure that the environment
// announced. Where it has none, the observation is read as well.
func announced(spec *agent.StateSpec) bool { return spec.Things != "" || spec.Place != "" }

// identity returns what makes a state the same state. Where the environment
// announced its things and places, these, the plain values and the numbers do;
// prose about what just happened does not. Otherwise all of the data do, or
// where there are none, the observation.
func (v *View) identity(spec *agent.StateSpec, tree map[string]any) uint64 {
	if !announced(spec) {
		switch {
		case len(tree) == 0:
			return HashText(v.observation)
		case v.failed:
			return HashText(agent.MustObject(tree).String())
		}
		return HashText(v.data.String())
	}
	h := NewHash()
	for _, list := range [][]Thing{v.Things, v.exits} {
		for i := range list {
			h.Add(list[i].ID)
			h.attributes(list[i].Attrs)
		}
		h.Add("|")
	}
	for _, id := range v.Held {
		h.Add(id)
	}
	h.Add(v.Place)
	h.Sum ^= v.sum
	return h.Sum
}

// maxValueBytes bounds the values that can become part of a rule; longer ones
// are texts to read, not values.
const maxValueBytes = 40

func lookup(tree any, pointer string) any {
	v, _ := agent.Lookup(tree, pointer)
	return v
}

func thingsAt(tree map[string]any, pointer string) []Thing {
	if pointer == "" {
		return nil
	}
	all, ok := lookup(tree, pointer).(map[string]any)
	if !ok {
		return nil
	}
	things := make([]Thing, 0, len(all))
	for id, raw := range all {
		t := Thing{ID: id}
		if fields, ok := raw.(map[string]any); ok {
			t.Attrs = make([]Attribute, 0, len(fields))
			for name, value := range fields {
				if s := text(value); s != "" && len(s) <= maxValueBytes {
					t.Attrs = append(t.Attrs, Attribute{name, s})
				}
			}
			slices.SortFunc(t.Attrs, func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) })
		}
		things = append(things, t)
	}
	slices.SortFunc(things, func(a, b Thing) int { return strings.Compare(a.ID, b.ID) })
	return things
}

// Thing returns a thing in sight by its id, nil if there is none.
func (v *View) Thing(id string) *Thing { return find(v.Things, id) }

func find(things []Thing, id string) *Thing {
	i, ok := slices.BinarySearchFunc(things, id, func(t Thing, id string) int { return strings.Compare(t.ID, id) })
	if !ok {
		return nil
	}
	return &things[i]
}

// Words splits text into lower-case words of letters and digits.
func Words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}
