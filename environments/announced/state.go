package announced

import (
	"errors"
	"fmt"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/wording"
)

// State announces where a learner finds things in a state's data, as
// agent.StateSpec has it.
type State struct {
	Things     string              `json:"things"`
	Held       string              `json:"held"`
	Place      string              `json:"place"`
	Exits      string              `json:"exits"`
	Vocabulary map[string][]string `json:"vocabulary"`
	Phrases    []agent.Phrase      `json:"phrases"`
}

// Spec returns the announcement as the core has it.
func (s *State) Spec() agent.StateSpec {
	return agent.StateSpec{Things: s.Things, Held: s.Held, Place: s.Place, Exits: s.Exits, Vocabulary: s.Vocabulary, Phrases: s.Phrases}
}

// Check holds that the announcement is sound.
func (s *State) Check() error {
	for _, p := range []struct{ name, pointer string }{{"things", s.Things}, {"held", s.Held}, {"place", s.Place}, {"exits", s.Exits}} {
		if p.pointer != "" && (p.pointer[0] != '/' || len(p.pointer) > 2*maxNameBytes) {
			return fmt.Errorf(`"state.%s" is %s; it must be a JSON pointer into the state, such as "/%s", or be left out`, p.name, Quoted([]byte(p.pointer)), p.name)
		}
	}
	if len(s.Vocabulary) > maxAttributes {
		return fmt.Errorf(`"state.vocabulary" has %d attributes; at most %d are allowed`, len(s.Vocabulary), maxAttributes)
	}
	for name, values := range s.Vocabulary {
		if name == "" || len(name) > maxNameBytes || Clean(name) != name {
			return fmt.Errorf(`"state.vocabulary" has the attribute %s; names are strings of 1 to %d bytes`, Quoted([]byte(name)), maxNameBytes)
		}
		if len(values) > maxEnum {
			return fmt.Errorf(`"state.vocabulary" has %d values of %q; at most %d are allowed`, len(values), name, maxEnum)
		}
		if err := Words(fmt.Sprintf("the vocabulary of %q", name), values); err != nil {
			return err
		}
	}
	if len(s.Phrases) > wording.MaxPhrases {
		return fmt.Errorf(`"state.phrases" has %d phrases; at most %d are allowed`, len(s.Phrases), wording.MaxPhrases)
	}
	for i, p := range s.Phrases {
		if err := wording.CheckPhrase(p); err != nil {
			return fmt.Errorf(`"state.phrases/%d": %s`, i, agent.MessageOf(err))
		}
	}
	return nil
}

// Keeps holds that a state's data are what was announced, so that a learner finds
// what it was promised.
func (s *State) Keeps(data agent.Object) error {
	tree := data.Map()
	if _, taken := tree["_error"]; taken {
		return errors.New(`"state" uses the reserved key "_error"`)
	}
	things, err := s.attributes(tree, "things", s.Things)
	if err != nil {
		return err
	}
	if _, err := s.attributes(tree, "exits", s.Exits); err != nil {
		return err
	}
	if s.Place != "" {
		node, _ := agent.Lookup(tree, s.Place)
		if place, ok := node.(string); !ok || place == "" {
			return fmt.Errorf(`"state" has no text at %s, where the place was announced`, s.Place)
		}
	}
	if s.Held == "" {
		return nil
	}
	node, _ := agent.Lookup(tree, s.Held)
	held, ok := node.([]any)
	if !ok {
		return fmt.Errorf(`"state" has no array at %s, where what is held was announced`, s.Held)
	}
	for _, item := range held {
		id, ok := item.(string)
		if _, seen := things[id]; !ok || s.Things != "" && !seen {
			return fmt.Errorf("%s holds %s, which is not among the things", s.Held, Quoted(fmt.Append(nil, item)))
		}
	}
	return nil
}

// attributes checks an object {id: {attribute: value}}.
func (s *State) attributes(tree map[string]any, what, pointer string) (map[string]any, error) {
	if pointer == "" {
		return nil, nil
	}
	node, _ := agent.Lookup(tree, pointer)
	all, ok := node.(map[string]any)
	if !ok {
		return nil, fmt.Errorf(`"state" has no object at %s, where the %s were announced`, pointer, what)
	}
	for id, one := range all {
		values, ok := one.(map[string]any)
		if !ok || id == "" {
			return nil, fmt.Errorf(`%s: %s must be an object of attributes, such as {"colour": "red"}`, pointer, Quoted([]byte(id)))
		}
		for name, value := range values {
			text, ok := value.(string)
			if !ok {
				return nil, fmt.Errorf("%s: the attribute %s of %s is %s; attributes are strings", pointer, Quoted([]byte(name)), Quoted([]byte(id)), Quoted(fmt.Append(nil, value)))
			}
			if known := s.Vocabulary[name]; known != nil && !slices.Contains(known, text) {
				return nil, fmt.Errorf("%s: the attribute %q of %s is %s, which is not in the vocabulary that was announced", pointer, name, Quoted([]byte(id)), Quoted([]byte(text)))
			}
		}
	}
	return all, nil
}
