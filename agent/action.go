package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"sort"
	"strings"
)

// Done is the name of the action by which an actor says that the purpose is
// reached. Every environment has it without announcing it.
const Done = "DONE"

// Action is what an actor does in one step.
type Action struct {
	Name          string   `json:"name"`
	Params        Object   `json:"params"`
	Thought       string   `json:"thought,omitempty"`
	ExpectedDelta *float64 `json:"expected_delta,omitempty"`
	// Cites holds the ids of the rules that the actor says it followed.
	Cites []string `json:"cites,omitempty"`
}

// NewAction returns an action with string parameters in name, value pairs.
func NewAction(name string, pairs ...string) Action {
	m := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return Action{Name: name, Params: MustObject(m)}
}

// Key identifies the action by name and parameters, without thought or prediction.
func (a Action) Key() string { return a.Name + a.Params.String() }

// Param returns a parameter as text, or "" if it is missing.
func (a Action) Param(name string) string {
	switch v := a.Params.Map()[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

// Label returns the action in words: its name and its parameters' values in
// the order of their names.
func (a Action) Label() string {
	if label, plain := a.plainLabel(); plain {
		return label
	}
	m := a.Params.Map()
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	words := []string{a.Name}
	for _, name := range names {
		if text := a.Param(name); text != "" {
			words = append(words, text)
		}
	}
	return strings.Join(words, " ")
}

// plainLabel is Label where all parameters are strings without escapes, as nearly all
// are: their canonical text has the values in order, and is read as it stands.
func (a Action) plainLabel() (label string, plain bool) {
	text := string(a.Params)
	if a.Params.IsEmpty() {
		return a.Name, true
	}
	if strings.IndexByte(text, '\\') >= 0 {
		return "", false
	}
	var b strings.Builder
	b.WriteString(a.Name)
	for rest := text[1:]; ; {
		_, after, ok := strings.Cut(rest, `":"`)
		if !ok || !strings.HasPrefix(rest, `"`) || strings.Contains(rest[1:len(rest)-len(after)-3], `"`) {
			return "", false
		}
		end := strings.IndexByte(after, '"')
		if end < 0 {
			return "", false
		}
		if end > 0 {
			b.WriteByte(' ')
			b.WriteString(after[:end])
		}
		if rest = after[end+1:]; rest == "}" {
			return b.String(), true
		}
		if !strings.HasPrefix(rest, ",") {
			return "", false
		}
		rest = rest[1:]
	}
}

// ParamRole says what a parameter's value stands for, so that a learner can
// lift it without knowing the environment.
type ParamRole string

// The roles.
const (
	RoleConstant ParamRole = ""        // a word of the action itself, part of its template
	RoleThing    ParamRole = "thing"   // the id of a thing in the state (StateSpec.Things)
	RolePassage  ParamRole = "passage" // the name of a way out of the current place (StateSpec.Exits)
)

// ParamSpec announces one parameter of an action.
type ParamSpec struct {
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Type        string    `json:"type"` // string, integer, number or boolean
	Role        ParamRole `json:"role,omitempty"`
	Enum        []string  `json:"enum,omitempty"` // allowed values of a string
	Optional    bool      `json:"optional,omitempty"`
}

// ActionSpec announces one action.
type ActionSpec struct {
	Name        string      `json:"name"`
	Description string      `json:"description,omitempty"`
	Params      []ParamSpec `json:"params,omitempty"`
	// Destructive says that it may destroy something that no undoing brings back: a
	// person may want to be asked before it is done, see ApprovalPolicy.
	Destructive bool `json:"destructive,omitempty"`
}

// SchemaHash identifies a set of action specs, whatever their order: 12 hex
// digits. Descriptions do not enter.
func SchemaHash(specs []ActionSpec) string {
	plain := make([]ActionSpec, len(specs))
	for i, s := range specs {
		plain[i] = ActionSpec{Name: s.Name, Params: slices.Clone(s.Params)}
		for j := range plain[i].Params {
			plain[i].Params[j].Description = ""
		}
	}
	slices.SortFunc(plain, func(a, b ActionSpec) int { return strings.Compare(a.Name, b.Name) })
	raw, err := json.Marshal(plain)
	if err != nil {
		panic(err) // plain strings and slices always marshal
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:6])
}

// CheckAction reports how an action breaks the announced specs: an unknown
// name, a missing, unknown or mistyped parameter. It returns nil for a good
// action and for DONE. Errors are CodeInvalid and say what is allowed.
func CheckAction(specs []ActionSpec, a Action) error {
	if a.Name == Done {
		return nil
	}
	i := slices.IndexFunc(specs, func(s ActionSpec) bool { return s.Name == a.Name })
	if i < 0 {
		names := make([]string, len(specs))
		for j, s := range specs {
			names[j] = s.Name
		}
		return Errorf(CodeInvalid, "unknown action %q; the actions are %s", a.Name, strings.Join(names, ", "))
	}
	values := a.Params.Map()
	for _, p := range specs[i].Params {
		v, ok := values[p.Name]
		delete(values, p.Name)
		if !ok {
			if p.Optional {
				continue
			}
			return Errorf(CodeInvalid, "action %s needs the parameter %q", a.Name, p.Name)
		}
		if err := checkParam(p, v); err != nil {
			return Errorf(CodeInvalid, "action %s: %w", a.Name, err)
		}
	}
	for name := range values {
		return Errorf(CodeInvalid, "action %s has no parameter %q", a.Name, name)
	}
	return nil
}

func checkParam(p ParamSpec, v any) error {
	ok := false
	switch p.Type {
	case "string":
		text, isText := v.(string)
		if isText && len(p.Enum) > 0 && !slices.Contains(p.Enum, text) {
			return Errorf(CodeInvalid, "parameter %q must be one of %s", p.Name, strings.Join(p.Enum, ", "))
		}
		ok = isText
	case "integer":
		n, isNumber := v.(json.Number)
		if isNumber {
			_, ok = WholeNumber(n.String())
		}
	case "number":
		_, ok = v.(json.Number)
	case "boolean":
		_, ok = v.(bool)
	}
	if !ok {
		return Errorf(CodeInvalid, "parameter %q must be of type %s", p.Name, p.Type)
	}
	return nil
}

// MaxListed is how many legal actions are offered one by one; beyond it the
// answer names an action and its parameters. It is what structured output of
// common services allows in one enumeration.
const MaxListed = 250
