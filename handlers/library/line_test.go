package library_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

var boxes = agent.Scope{Environment: "boxes", Dynamics: "w1", Schema: "s"}

// opens is a rule of the reasoner's about boxes of a hue, with what was counted of it.
func opens(hue, way string, good, bad int) *agent.Heuristic {
	return &agent.Heuristic{Tier: agent.Tool, Kind: agent.KindRule, Title: "Open " + way + " when hue " + hue, Pattern: "when hue is " + hue, Strategy: "open " + way, Action: "open", Scope: boxes,
		Predicate: &agent.Predicate{Action: "open", Params: map[string]string{"way": way}, When: []agent.Condition{{Feature: "box hue is " + hue, Holds: true}}, Prior: .4},
		Because:   "it was good", Good: good, Bad: bad, Author: agent.AuthorDistiller, Status: agent.Active}
}

// twoRules are a site and the two rules behind one line of its playbook.
func twoRules(t *testing.T) (sitetest.Site, []*agent.Heuristic) {
	t.Helper()
	site := sitetest.New(t, withPlaybook)
	return site, site.Store.Learn(t, opens("red", "push", 30, 1), opens("blue", "pull", 12, 2))
}

// lineForm is what the form of a line sends: what the page shows, and what is typed over it.
func lineForm(t *testing.T, site http.Handler, rules []*agent.Heuristic, typed ...string) url.Values {
	t.Helper()
	ids := url.Values{"title": {"Open by hue"}, "return": {"environment=boxes&world=w1"}}
	for _, h := range rules {
		ids.Add("ids", h.ID)
	}
	rec := pagetest.Ask(site, "GET", "/library/line?"+ids.Encode(), "")
	if rec.Code != http.StatusOK {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	form := pagetest.FormOf(t, rec.Body.String(), "/library/line")
	for i := 0; i < len(typed); i += 2 {
		form.Set(typed[i], typed[i+1])
	}
	return form
}

func send(site http.Handler, form url.Values, do string) (code int, location, page string) {
	form.Set("do", do)
	rec := pagetest.Ask(site, "POST", "/library/line", form.Encode())
	return rec.Code, rec.Header().Get("Location"), rec.Body.String()
}

func get(t *testing.T, site sitetest.Site, id string) *agent.Heuristic {
	t.Helper()
	h, err := site.Store.Library().Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// A cell of a table is edited by the constants and the condition of its rule: what was
// counted stays with the old one, which gives way, and all of it is undone at once.
func TestALineOfSeveralRulesIsEditedAsOneChange(t *testing.T) {
	site, rules := twoRules(t)
	before := len(site.Store.Rules(t))
	red, blue := rules[0].ID, rules[1].ID
	form := lineForm(t, site, rules, red+".constant way", "pull", blue+".when", "when hue is blue, unless box was used before")
	code, _, page := send(site, form, "look")
	if code != http.StatusOK || !strings.Contains(page, "This rule is retired: it keeps its evidence (good 30 of 31 times)") {
		t.Fatalf("what would happen: %d %s", code, page)
	}
	if len(site.Store.Rules(t)) != before {
		t.Fatal("looking changed the library")
	}
	code, location, page := send(site, form, "save")
	if code != http.StatusSeeOther || !strings.Contains(location, "world=w1") || !strings.Contains(location, "did=edit") {
		t.Fatalf("saved: %d %s %s", code, location, page)
	}
	old := get(t, site, red)
	next := get(t, site, old.SucceededBy)
	if old.Status != agent.Retired || old.Good != 30 || old.StatusBy != "human" || next.Author != agent.AuthorHuman || next.Strategy != "open pull" || next.Predicate.Params["way"] != "pull" || next.Good != 0 || next.Supersedes != red {
		t.Errorf("the cell: %+v gave way to %+v", old, next)
	}
	if next.Pattern != old.Pattern {
		t.Errorf("nobody typed into its condition, and it says %q, not %q", next.Pattern, old.Pattern)
	}
	other := get(t, site, get(t, site, blue).SucceededBy)
	if want := (agent.Condition{Feature: "box was used before", Holds: false}); len(other.Predicate.When) != 2 || other.Predicate.When[1] != want {
		t.Errorf("its condition is %+v", other.Predicate.When)
	}
	u, _ := url.Parse(location)
	if rec := pagetest.Ask(site, "POST", "/library/changes/"+u.Query().Get("change")+"/undo", ""); rec.Code != http.StatusSeeOther {
		t.Fatalf("undo: %d %s", rec.Code, rec.Body)
	}
	if len(site.Store.Rules(t)) != before || get(t, site, red).Status != agent.Active || get(t, site, red).SucceededBy != "" || get(t, site, blue).Status != agent.Active {
		t.Error("undoing brought not all of it back")
	}
}

// What is typed into a rule that was retired, merged, changed or deleted meanwhile is
// kept, beside what became of it; saved again it is a rule of the person's, or the next
// version. A rule that nobody typed into is no obstacle.
func TestALineEditedWhileItsRulesChange(t *testing.T) {
	for _, test := range []struct {
		name      string
		meanwhile func(site sitetest.Site, red, blue string) error
		says      string
		anew      bool
	}{
		{"retired", func(site sitetest.Site, red, _ string) error {
			_, err := site.Store.Library().Change(t.Context(), "ann", agent.ActRetire, catalog.RuleSelection{IDs: []string{red}})
			return err
		}, "It is retired by ann", true},
		{"banned", func(site sitetest.Site, red, _ string) error {
			_, err := site.Store.Library().Change(t.Context(), "ann", agent.ActBan, catalog.RuleSelection{IDs: []string{red}})
			return err
		}, "It is banned by ann", true},
		{"deleted", func(site sitetest.Site, red, _ string) error {
			_, err := site.Store.Library().Change(t.Context(), "ann", agent.ActDelete, catalog.RuleSelection{IDs: []string{red}})
			return err
		}, "It was deleted", true},
		{"merged", func(site sitetest.Site, red, blue string) error {
			_, err := site.Store.Library().Merge(t.Context(), "ann", blue, []string{red})
			return err
		}, "It was merged into", true},
		{"changed", func(site sitetest.Site, red, _ string) error {
			title := "Ann's title"
			_, err := site.Store.Library().Edit(t.Context(), "ann", red, 1, catalog.HeuristicEdit{Title: &title})
			return err
		}, "It is version 2", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			site, rules := twoRules(t)
			red := rules[0].ID
			form := lineForm(t, site, rules, red+".constant way", "pull")
			if err := test.meanwhile(site, red, rules[1].ID); err != nil {
				t.Fatal(err)
			}
			before := len(site.Store.Rules(t))
			code, _, page := send(site, form, "save")
			if code != http.StatusConflict || !strings.Contains(page, test.says) || !strings.Contains(page, "nothing is lost") {
				t.Fatalf("%d %s", code, page)
			}
			again := pagetest.FormOf(t, page, "/library/line")
			if again.Get(red+".constant way") != "pull" {
				t.Errorf("what was typed is lost: %v", again)
			}
			if len(site.Store.Rules(t)) != before {
				t.Error("a conflict changed the library")
			}
			if code, _, page = send(site, again, "save"); code != http.StatusSeeOther {
				t.Fatalf("saved again: %d %s", code, page)
			}
			found := false
			for _, h := range site.Store.Rules(t) {
				found = found || h.Supersedes == red && h.Author == agent.AuthorHuman && h.Usable() && h.Predicate.Params["way"] == "pull"
			}
			if !found {
				t.Error("what was typed is in no rule")
			}
		})
	}
	t.Run("a rule that nobody typed into", func(t *testing.T) {
		site, rules := twoRules(t)
		form := lineForm(t, site, rules, rules[0].ID+".constant way", "pull")
		if _, err := site.Store.Library().Change(t.Context(), "ann", agent.ActRetire, catalog.RuleSelection{IDs: []string{rules[1].ID}}); err != nil {
			t.Fatal(err)
		}
		if code, _, page := send(site, form, "save"); code != http.StatusSeeOther || get(t, site, rules[1].ID).SucceededBy != "" {
			t.Errorf("%d %s", code, page)
		}
	})
}

func TestALineThatCantBeSaved(t *testing.T) {
	site, rules := twoRules(t)
	red := rules[0].ID
	words := site.Store.Learn(t, &agent.Heuristic{Tier: agent.Strategic, Kind: agent.KindRule, Title: "Keys first", Pattern: "when lost", Strategy: "look for keys", Scope: boxes, Author: agent.AuthorModel + "m", Status: agent.Active})
	for _, test := range []struct {
		name  string
		rules []*agent.Heuristic
		typed []string
		want  int
		has   string
	}{
		{"words that nobody can check", rules, []string{red + ".when", "when it looks dull"}, 422, "nobody but a reader can tell whether"},
		{"a constant that there is not", rules, []string{red + ".constant way", "kick"}, 422, "must be one of push, pull"},
		{"nothing is changed", rules, nil, 422, "Nothing is changed yet"},
		{"no title", words, []string{words[0].ID + ".title", ""}, 422, "give the rule a short title"},
		{"words too long", words, []string{words[0].ID + ".strategy", strings.Repeat("word ", 10_000)}, 422, "at most 4000 are allowed"},
		{"words are words", words, []string{words[0].ID + ".strategy", "look for <b>keys</b>"}, 303, ""},
		{"no rules", nil, nil, 400, ""},
		{"no such rule", []*agent.Heuristic{{ID: "h999999"}}, nil, 404, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.want == 400 || test.want == 404 {
				q := ""
				for _, h := range test.rules {
					q += "ids=" + h.ID
				}
				if rec := pagetest.Ask(site, "GET", "/library/line?"+q, ""); rec.Code != test.want && (test.want != 400 || rec.Code != 422) {
					t.Errorf("%d %s", rec.Code, rec.Body)
				}
				return
			}
			if code, _, page := send(site, lineForm(t, site, test.rules, test.typed...), "save"); code != test.want || !strings.Contains(page, test.has) {
				t.Errorf("%d %s", code, page)
			}
		})
	}
}

