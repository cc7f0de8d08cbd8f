package api

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"purposeagent/agent"
)

// parseQuery reads "key:value words" into the setters and returns the words.
// An unknown key is CodeInvalid and lists the known ones.
func parseQuery(text string, set map[string]func(string) error) (string, error) {
	var words []string
	for part := range strings.FieldsSeq(text) {
		key, v, found := strings.Cut(part, ":")
		if !found {
			words = append(words, strings.Trim(part, `"`))
			continue
		}
		f, ok := set[key]
		if !ok {
			known := make([]string, 0, len(set))
			for k := range set {
				known = append(known, k+":")
			}
			sort.Strings(known)
			return "", agent.InvalidFields(map[string]string{"q": fmt.Sprintf("there is no filter %q; the filters are %s", key+":", strings.Join(known, " "))})
		}
		if err := f(v); err != nil {
			return "", err
		}
	}
	return strings.Join(words, " "), nil
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
