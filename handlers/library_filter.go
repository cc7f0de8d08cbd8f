package handlers

import (
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/views/partials"
)

// listLimit is how many rows a list shows at once.
const listLimit = 50

// The tabs that are no status. Without one the list shows what is in use: the
// optimizer retires many rules as it refines them.
const (
	pinnedTab = "pinned"
	allTab    = "all"
)

// libraryFilter is what the address of the library says.
type libraryFilter struct {
	text, status, tier, env, sort, cursor string
}

// readLibraryFilter checks the address. CodeInvalid names what is allowed.
func readLibraryFilter(q url.Values) (libraryFilter, error) {
	f := libraryFilter{q.Get("q"), q.Get("status"), q.Get("tier"), q.Get("env"), q.Get("sort"), q.Get("cursor")}
	switch {
	case !utf8.ValidString(f.text) || len(f.text) > 500:
		return f, agent.Errorf(agent.CodeInvalid, "the search must be valid text of at most 500 bytes")
	case f.status != "" && f.status != pinnedTab && f.status != allTab && !slices.Contains(agent.Statuses, agent.Status(f.status)):
		return f, agent.Errorf(agent.CodeInvalid, "there is no status %q", partials.Clip(f.status, 40))
	case f.tier != "" && !slices.Contains(agent.Tiers, agent.Tier(f.tier)):
		return f, agent.Errorf(agent.CodeInvalid, "there is no tier %q", partials.Clip(f.tier, 40))
	case f.sort != "" && !slices.Contains([]string{"support", "uses", "updated"}, f.sort):
		return f, agent.Errorf(agent.CodeInvalid, "rules can be sorted by support, uses or updated, not %q", partials.Clip(f.sort, 40))
	}
	return f, nil
}

func (f libraryFilter) query() agent.HeuristicQuery {
	q := agent.HeuristicQuery{Text: f.text, Environment: f.env, Sort: f.sort, Limit: listLimit, Cursor: f.cursor}
	switch f.status {
	case "":
		q.Status = []agent.Status{agent.Active, agent.Probation}
	case pinnedTab:
		pinned := true
		q.Pinned = &pinned
	case allTab:
	default:
		q.Status = []agent.Status{agent.Status(f.status)}
	}
	if f.tier != "" {
		q.Tier = []agent.Tier{agent.Tier(f.tier)}
	}
	return q
}

// filtered reports whether anything is left out of the list.
func (f libraryFilter) filtered() bool {
	return f.text != "" || f.status != "" || f.tier != "" || f.env != ""
}

// values returns the filter as address parameters, without the cursor.
func (f libraryFilter) values() url.Values {
	return addressOf("q", f.text, "status", f.status, "tier", f.tier, "env", f.env, "sort", f.sort)
}

// with returns the list's address with one parameter changed, from its first page.
func (f libraryFilter) with(name, value string) string {
	return withParam("/library", f.values(), name, value)
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

// notice is what the last change did, as the address tells it.
type notice struct {
	verb string
	n    int
}

func readNotice(c echo.Context) notice {
	n, err := strconv.Atoi(c.QueryParam("n"))
	if err != nil || n < 0 {
		return notice{}
	}
	return notice{c.QueryParam("did"), n}
}

// rules says it in words; the verb is one of ours or nothing is said.
func (n notice) rules() string {
	what := partials.Plural(n.n, "rule")
	switch n.verb {
	case "pin":
		return what + " pinned: always shown, and only a person unpins."
	case "unpin":
		return what + " unpinned."
	case "ban":
		return what + " banned: never shown again, and learning can't bring back what it says."
	case "retire":
		return what + " retired: no longer shown. Restore brings it back."
	case "restore":
		return what + " restored: shown again from the next step on."
	case "delete":
		return what + " deleted. Learning will not bring back what they said."
	case "teach":
		return "Rule saved. It is shown from the next step on."
	case "edit":
		return "Saved as a new version."
	}
	return ""
}

func itoa(n int) string { return strconv.Itoa(n) }
