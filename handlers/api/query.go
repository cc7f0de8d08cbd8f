package api

import (
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/handlers/query"
)

// parseQuery reads "key:value words" into the setters and returns the words.
// An unknown key is CodeInvalid and lists the known ones.
func parseQuery(text string, set map[string]func(string) error) (string, error) {
	terms := make(map[string]func(query.Term) error, len(set))
	for key, f := range set {
		terms[key] = func(t query.Term) error {
			if t.Not {
				return agent.InvalidFields(map[string]string{"q": "-" + key + ": nothing can be left out in this list"})
			}
			return f(t.Value)
		}
	}
	return query.Split(text, terms)
}

func oneOf[T ~string](key string, got, allowed []T) error {
	for _, v := range got {
		if !slices.Contains(allowed, v) {
			names := make([]string, len(allowed))
			for i, a := range allowed {
				names[i] = string(a)
			}
			return agent.InvalidFields(map[string]string{"q": fmt.Sprintf("%s:%s is none of %s", key, v, strings.Join(names, ", "))})
		}
	}
	return nil
}

func yesNo(key, v string, into **bool) error {
	if v != "yes" && v != "no" {
		return agent.InvalidFields(map[string]string{"q": key + ": takes yes or no"})
	}
	b := v == "yes"
	*into = &b
	return nil
}
