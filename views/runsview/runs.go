package runsview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// RunRow is one run in the list, or with Group the runs of one launch; ID is the group's then.
type RunRow struct {
	ID      string
	Href    templ.SafeURL
	Name    partials.Name
	Meta    string // environment, model
	State   partials.State
	Reason  string
	Memory  partials.Chip
	Spark   partials.Spark
	Phi     string
	Outcome partials.Outcome
	Steps   string
	Started partials.Time
	Tags    []partials.Link
	Tokens  string
	USD     string // cost in dollars
	Count   string // how many runs the row stands for
	Group   *GroupPart
}

// GroupPart is what a row has that stands for the runs of one launch.
type GroupPart struct {
	Runs      partials.Link // each of them
	Ended, Of string
	Progress  string
}

// RunsPage is the list of runs.
type RunsPage struct {
	Self       templ.SafeURL
	Query      string
	QueryHelp  string
	Problem    string            // what is wrong with the query
	Keep       []partials.Hidden // of the address, kept by the search form
	Sorts      []partials.Option
	Tabs       []partials.Tab
	Facets     []pages.Facet
	Menus      pages.ListMenus
	TableClass string // hides columns
	Matching   string
	All        string // how many match, where that is more than is shown
	AllText    string
	Return     string // the list's own query, for after a bulk change
	Notice     pages.Notice
	Rows       []RunRow
	Empty      *partials.Empty
	Pager      partials.Pager
	Refresh    string // address that gives the list again; "" when nothing is live
	Bulk       templ.SafeURL
	Compare    templ.SafeURL
}
