package library_test

import (
	"net/http"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/agent"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
)

func TestLibraryAnswers(t *testing.T) {
	x := sitetest.New(t)
	numbered := x.Store.Numbered(t)
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		want                     string // in the body, or the place it leads to
	}{
		{"filter by status", "GET", "/library?q=status:retired", "", 200, "Three doors in a row"},
		{"filter by pin", "GET", "/library?q=pinned:yes", "", 200, "Never drop the last key"},
		{"filter by tier and world", "GET", "/library?q=tier:tool+env:workshop", "", 200, "madder"},
		{"unknown status", "GET", "/library?q=key+status:odd", "", 422, "At character 5: there is no status &#34;odd&#34;"},
		{"unknown tier", "GET", "/library?q=tier:odd", "", 422, "There is no tier"},
		{"unknown order", "GET", "/library?sort=odd", "", 422, "sorted by updated, uplift"},
		{"search too long", "GET", "/library?q=" + strings.Repeat("a", 600), "", 422, "at most 500 bytes"},
		{"search with bad UTF-8", "GET", "/library?q=%ff", "", 422, "valid text"},
		{"unknown rule", "GET", "/library/h999999", "", 404, "There is no rule"},
		{"unknown rule to edit", "GET", "/library/h999999/edit", "", 404, "There is no rule"},
		{"notice", "GET", "/library?did=retire&n=3", "", 200, "3 rules retired"},
		{"notice of nothing we did", "GET", "/library?did=%3Cb%3E&n=3", "", 200, "Teach a rule"},
		{"bulk without a selection", "POST", "/library/bulk", "action=pin", 422, "No rule is selected"},
		{"bulk with an unknown action", "POST", "/library/bulk", "ids=h000001&action=burn", 422, "There is no action"},
		{"retire", "POST", "/library/bulk", "ids=h000001&ids=h000002&action=retire&return=q%3Dtier%3Astrategic", 303, "/library?change={1}&did=retire&n=2&q=tier%3Astrategic"},
		{"promote one on its page", "POST", "/library/bulk", "ids=h000001&rule=h000001&action=promote", 303, "/library/h000001?change={2}&did=promote&n=1"},
		{"its notice offers to undo", "GET", "/library/h000001?change={2}&did=promote&n=1", "", 200, "/library/changes/{2}/undo"},
		{"undo leads back", "POST", "/library/changes/{2}/undo", pagetest.Form("back", "/library/h000001?did=promote&n=1"), 303, "/library/h000001?change={3}&did=undo&n=1"},
		{"undo leads nowhere else", "POST", "/library/changes/{3}/undo", pagetest.Form("back", "https://evil.example/library"), 303, "/library?change="},
		{"undo of nothing", "POST", "/library/changes/999/undo", "", 404, "There is no change 999"},
		{"undo of no number", "POST", "/library/changes/x/undo", "", 422, "is not the number of a change"},
		{"all that match", "POST", "/library/bulk", pagetest.Form("all", "2", "ids", "h000008", "action", "promote", "return", "q=status:retired"), 303, "did=promote&n=2"},
		{"all that match, another number", "POST", "/library/bulk", pagetest.Form("all", "77", "action", "ban", "return", "q="), 409, "you were shown 77"},
		{"all of no number", "POST", "/library/bulk", pagetest.Form("all", "some", "action", "ban"), 422, "how many rules match"},
		{"merge asks which stays", "POST", "/library/bulk", "ids=h000002&ids=h000003&action=merge", 303, "/library/merge?ids=h000002&ids=h000003"},
		{"merge needs two", "GET", "/library/merge?ids=h000002", "", 422, "Select 2 to 20 rules"},
		{"merge", "POST", "/library/merge", "ids=h000002&ids=h000003&keep=h000002", 303, "/library/h000002?change="},
		{"restore old words", "POST", "/library/h000003/revert", "entry=1", 303, "/library/h000003?change="},
		{"restore words that never were", "POST", "/library/h000002/revert", "entry=9", 404, "no entry 9"},
		{"restore which words", "POST", "/library/h000002/revert", "", 422, "which entry"},
		{"changes", "GET", "/library/changes", "", 200, "Made active"},
		{"pin", "POST", "/library/bulk", "ids=h000003&action=pin", 303, "did=pin&n=1"},
		{"ban", "POST", "/library/bulk", "ids=h000006&action=ban", 303, "did=ban&n=1"},
		{"return that leads elsewhere", "POST", "/library/bulk", "ids=h000003&action=unpin&return=https%3A%2F%2Fevil.example", 303, "/library?"},
		{"delete asks first", "GET", "/library/delete?ids=h000004", "", 200, "Delete 1 rule?"},
		{"delete nothing", "GET", "/library/delete", "", 422, "No rule is selected"},
		{"delete", "POST", "/library/delete", "ids=h000009", 303, "did=delete&n=1"},
		{"deleted", "GET", "/library/h000009", "", 404, "There is no rule"},
		{"teach without words", "POST", "/library", "tier=tool&title=&because=kept", 422, "give the rule a name"},
		{"teach keeps what was typed", "POST", "/library", "tier=tool&title=&because=kept+words", 422, "kept words"},
		{"teach in an unknown world", "POST", "/library", pagetest.Form("tier", "strategic", "title", "A", "pattern", "B", "strategy", "C", "scope.environment", "mars"), 422, "no environment of this name"},
		{"teach with bad UTF-8", "POST", "/library", "tier=strategic&title=%ff&pattern=b&strategy=c", 422, "UTF-8"},
		{"teach too long", "POST", "/library", pagetest.Form("tier", "strategic", "title", "A", "pattern", strings.Repeat("b", 100_000), "strategy", "C"), 422, "bytes"},
		{"teach", "POST", "/library", pagetest.Form("tier", "procedural", "title", "Look first", "pattern", "a new room", "steps", "look\r\n\r\ngo on", "scope.environment", "maze"), 303, "did=teach"},
		{"edit without a version", "POST", "/library/h000002", "title=x", 422, "which version"},
		{"edit without words", "POST", "/library/h000002", "version=1&tier=strategic&title=", 422, "give the rule a name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := pagetest.Ask(x, test.method, numbered(test.path), numbered(test.body))
			if w.Code != test.status {
				t.Fatalf("got status %d, want %d: %.400s", w.Code, test.status, w.Body)
			}
			got := w.Body.String()
			if test.status == http.StatusSeeOther {
				got = w.Header().Get("Location")
			}
			if want := numbered(test.want); !strings.Contains(got, want) {
				t.Errorf("got %.3000s, want %q in it", got, want)
			}
		})
	}
}

