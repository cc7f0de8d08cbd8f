package handlers

import (
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/query"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// inUse is the query of a list that was not asked for anything: the optimizer
// retires many rules as it refines them.
const inUse = "status:active,probation"

var libraryList = listKind{name: "library", path: "/library", otherwise: inUse,
	sorts: []partials.Option{{Value: "updated", Text: "Newest change"}, {Value: "uplift", Text: "Uplift, lower bound"}, {Value: "advantage", Text: "Advantage"},
		{Value: "uses", Text: "Most shown"}, {Value: "support", Text: "Support"}},
	columns: []listColumn{{"status", "Status", 3}, {"right", "Right", 4}, {"uplift", "Uplift", 5}, {"advantage", "Advantage", 6},
		{"checked", "Checked", 7}, {"uses", "Shown", 8}, {"from", "Learned in", 9}}}

// libraryFilter is what the address of the library says.
type libraryFilter struct {
	listAddress
	rules agent.HeuristicQuery
}

// readLibraryFilter checks the address. CodeInvalid says what is wrong and where.
func readLibraryFilter(q url.Values) (libraryFilter, error) {
	address, rules, err := readList(&libraryList, q, query.Heuristics)
	return libraryFilter{address, rules}, err
}

func (f libraryFilter) query() agent.HeuristicQuery {
	q := f.rules
	q.Sort, q.Limit, q.Cursor = f.sort, listLimit, f.cursor
	return q
}

// notice is what the last change did, as the address tells it. change is its
// number, where it can be undone.
type notice struct {
	verb   string
	n      int
	change int64
	item   string // of the review inbox, where no rule was changed
	left   int    // that were left as they are
	tag    string
}

func readNotice(c echo.Context) notice {
	n, err := strconv.Atoi(c.QueryParam("n"))
	if err != nil || n < 0 {
		return notice{}
	}
	change, err := strconv.ParseInt(c.QueryParam("change"), 10, 64)
	if err != nil || change < 0 {
		change = 0
	}
	left, err := strconv.Atoi(c.QueryParam("left"))
	if err != nil || left < 0 {
		left = 0
	}
	return notice{c.QueryParam("did"), n, change, c.QueryParam("back"), left, partials.Clip(c.QueryParam("tag"), agent.MaxTagBytes)}
}

// rulesNotice says it in words; the verb is one of ours or nothing is said.
func rulesNotice(n notice) string {
	what := partials.Plural(n.n, "rule")
	switch agent.LibraryAction(n.verb) {
	case agent.ActPin:
		return what + " pinned: always shown, and only a person unpins."
	case agent.ActUnpin:
		return what + " unpinned."
	case agent.ActBan:
		return what + " banned: never shown, and learning can't bring back what it says."
	case agent.ActRetire:
		return what + " retired: no longer shown."
	case agent.ActArchive:
		return what + " archived: no longer shown."
	case agent.ActPromote:
		return what + " active: shown from the next step on."
	case agent.ActTrial:
		return what + " in trial: shown in half of the tasks, so that the hold-out can tell."
	case agent.ActDelete:
		return what + " deleted. Learning will not bring back what they said."
	case agent.ActTeach:
		return "Rule saved. Language models read it from their next step on; the offline reasoner reads no words."
	case agent.ActEdit:
		return "Saved as a new version."
	case agent.ActRevert:
		return "The old words are back, as a new version."
	case agent.ActMerge:
		return what + " merged into one, with the evidence of all. The others are retired and point to it."
	case agent.ActSnapshot:
		return "The library is as it was: " + what + " changed. Evidence and counts stayed."
	case agent.ActImport:
		return what + " imported."
	case agent.ActUndo:
		if n.n == 0 {
			return "Undone."
		}
		return "Undone: " + what + " as before."
	case agent.ActSuspend:
		return "Suspended: runs act without what was learned here, but for a quarter of the learning ones. What people wrote or pinned is used."
	case agent.ActLift:
		return "In use again. The test of what was learned here begins anew."
	case agent.ActStatus, agent.ActShelve: // nothing on a page does them
	case sayKeep:
		return "Kept as it is; it comes back if it still seems worth a look in 30 days."
	case sayLater:
		return "Put off for 7 days."
	case bothRight:
		return "Both are right: the pair is not shown again."
	}
	return ""
}

// noticeView is the notice with its button to undo, which leads back to where
// it was pressed.
func (s *Server) noticeView(n notice, back string) pages.Notice {
	v := pages.Notice{Text: rulesNotice(n), Back: back}
	switch {
	case v.Text == "":
	case n.item != "":
		v.Undo, v.Back = s.link("/review/back"), n.item
	case n.change > 0:
		v.Undo = s.link("/library/changes/" + strconv.FormatInt(n.change, 10) + "/undo")
	}
	return v
}

func itoa(n int) string { return strconv.Itoa(n) }
