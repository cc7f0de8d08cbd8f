package ui

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Selected returns the ids that were ticked, each once.
func Selected(values url.Values) []string {
	var ids []string
	seen := map[string]bool{}
	for _, id := range values["ids"] {
		if id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// BackTo is where a change leads: the one record it was about, or the list as
// it was filtered, with a notice of what happened and how to undo it.
func BackTo(list string, form url.Values, verb string, n int) string {
	return BackToChange(list, form, catalog.LibraryChange{Action: agent.LibraryAction(verb), Rules: n})
}

// BackToChange is BackTo for a change that can be undone.
func BackToChange(list string, form url.Values, change catalog.LibraryChange) string {
	q, err := url.ParseQuery(form.Get("return"))
	if err != nil {
		q = url.Values{}
	}
	path := list
	if id := form.Get("rule"); id != "" {
		path, q = list+"/"+url.PathEscape(id), url.Values{}
	}
	return path + "?" + Noticed(q, change).Encode()
}

// Noticed adds to an address what a change did.
func Noticed(q url.Values, change catalog.LibraryChange) url.Values {
	q.Set("did", string(change.Action))
	q.Set("n", Itoa(change.Rules))
	if change.Made > 0 {
		q.Set("made", Itoa(change.Made))
	}
	if change.Revision > 0 {
		q.Set("change", strconv.FormatInt(change.Revision, 10))
	}
	return q
}

// Notice is what the last change did, as the address tells it. change is its
// number, where it can be undone.
type Notice struct {
	Verb   string
	N      int
	Change int64
	item   string // of the review inbox, where no rule was changed
	Left   int    // that were left as they are
	Tag    string
	Made   int // rules that are new, in the place of others
}

// ReadNotice reads what an address says of the last change.
func ReadNotice(c echo.Context) Notice {
	n, err := strconv.Atoi(c.QueryParam("n"))
	if err != nil || n < 0 {
		return Notice{}
	}
	change, err := strconv.ParseInt(c.QueryParam("change"), 10, 64)
	if err != nil || change < 0 {
		change = 0
	}
	left, err := strconv.Atoi(c.QueryParam("left"))
	if err != nil || left < 0 {
		left = 0
	}
	made, err := strconv.Atoi(c.QueryParam("made"))
	if err != nil || made < 0 {
		made = 0
	}
	return Notice{c.QueryParam("did"), n, change, c.QueryParam("back"), left, partials.Clip(c.QueryParam("tag"), agent.MaxTagBytes), made}
}

// rulesNotice says it in words; the verb is one of ours or nothing is said.
func rulesNotice(n Notice) string {
	what := partials.Plural(n.N, "rule")
	switch agent.LibraryAction(n.Verb) {
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
		return "Rule saved. Whoever can read its words goes by it from the next step on."
	case agent.ActEdit:
		return savedAs(n)
	case agent.ActRevert:
		if n.Made > 0 {
			return "The old words are back, as a new rule: they say something else than what was observed of the old one."
		}
		return "The old words are back, as a new version."
	case agent.ActMerge:
		return what + " merged into one, with the evidence of all. The others are retired and point to it."
	case agent.ActSnapshot:
		return "The library is as it was: " + what + " changed. Evidence and counts stayed."
	case agent.ActImport:
		return what + " imported."
	case agent.ActUndo:
		if n.N == 0 {
			return "Undone."
		}
		return "Undone: " + what + " as before."
	case agent.ActSuspend:
		return "Suspended: runs act without what was learned here, but for a quarter of the learning ones. What people wrote or pinned is used."
	case agent.ActLift:
		return "In use again. The test of what was learned here begins anew."
	case agent.ActStatus, agent.ActShelve: // nothing on a page does them
	case SayKeep:
		return "Kept as it is; it comes back if it still seems worth a look in 30 days."
	case SayLater:
		return "Put off for 7 days."
	case SayComment:
		return "Your comment stands with the rules behind the line."
	case SayUncomment:
		return "Comment deleted."
	case BothRight:
		return "Both are right: the pair is not shown again."
	}
	return ""
}

// savedAs says what became of an edit: new versions, new rules, or both.
func savedAs(n Notice) string {
	switch {
	case n.Made == 0 && n.N > 1:
		return "Saved: " + partials.Plural(n.N, "rule") + " have a new version."
	case n.Made == 0:
		return "Saved as a new version."
	}
	said := "Saved as " + partials.Plural(n.Made, "new rule") + ", in the place of the old one"
	if n.Made > 1 {
		said += "s"
	}
	if n.N > 2*n.Made { // the old one is changed as well
		return said + ". The others have a new version."
	}
	return said + "."
}

// NoticeView is the notice with its button to undo, which leads back to where
// it was pressed.
func (k *Kit) NoticeView(n Notice, back string) pages.Notice {
	v := pages.Notice{Text: rulesNotice(n), Back: back}
	switch {
	case v.Text == "":
	case n.Verb == SayComment && n.Change > 0:
		v.Undo = k.Link("/library/comments/" + strconv.FormatInt(n.Change, 10) + "/delete")
	case n.Verb == SayUncomment && n.Change > 0:
		v.Undo = k.Link("/library/comments/" + strconv.FormatInt(n.Change, 10) + "/restore")
	case n.item != "":
		v.Undo, v.Back = k.Link("/review/back"), n.item
	case n.Change > 0:
		v.Undo = k.Link("/library/changes/" + strconv.FormatInt(n.Change, 10) + "/undo")
	}
	return v
}

// What a person can say of what the inbox shows, beside what is done to rules;
// notices repeat it.
const (
	BothRight = "both right" // of two rules
	SayKeep   = "keep"       // it is fine as it is
	SayLater  = "later"

	SayComment   = "comment" // of a comment: it was written, or it is back
	SayUncomment = "uncomment"
)

// BackPath is a page of the library or of the inbox that a form names, with its query
// without what the last change did; anything else is the library.
func BackPath(text string) (path string, q url.Values) {
	u, err := url.Parse(text)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(u.Path, "/library") && u.Path != "/review" || strings.Contains(u.Path, "..") {
		return "/library", url.Values{}
	}
	q = u.Query()
	for _, name := range []string{"did", "n", "made", "change"} {
		q.Del(name)
	}
	return u.EscapedPath(), q
}