// A comment on a line stands with the rules behind it: on every line that has one of
// them, on their pages, in the document, and when they are retired.
func TestCommentsStayWithTheRules(t *testing.T) {
	site := sitetest.New(t, withPlaybook)
	ask := func(method, path, body string) string {
		t.Helper()
		rec := pagetest.Ask(site, method, path, body)
		if rec.Code == http.StatusSeeOther {
			return rec.Header().Get("Location")
		}
		if rec.Code != http.StatusOK {
			t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
		}
		return rec.Body.String()
	}
	back := ask("POST", "/library/comments", pagetest.Form("ids", "h000005", "ids", "h000002", "line", "Open by colour", "text", "True of <b>red</b>;\nI saw it.", "return", "environment=maze&world=deep"))
	if !strings.Contains(back, "did=comment") {
		t.Fatalf("it leads to %q", back)
	}
	const said = "True of &lt;b&gt;red&lt;/b&gt;;"
	if page := ask("GET", back, ""); !strings.Contains(page, said) || !strings.Contains(page, "/library/comments/1/delete") {
		t.Errorf("the line has no comment: %s", page)
	}
	if _, err := site.Store.Library().Change(t.Context(), "ann", agent.ActRetire, catalog.RuleSelection{IDs: []string{"h000002"}}); err != nil {
		t.Fatal(err)
	}
	if page := ask("GET", "/library/h000002", ""); !strings.Contains(page, said) {
		t.Error("the page of a retired rule has no comment")
	}
	if page := ask("GET", "/library/playbook.md", ""); !strings.Contains(page, "True of &lt;b&gt;red&lt;/b&gt;; I saw it.") {
		t.Errorf("the document has no comment: %s", page)
	}
	gone := ask("POST", "/library/comments/1/delete", pagetest.Form("back", "/library?environment=maze&world=deep"))
	if page := ask("GET", gone, ""); strings.Contains(page, said) || !strings.Contains(page, "/library/comments/1/restore") {
		t.Errorf("deleted, with no way back: %s", page)
	}
	if page := ask("GET", ask("POST", "/library/comments/1/restore", pagetest.Form("back", gone)), ""); !strings.Contains(page, said) {
		t.Error("the comment is not back")
	}
	long := strings.Repeat("é", 2001)
	rec := pagetest.Ask(site, "POST", "/library/comments", pagetest.Form("ids", "h000005", "text", long))
	if rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), long) || !strings.Contains(rec.Body.String(), "at most 2000 are kept") {
		t.Errorf("a long one: %d", rec.Code)
	}
}

