// Package runsview holds the pages about several runs: their list, comparisons and groups.
package runsview

import "github.com/a-h/templ"

// polling makes the list ask again every two seconds, and only while a run in
// it is live. A person's selection would be lost, so app.js skips a turn then.
func (p RunsPage) polling() templ.Attributes {
	if p.Refresh == "" {
		return nil
	}
	return templ.Attributes{"hx-get": p.Refresh, "hx-trigger": "every 2s", "hx-swap": "outerMorph", "data-poll": true}
}
