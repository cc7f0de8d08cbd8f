package runview

import "purposeagent/views/pages"

// MemoryPanel is the memory of one step.
type MemoryPanel struct {
	Lead      string
	Abstained string // why nothing was put before the actor
	About     string // how the retrieval went
	Query     string // what was asked of the library
	Rules     pages.Ranking
	Examples  []pages.ShapedBy
}
