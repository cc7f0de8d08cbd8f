package handlers

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/query"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// listLimit is how many rows a list shows at once.
const listLimit = 50

// inUse is the query of a list that was not asked for anything: the optimizer
// retires many rules as it refines them.
const inUse = "status:active,probation"

// libraryFilter is what the address of the library says: one query in the
// grammar that the API shares, an order and a place.
type libraryFilter struct {
	text         string
	terms        []query.Term
	rules        agent.HeuristicQuery
	sort, cursor string
}

// readLibraryFilter checks the address. CodeInvalid says what is wrong and where.
func readLibraryFilter(q url.Values) (libraryFilter, error) {
	f := libraryFilter{text: q.Get("q"), sort: q.Get("sort"), cursor: q.Get("cursor")}
	if !q.Has("q") {
		f.text = inUse
	}
	if f.sort != "" && !slices.Contains([]string{"uplift", "advantage", "support", "uses", "updated"}, f.sort) {
		return f, agent.Errorf(agent.CodeInvalid, "rules can be sorted by uplift, advantage, support, uses or updated, not %q", partials.Clip(f.sort, 40))
	}
	var err error
	if f.rules, err = query.Heuristics(f.text); err != nil {
		if e, ok := errors.AsType[*agent.Error](err); ok && e.Fields["q"] != "" { // here is no other field
			return f, agent.Errorf(agent.CodeInvalid, "%s", e.Fields["q"])
		}
		return f, err
	}
	f.terms, err = query.Parse(f.text)
	return f, err
}

func (f libraryFilter) query() agent.HeuristicQuery {
	q := f.rules
	q.Sort, q.Limit, q.Cursor = f.sort, listLimit, f.cursor
	return q
}

// filtered reports whether anything is left out of the list.
func (f libraryFilter) filtered() bool { return len(f.terms) > 0 }

// values returns the filter as address parameters, without the cursor.
func (f libraryFilter) values() url.Values {
	v := addressOf("sort", f.sort)
	if f.text != inUse {
		v.Set("q", f.text)
	}
	return v
}

// at returns the list's address with one parameter changed, from its first page.
func (f libraryFilter) at(name, value string) string {
	return withParam("/library", f.values(), name, value)
}

// with returns the list's address with another value of one of the query's
// keys, "" for any, from the first page.
func (f libraryFilter) with(key, value string) string {
	f.text = query.Format(query.With(f.terms, key, value))
	return withParam("/library", f.values(), "", "")
}

// is reports whether the query asks for exactly this value of a key.
func (f libraryFilter) is(key, value string) bool {
	return strings.Join(query.Values(f.terms, key), ",") == value
}

// addressOf returns the name, value pairs that are not empty.
func addressOf(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}

func withParam(path string, values url.Values, name, value string) string {
	if value == "" {
		values.Del(name)
	} else {
		values.Set(name, value)
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// hiddenOf returns parameters as hidden fields, but for those named.
func hiddenOf(values url.Values, without ...string) []partials.Hidden {
	var out []partials.Hidden
	for name, all := range values {
		if !slices.Contains(without, name) && len(all) > 0 {
			out = append(out, partials.Hidden{Name: name, Value: all[0]})
		}
	}
	slices.SortFunc(out, func(a, b partials.Hidden) int { return compare(a.Name, b.Name) })
	return out
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// notice is what the last change did, as the address tells it. change is its
// number, where it can be undone.
type notice struct {
	verb   string
	n      int
	change int64
	item   string // of the review inbox, where no rule was changed
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
	return notice{c.QueryParam("did"), n, change, c.QueryParam("back")}
}

// rules says it in words; the verb is one of ours or nothing is said.
func (n notice) rules() string {
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
		return what + " on probation: shown in half of the tasks, so that the hold-out can tell."
	case agent.ActDelete:
		return what + " deleted. Learning will not bring back what they said."
	case agent.ActTeach:
		return "Rule saved. It is shown from the next step on."
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
		return "Undone: " + what + " as before."
	case agent.ActStatus:
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
	v := pages.Notice{Text: n.rules(), Back: back}
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
