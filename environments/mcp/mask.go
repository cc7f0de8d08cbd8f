package mcp

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"purposeagent/agent"
)

var secretMark = regexp.MustCompile(`\$\{([^{}]*)\}`)

// secrets are the values that a configuration names, to be hidden wherever the
// server repeats them.
type secrets struct{ replacer *strings.Replacer }

// minMasked is the length from which a value is hidden: hiding what is shorter
// would spoil ordinary text.
const minMasked = 4

// fill returns the texts with their ${NAME} replaced, and what hides the values.
// Errors: CodeInvalid with Fields, for a secret that is not there.
func fill(property string, texts map[string]string, lookup func(string) (string, error), hide map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(texts))
	for key, text := range texts {
		var failed error
		out[key] = secretMark.ReplaceAllStringFunc(text, func(mark string) string {
			name := mark[2 : len(mark)-1]
			if lookup == nil {
				failed = agent.Errorf(agent.CodeNotFound, "no secrets are kept here")
				return ""
			}
			value, err := lookup(name)
			switch {
			case err != nil:
				failed = err
			case strings.ContainsAny(value, "\x00\r\n"):
				failed = agent.Errorf(agent.CodeInvalid, "has a line break or a zero byte in it")
			}
			hide[value] = name
			return value
		})
		if failed != nil {
			return nil, agent.InvalidFields(map[string]string{property: fmt.Sprintf("%s names a secret that can't be used: %s", agent.Clip(key, 40), agent.MessageOf(failed))})
		}
	}
	return out, nil
}

// newSecrets hides values, which are given with their names. Values as JSON
// writes them are hidden too.
func newSecrets(hide map[string]string) *secrets {
	values := make([]string, 0, len(hide))
	for value := range hide {
		if len(value) >= minMasked {
			values = append(values, value)
		}
	}
	slices.SortFunc(values, func(a, b string) int { // the longest first: one may begin with another
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	var pairs []string
	for _, value := range values {
		shown := "[secret " + hide[value] + "]"
		pairs = append(pairs, value, shown)
		if quoted, err := json.Marshal(value); err == nil && string(quoted[1:len(quoted)-1]) != value {
			pairs = append(pairs, string(quoted[1:len(quoted)-1]), shown)
		}
	}
	return &secrets{strings.NewReplacer(pairs...)}
}

// mask hides the values in a text.
func (s *secrets) mask(text string) string {
	if s == nil {
		return text
	}
	return s.replacer.Replace(text)
}
