package llm

import (
	"slices"
	"strings"

	"purposeagent/agent/chat"
	"purposeagent/agent/llm/address"
)

// KeyFor names for whom a connection's key is: the provider, and the scheme, host
// and port of the server. A key that was given for one is sent to no other.
func KeyFor(c chat.Connection) string { return c.Provider + " at " + address.Origin(Address(c)) }

// OwnVariable reports whether an environment variable is this program's own.
func OwnVariable(name string) bool { return strings.HasPrefix(strings.ToUpper(name), "PURPOSE") }

// KeyVariable reports whether a connection may read its key from an environment
// variable: one of a known provider, one that is named as keys of services are
// (…_API_KEY), or one that the operator allowed by name. Nobody may name one of
// this program's own.
func KeyVariable(name string, allowed []string) bool {
	if name == "" || OwnVariable(name) {
		return false
	}
	return strings.HasSuffix(name, "_API_KEY") || slices.Contains(allowed, name) ||
		slices.ContainsFunc(Providers, func(p chat.Provider) bool { return p.KeyEnv == name })
}
