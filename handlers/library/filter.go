package library

import (
	"net/url"

	"purposeagent/agent/catalog"
	"purposeagent/handlers/query"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
)

// inUse is the query of a list that was not asked for anything: the optimizer
// retires many rules as it refines them.
const inUse = "status:active,probation"

// List is the list of rules.
var List = ui.ListKind{Name: "library", Path: "/library", Otherwise: inUse,
	Sorts: []partials.Option{{Value: "updated", Text: "Newest change"}, {Value: "uplift", Text: "Uplift, lower bound"}, {Value: "advantage", Text: "Advantage"},
		{Value: "uses", Text: "Most shown"}, {Value: "support", Text: "Support"}},
	Columns: []ui.ListColumn{{Name: "status", Text: "Status", N: 3}, {Name: "right", Text: "Right", N: 4}, {Name: "uplift", Text: "Uplift", N: 5}, {Name: "advantage", Text: "Advantage", N: 6},
		{Name: "checked", Text: "Checked", N: 7}, {Name: "uses", Text: "Shown", N: 8}, {Name: "from", Text: "Learned in", N: 9}}}

// libraryFilter is what the address of the library says.
type libraryFilter struct {
	ui.ListAddress
	rules catalog.HeuristicQuery
}

// readLibraryFilter checks the address. CodeInvalid says what is wrong and where.
func readLibraryFilter(q url.Values) (libraryFilter, error) {
	address, rules, err := ui.ReadList(&List, q, query.Heuristics)
	return libraryFilter{address, rules}, err
}

func (f libraryFilter) query() catalog.HeuristicQuery {
	q := f.rules
	q.Sort, q.Limit, q.Cursor = f.Sort, ui.ListLimit, f.Cursor
	return q
}
