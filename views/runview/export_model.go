package runview

import "purposeagent/views/partials"

// ExportDoc is a run as a document that needs nothing but itself.
type ExportDoc struct {
	Title, Result, Version string
	Facts                  []RunFact
	Line                   string // of Φ, as SVG points in 600 × 100
}

// ExportStep is one step of it.
type ExportStep struct {
	N, Name, Rest, Phi           string
	Delta                        partials.Delta
	Thought, Result, Error, Data string
	Critic, Person               string
	Rules                        []string
}
