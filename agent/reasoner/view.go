package reasoner

import (
	"slices"
	"strings"
	"unicode"

	"purposeagent/agent"
)

// attribute is one named value of a thing, a way out or the state itself.
type attribute struct{ name, value string }

// thing is something with attributes: a thing in sight or a way out. The
// attributes are in the order of their names.
type thing struct {
	id    string
	attrs []attribute
}

// value returns an attribute's value, or "".
func (t *thing) value(name string) string {
	for _, a := range t.attrs {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

// view is a state as a learner reads it. It is not changed after it was made.
type view struct {
	data        agent.Object
	observation string
	hash        uint64  // of all that can be observed, errors left out
	things      []thing // in the order of their ids
	held        []string
	place       string
	exits       []thing // in the order of their names
	failed      bool
	contents    // what is beside the things and ways out
}

const errorKey = "_error" // where agent.State.WithError puts its message

// newView reads a state by what the environment announced. Anything that is
// not where it should be counts as absent.
func newView(spec *agent.StateSpec, state *agent.State) *view {
	tree := state.Data.Map()
	v := &view{data: state.Data, observation: state.Summary}
	_, v.failed = tree[errorKey]
	delete(tree, errorKey)
	v.things = thingsAt(tree, spec.Things)
	v.exits = thingsAt(tree, spec.Exits)
	if spec.Held != "" {
		if list, ok := lookup(tree, spec.Held).([]any); ok {
			for _, item := range list {
				if id := text(item); id != "" {
					v.held = append(v.held, id)
				}
			}
		}
	}
	if spec.Place != "" {
		v.place = text(lookup(tree, spec.Place))
	}
	v.contents = read(tree, spec)
	if !announced(spec) && state.Summary != "" {
		v.texts = append(v.texts, newProse("observation", state.Summary))
	}
	v.hash = v.identity(spec, tree)
	return v
}

// announced reports whether the state has a structure that the environment
// announced. Where it has none, the observation is read as well.
func announced(spec *agent.StateSpec) bool { return spec.Things != "" || spec.Place != "" }

// identity returns what makes a state the same state. Where the environment
// announced its things and places, these, the plain values and the numbers do;
// prose about what just happened does not. Otherwise all of the data do, or
// where there are none, the observation.
func (v *view) identity(spec *agent.StateSpec, tree map[string]any) uint64 {
	if !announced(spec) {
		switch {
		case len(tree) == 0:
			return hashText(v.observation)
		case v.failed:
			return hashText(agent.MustObject(tree).String())
		}
		return hashText(v.data.String())
	}
	h := newHash()
	for _, list := range [][]thing{v.things, v.exits} {
		for i := range list {
			h.add(list[i].id)
			h.attributes(list[i].attrs)
		}
		h.add("|")
	}
	for _, id := range v.held {
		h.add(id)
	}
	h.add(v.place)
	h.sum ^= v.sum
	return h.sum
}

// maxValueBytes bounds the values that can become part of a rule; longer ones
// are texts to read, not values.
const maxValueBytes = 40

func lookup(tree any, pointer string) any {
	v, _ := agent.Lookup(tree, pointer)
	return v
}

func thingsAt(tree map[string]any, pointer string) []thing {
	if pointer == "" {
		return nil
	}
	all, ok := lookup(tree, pointer).(map[string]any)
	if !ok {
		return nil
	}
	things := make([]thing, 0, len(all))
	for id, raw := range all {
		t := thing{id: id}
		if fields, ok := raw.(map[string]any); ok {
			t.attrs = make([]attribute, 0, len(fields))
			for name, value := range fields {
				if s := text(value); s != "" && len(s) <= maxValueBytes {
					t.attrs = append(t.attrs, attribute{name, s})
				}
			}
			slices.SortFunc(t.attrs, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
		}
		things = append(things, t)
	}
	slices.SortFunc(things, func(a, b thing) int { return strings.Compare(a.id, b.id) })
	return things
}

// thing returns a thing in sight by its id, nil if there is none.
func (v *view) thing(id string) *thing { return find(v.things, id) }

func find(things []thing, id string) *thing {
	i, ok := slices.BinarySearchFunc(things, id, func(t thing, id string) int { return strings.Compare(t.id, id) })
	if !ok {
		return nil
	}
	return &things[i]
}

// hashText is FNV-1a: the same in every process, which salted hashes are not.
func hashText(s string) uint64 {
	h := newHash()
	h.add(s)
	return h.sum
}

type hash struct{ sum uint64 }

func newHash() hash { return hash{14695981039346656037} }

// add takes in a text and the border after it.
func (h *hash) add(s string) {
	for i := range len(s) {
		h.sum = (h.sum ^ uint64(s[i])) * 1099511628211
	}
	h.sum = (h.sum ^ 0xff) * 1099511628211
}

func (h *hash) attributes(attrs []attribute) {
	for _, a := range attrs {
		h.add(a.name)
		h.add(a.value)
	}
	h.add("")
}

// words splits text into lower-case words of letters and digits.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}
