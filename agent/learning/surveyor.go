package learning

import (
	"purposeagent/agent"
	"purposeagent/agent/credit"
)

// Surveyor is a distiller that remembers exact states. Survey says how it
// stands in a scope after the last lesson there, nil where nothing is known.
type Surveyor interface {
	Survey(scope agent.Scope) *credit.StateSummary
}