// Two moments of a playbook are compared line by line; a page can be read as of one.
func TestPlaybooksAreCompared(t *testing.T) {
	site := sitetest.New(t, withPlaybook)
	kept, err := site.Store.Snapshots().Take(t.Context(), "ann", "before <the> change")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, path string
		want       int
		has        []string
	}{
		{"the way there", "/library", 200, []string{"/library/playbook/diff?environment=maze&amp;world=deep", "before &lt;the&gt; change", "What changed"}},
		{"two moments", "/library/playbook/diff?environment=maze&world=deep&from=" + kept.ID, 200, []string{"7 lines differ", "0 lines the same", "Added", "Removed", "Doors", "Open by colour: red, teal", "Open by colour: red"}},
		{"a moment and itself", "/library/playbook/diff?environment=maze&world=deep&from=" + kept.ID + "&to=" + kept.ID, 200, []string{"Nothing differs"}},
		{"no such world", "/library/playbook/diff?environment=maze&world=gone", 404, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			rec := pagetest.Ask(site, "GET", test.path, "")
			if rec.Code != test.want {
				t.Fatalf("%d %s", rec.Code, rec.Body)
			}
			for _, has := range test.has {
				if !strings.Contains(rec.Body.String(), has) {
					t.Errorf("it does not say %q", has)
				}
			}
		})
	}
}