// What a person taught is stored as typed, by a person, in its scope.
func TestTeachStoresTheRule(t *testing.T) {
	x := sitetest.New(t)
	w := pagetest.Ask(x, http.MethodPost, "/library", pagetest.Form("tier", "tool", "title", " Soak first ", "pattern", "horn is raw", "avoid", "heating it",
		"because", "it cracks", "steps", "soak\r\n\r\n heat \r\n", "action", "prepare", "scope.environment", "workshop"))
	if w.Code != http.StatusSeeOther {
		t.Fatalf("got %d: %s", w.Code, w.Body)
	}
	id := strings.TrimPrefix(strings.Split(w.Header().Get("Location"), "?")[0], "/library/")
	h, err := x.Store.Library().Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if h.Title != "Soak first" || strings.Join(h.Steps, "|") != "soak|heat" || h.Author != agent.AuthorHuman || h.Status != agent.Active ||
		h.Scope != (agent.Scope{Environment: "workshop"}) || h.Tier != agent.Tool || h.Avoid != "heating it" || h.Action != "prepare" {
		t.Errorf("stored %+v", h)
	}
}

// Two people edit at once: the second sees what the first changed, keeps what
// she typed, and wins when she saves again.
func TestEditConflict(t *testing.T) {
	x := sitetest.New(t)
	edit := func(version, strategy string) (int, string) {
		w := pagetest.Ask(x, http.MethodPost, "/library/h000001", pagetest.Form("version", version, "tier", "strategic", "title", "A dead end", "pattern", "the way is blocked", "strategy", strategy))
		return w.Code, w.Body.String()
	}
	if code, body := edit("1", "go back to the fork"); code != http.StatusSeeOther {
		t.Fatalf("first edit: %d %s", code, body)
	}
	code, body := edit("1", "dig a tunnel")
	if code != http.StatusConflict {
		t.Fatalf("second edit: got %d, want 409", code)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if got := doc.Find("textarea[name=strategy]").Text(); got != "dig a tunnel" {
		t.Errorf("the typed words became %q", got)
	}
	if got, _ := doc.Find("input[name=version]").Attr("value"); got != "2" {
		t.Errorf("the form holds version %q, want 2", got)
	}
	if got := doc.Find("[role=alert] ins").Text(); !strings.Contains(got, "go back to the fork") {
		t.Errorf("the other's change is not shown: %q", got)
	}
	if code, body := edit("2", "dig a tunnel"); code != http.StatusSeeOther {
		t.Fatalf("third edit: %d %s", code, body)
	}
	h, err := x.Store.Library().Get(t.Context(), "h000001")
	if err != nil || h.Strategy != "dig a tunnel" || h.Version != 3 {
		t.Errorf("stored %+v, %v", h, err)
	}
}

func TestLibraryPages(t *testing.T) {
	x := sitetest.New(t)
	var more []*agent.Heuristic
	for i := range 70 {
		h := pagetest.SampleRules()[0]
		h.Title, h.Pattern = "Rule "+ui.Itoa(i), "pattern "+ui.Itoa(i)
		more = append(more, h)
	}
	x.Store.Learn(t, more...)
	seen, path := 0, "/library?q=tier:strategic"
	for range 5 {
		doc, err := goquery.NewDocumentFromReader(pagetest.Ask(x, http.MethodGet, path, "").Body)
		if err != nil {
			t.Fatal(err)
		}
		seen += doc.Find("tbody tr").Length()
		next, ok := doc.Find("a[rel=next]").Attr("href")
		if !ok {
			break
		}
		if !strings.Contains(next, "tier%3Astrategic") {
			t.Errorf("the next page %q loses the filter", next)
		}
		path = next
	}
	if want := 70 + 4; seen != want {
		t.Errorf("paged through %d rules, want %d", seen, want)
	}
}

// Stored words are data: no page of ours runs or styles them.
func TestLibraryPagesHoldNothingInline(t *testing.T) {
	hostile := `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	h := &agent.Heuristic{Tier: agent.Strategic, Kind: agent.KindRule, Title: hostile, Pattern: hostile, Strategy: hostile, Because: hostile,
		Steps: []string{hostile}, Author: agent.Author(hostile), Status: agent.Active, Scope: agent.Scope{Environment: "maze"},
		Evidence:  []agent.EvidenceRef{{Run: hostile, Step: 1, Delta: 1, Good: true}},
		Predicate: &agent.Predicate{Action: hostile, When: []agent.Condition{{Feature: hostile, Holds: true}}}}
	bad := pagetest.SampleTrajectory("t_X", 5, true, agent.SourceEnvironment)
	bad.Task.Purpose, bad.Task.Description, bad.Steps[0].Action.Name, bad.Steps[1].After.Summary = hostile, hostile+"2", hostile, hostile
	x := sitetest.WithGroups(t)
	x.Store.Remember(t, bad)
	at := "/library/" + x.Store.Learn(t, h)[0].ID
	run := pagetest.SampleRun("r_hostile", 20)
	run.Group, run.Spec.Purpose, run.Label = "g_hostile", hostile, hostile
	x.Log.Add(run)
	inline := regexp.MustCompile(`(?i)<script(?:>|[^>]*>[^<])|<style|<img|<[^>"]*(?:"[^"]*"[^>"]*)*\s(?:on[a-z]+|style|hx-on[^=]*)=|javascript:`)
	for _, page := range []string{"/library", at, at + "/edit", "/library/new", "/library/delete?ids=" + path.Base(at) + "&return=%22%3E%3Cscript%3E1",
		"/replay", "/replay/t_X", "/replay/prune?ids=t_X", "/runs/new?from=r_hostile", "/runs/new?environment.name=%22%3E%3Cscript%3E1", "/welcome", "/groups/g_hostile", "/groups/g_done"} {
		w := pagetest.Ask(x, http.MethodGet, page, "")
		if w.Code != http.StatusOK {
			t.Errorf("%s: got %d %.200s", page, w.Code, w.Body)
		}
		if found := inline.FindString(w.Body.String()); found != "" {
			t.Errorf("%s holds %q", page, found)
		}
	}
}
