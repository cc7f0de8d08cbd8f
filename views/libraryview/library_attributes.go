package libraryview

import "github.com/a-h/templ"

// RuleKey binds a key to a button.
func RuleKey(key string) templ.Attributes {
	if key == "" {
		return nil
	}
	return templ.Attributes{"data-key": key}
}