// Rules of different worlds are behind no line: neither the form nor what it sends is taken.
func TestALineHasRulesOfOneWorld(t *testing.T) {
	site, rules := twoRules(t)
	elsewhere, reacts := opens("red", "pull", 3, 1), opens("teal", "pull", 3, 1)
	elsewhere.Scope.Dynamics, reacts.Scope.Schema = "w2", "other"
	everywhere := opens("grey", "pull", 3, 1)
	everywhere.Scope = agent.Scope{Environment: "boxes"}
	more := site.Store.Learn(t, elsewhere, reacts, everywhere)
	for _, test := range []struct {
		name string
		id   string
		want int
		says string
	}{
		{"another world", more[0].ID, http.StatusUnprocessableEntity, "about boxes · w2: a line has rules of one world"},
		{"other actions", more[1].ID, http.StatusUnprocessableEntity, "about boxes · w1 with other actions"},
		{"all worlds of the environment", more[2].ID, http.StatusOK, "Edit"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ids := url.Values{"ids": {rules[0].ID, test.id}, "do": {"save"}, rules[0].ID + ".constant way": {"pull"}}
			rec := pagetest.Ask(site, "GET", "/library/line?"+ids.Encode(), "")
			if rec.Code != test.want || !strings.Contains(rec.Body.String(), test.says) {
				t.Errorf("the form: %d %.300s", rec.Code, rec.Body)
			}
			if test.want == http.StatusOK {
				return
			}
			if code, _, page := send(site, ids, "save"); code != test.want || !strings.Contains(page, test.says) {
				t.Errorf("saved: %d %.300s", code, page)
			}
		})
	}
}

// What stands in a field called "When", or in a part of a comparison called so, does not
// say it again; what nobody typed into stays as it was.
func TestALineSaysWhenOnce(t *testing.T) {
	site, rules := twoRules(t)
	own := opens("grey", "push", 0, 0)
	own.Strategy, own.Title = "give it a push", "Push grey ones"
	rules = append(rules, site.Store.Learn(t, own)...)
	red, grey := rules[0].ID, rules[2].ID
	form := lineForm(t, site, rules)
	for _, name := range []string{red + ".when", grey + ".pattern"} {
		if value := form.Get(name); value == "" || strings.HasPrefix(value, "when") {
			t.Errorf("%s holds %q", name, value)
		}
	}
	form.Set(red+".constant way", "pull")
	form.Set(grey+".title", "Push the grey ones")
	_, _, page := send(site, form, "look")
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.ToLower(strings.Join(strings.Fields(doc.Text()), " ")); strings.Contains(text, "when when") || !strings.Contains(text, "becomes a new rule") {
		t.Errorf("what would happen: %s", text)
	}
	if code, _, page := send(site, form, "save"); code != http.StatusSeeOther {
		t.Fatal(code, page)
	}
	if h := get(t, site, grey); h.Title != "Push the grey ones" || h.Pattern != own.Pattern || h.Predicate.Prior != own.Predicate.Prior {
		t.Errorf("it is %+v", h)
	}
}

// The notice of an edit says what came of it: versions, new rules, or both.
func TestWhatAnEditCameTo(t *testing.T) {
	for _, test := range []struct {
		name  string
		typed func(red, blue, grey string) []string
		want  string
	}{
		{"a new rule", func(red, _, _ string) []string { return []string{red + ".constant way", "pull"} }, "Saved as 1 new rule, in the place of the old one."},
		{"two new rules", func(red, blue, _ string) []string {
			return []string{red + ".constant way", "pull", blue + ".constant way", "push"}
		}, "Saved as 2 new rules, in the place of the old ones."},
		{"a version", func(_, _, grey string) []string { return []string{grey + ".title", "Other words"} }, "Saved as a new version."},
		{"both", func(red, _, grey string) []string {
			return []string{red + ".constant way", "pull", grey + ".title", "Other words"}
		}, "Saved as 1 new rule, in the place of the old one. The others have a new version."},
	} {
		t.Run(test.name, func(t *testing.T) {
			site, rules := twoRules(t)
			own := opens("grey", "push", 0, 0)
			own.Strategy = "give it a push"
			rules = append(rules, site.Store.Learn(t, own)...)
			code, location, page := send(site, lineForm(t, site, rules, test.typed(rules[0].ID, rules[1].ID, rules[2].ID)...), "save")
			if code != http.StatusSeeOther {
				t.Fatal(code, page)
			}
			if page := pagetest.Ask(site, "GET", location, "").Body.String(); !strings.Contains(page, test.want) {
				t.Errorf("%s does not say %q", location, test.want)
			}
		})
	}
}
