package llmtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

// form is an answer that is being filled in.
type form struct {
	text      string
	obedience float64
	rng       *rand.Rand
	thought   string
	chosen    map[string]string // by the list of choices, joined
	followed  string            // the line that it goes by, "" where it explores
}

// schema is as much of a JSON Schema as an answer needs.
type schema struct {
	Type       json.RawMessage   `json:"type"`
	Enum       []json.RawMessage `json:"enum"`
	Const      json.RawMessage   `json:"const"`
	Properties properties        `json:"properties"`
	Items      json.RawMessage   `json:"items"`
	MinItems   int               `json:"minItems"`
	MaxLength  int               `json:"maxLength"`
	Minimum    *float64          `json:"minimum"`
	Maximum    *float64          `json:"maximum"`
	AnyOf      []json.RawMessage `json:"anyOf"`
}

// properties are in the order of the schema, in which a model writes them.
type properties []struct {
	name   string
	schema json.RawMessage
}

// UnmarshalJSON keeps the order.
func (p *properties) UnmarshalJSON(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var one json.RawMessage
		if err := d.Decode(&one); err != nil {
			return err
		}
		*p = append(*p, struct {
			name   string
			schema json.RawMessage
		}{fmt.Sprint(name), one})
	}
	return nil
}

func (s *schema) kind() string {
	var one string
	if json.Unmarshal(s.Type, &one) == nil {
		return one
	}
	var several []string
	if json.Unmarshal(s.Type, &several) == nil && len(several) > 0 {
		return several[0]
	}
	if len(s.Properties) > 0 {
		return "object"
	}
	return ""
}

// choices are the values of an enum of strings.
func (s *schema) choices() []string {
	var list []string
	for _, raw := range s.Enum {
		var text string
		if json.Unmarshal(raw, &text) == nil {
			list = append(list, text)
		}
	}
	return list
}

// read makes the choices that the answer asks for before anything is written:
// its thought and labels are about them.
func (f *form) read(raw json.RawMessage) error {
	var s schema
	if err := json.Unmarshal(raw, &s); err != nil {
		return fmt.Errorf("the schema can't be read: %w", err)
	}
	f.chosen = map[string]string{}
	for _, p := range s.Properties {
		var one schema
		if err := json.Unmarshal(p.schema, &one); err != nil {
			return fmt.Errorf("the schema of %s can't be read: %w", p.name, err)
		}
		if len(one.choices()) > 0 {
			f.choose(one.choices())
		}
	}
	return nil
}

// choose decides between the choices by what the text says of them.
func (f *form) choose(list []string) string {
	key := strings.Join(list, "\n")
	if word, ok := f.chosen[key]; ok {
		return word
	}
	d := newReading(f.text, list).decide(f.obedience, f.rng)
	f.chosen[key] = list[d.choice]
	if d.line != "" {
		f.followed, f.thought = d.line, "The text says: "+d.line
	}
	return list[d.choice]
}

// fill writes a value that fits the schema.
func (f *form) fill(raw json.RawMessage) (json.RawMessage, error) {
	var s schema
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("the schema can't be read: %w", err)
	}
	switch {
	case len(s.Const) > 0:
		return s.Const, nil
	case len(s.choices()) > 0:
		return json.Marshal(f.choose(s.choices()))
	case len(s.Enum) > 0:
		return s.Enum[0], nil
	case len(s.AnyOf) > 0:
		return f.fill(f.fitting(s.AnyOf))
	}
	switch s.kind() {
	case "string":
		return json.Marshal(clip(f.thought, s.MaxLength))
	case "number", "integer":
		return json.Marshal(s.within(0))
	case "boolean":
		return json.RawMessage("false"), nil
	case "array":
		return f.list(&s)
	case "object":
		return f.object(&s)
	}
	return json.RawMessage("null"), nil
}

func (s *schema) within(x float64) float64 {
	if s.Minimum != nil {
		x = max(x, *s.Minimum)
	}
	if s.Maximum != nil {
		x = min(x, *s.Maximum)
	}
	return x
}

// list has the labels that stand in the line that it follows, where it is one
// of labels; else as little as is asked for.
func (f *form) list(s *schema) (json.RawMessage, error) {
	items := []json.RawMessage{}
	var of schema
	_ = json.Unmarshal(s.Items, &of)
	for _, label := range of.choices() {
		if f.followed != "" && hasWord(f.followed, label) {
			items = append(items, quoted(label))
		}
	}
	for len(items) < s.MinItems {
		one, err := f.fill(s.Items)
		if err != nil {
			return nil, err
		}
		items = append(items, one)
	}
	return json.Marshal(items)
}

func (f *form) object(s *schema) (json.RawMessage, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range s.Properties {
		value, err := f.fill(p.schema)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quoted(p.name))
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// quoted is a JSON string.
func quoted(text string) json.RawMessage {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err) // every text is a string of JSON
	}
	return raw
}

// fitting is the shape whose properties are named in the line of what was
// chosen, as "take: thing = lamp | key" names thing.
func (f *form) fitting(shapes []json.RawMessage) json.RawMessage {
	best, most := shapes[0], -1
	for _, raw := range shapes {
		var s schema
		if json.Unmarshal(raw, &s) != nil {
			continue
		}
		for _, word := range f.chosen {
			for line := range strings.Lines(f.text) {
				if !strings.HasPrefix(strings.TrimSpace(line), word) {
					continue
				}
				named := 0
				for _, p := range s.Properties {
					if hasWord(line, p.name) {
						named += 2
					} else {
						named -= 3
					}
				}
				if named > most {
					best, most = raw, named
				}
			}
		}
	}
	return best
}

// hasWord reports whether a text has the word, not as a part of another one.
func hasWord(text, word string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 || word == "" {
			return false
		}
		i += at
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(word):])
		if !inWord(before) && !inWord(after) {
			return true
		}
		at = i + 1
	}
}

func clip(text string, limit int) string {
	if r := []rune(text); limit > 0 && len(r) > limit {
		return string(r[:limit])
	}
	return text
}
