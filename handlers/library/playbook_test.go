package library_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/features"
	"purposeagent/agent/playbook"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

// samplePlaybook has a line of each kind, over the rules of the sample library.
func samplePlaybook(_ context.Context, asked playbook.Asked) (playbook.Page, error) {
	scope := agent.Scope{Environment: "maze", Dynamics: "deep"}
	p := playbook.Page{Scope: scope, Worlds: []playbook.World{{Scope: scope, Rules: 6, LastUsed: pagetest.Noon}, {Scope: agent.Scope{Environment: "maze", Dynamics: "flat"}, Rules: 1, LastUsed: pagetest.Noon.Add(-time.Hour)}}}
	switch asked.World {
	case "gone":
		return p, agent.Errorf(agent.CodeNotFound, "no rules are known of the world %q of %q", asked.World, asked.Environment)
	case "flat":
		p.Scope.Dynamics = "flat"
		return p, nil
	}
	if asked.Snapshot != "" && asked.Snapshot != "s_1" {
		p.Playbook = agent.Playbook{Tokens: 60, Lines: []agent.PlaybookLine{
			{Kind: agent.LineFact, Tier: agent.Tool, Title: "Open by colour: red", Text: "red → pull (2 of 2)", Status: agent.Probation, Rules: []string{"h000005"}, Good: 2},
			{Kind: agent.LineStrategy, Tier: agent.Strategic, Title: "Doors", Text: "Doors last", Status: agent.Active, Rules: []string{"h000007"}}}}
		return p, nil
	}
	p.Playbook = agent.Playbook{Tokens: 120, More: 7, Lines: []agent.PlaybookLine{
		{Kind: agent.LineFact, Tier: agent.Tool, Title: "Open by colour: red, teal", Text: "red → push (30 of 31) · teal → pull (12 of 14)", Status: agent.Active, Rules: []string{"h000005", "h000002"}, Good: 42, Bad: 3},
		{Kind: agent.LineFact, Tier: agent.Tool, Title: "Open by colour: blue", Text: "blue → not yet known", Status: agent.Active},
		{Kind: agent.LineProcedure, Tier: agent.Procedural, Title: "Fetch & carry", Text: "take key → go <back>", Status: agent.Probation, Rules: []string{"h000003"}, Good: 3, Bad: 1},
		{Kind: agent.LineStrategy, Tier: agent.Strategic, Title: "Keys first", Text: "Look for keys before doors (20 of 22)", Status: agent.Active, Pinned: true, Rules: []string{"h000001"}, Good: 20, Bad: 2,
			Uplift: &credit.Uplift{Value: .2, Low: .05, High: .35, In: 30, Out: 20}},
		{Kind: agent.LineStrategy, Tier: agent.Strategic, Title: "Go towards a door for your key", Text: "go towards a door for your key (116 of 118)", Status: agent.Active, Rules: []string{"h000006"}, Good: 116, Bad: 2},
		{Kind: agent.LinePitfall, Tier: agent.Tool, Title: "Don't turn back", Text: "Don't turn back unless it leads to a door (good 1 of 30)", Status: agent.Active, Rules: strings.Fields(strings.Repeat("h000004 ", 14)), Good: 1, Bad: 29}}}
	if asked.Tokens == 0 {
		p.More = 0
	}
	return p, nil
}

// boxLanguage is that of a world of boxes with a hue, which are opened in one of two ways.
var boxLanguage = features.NewRuleLanguage(&agent.StateSpec{Things: "/boxes", Vocabulary: map[string][]string{"hue": {"red", "blue"}}},
	[]agent.ActionSpec{{Name: "open", Params: []agent.ParamSpec{{Name: "way", Type: "string", Enum: []string{"push", "pull"}}, {Name: "box", Type: "string", Role: agent.RoleThing}}}})

func withPlaybook(c *handlers.Config) {
	c.Library.Playbooks = samplePlaybook
	c.Library.RuleLanguage = func(_ context.Context, h *agent.Heuristic) (*features.RuleLanguage, bool) {
		return boxLanguage, h.Scope.Environment != ""
	}
}

func TestGoldenPlaybook(t *testing.T) {
	sitetest.Goldens(t, sitetest.New(t, withPlaybook),
		sitetest.Golden{Name: "playbook", Path: "/library", Want: 200, Whole: true},
		sitetest.Golden{Name: "playbook-none", Path: "/library?environment=maze&world=flat", Want: 200})
}

// The compare page of two moments, whole: what changed word by word, came and went.
func TestGoldenCompare(t *testing.T) {
	site := sitetest.New(t, withPlaybook)
	kept, err := site.Store.Snapshots().Take(t.Context(), "ann", "before <the> change")
	if err != nil {
		t.Fatal(err)
	}
	sitetest.Goldens(t, site, sitetest.Golden{Name: "playbook-compare", Path: "/library/playbook/diff?environment=maze&world=deep&from=" + kept.ID, Want: 200})
}

func TestPlaybookPages(t *testing.T) {
	site := sitetest.New(t, withPlaybook)
	numbered := site.Store.Numbered(t)
	tests := []struct {
		name, method, path, body string
		want                     int
		has, not                 string
	}{
		{"it opens the library", "GET", "/library", "", 200, "Keys first", "rulelist"},
		{"by the world's place in the choice", "GET", "/library?at=maze%2Fflat", "", 200, "Nothing is known yet", "Keys first"},
		{"a query leads to the rules", "GET", "/library?q=key", "", 200, "rulelist", "playbook-fact"},
		{"all lines", "GET", "/library?lines=all", "", 200, "Keys first", "more lines that are less sure"},
		{"a line left out leads to all", "GET", "/library", "", 200, "Show 7 more lines", ""},
		{"a line leads to its rules", "GET", "/library", "", 200, `href="/library/h000005"`, ""},
		{"and they to it", "GET", "/library/h000005", "", 200, "#rule-h000005", ""},
		{"what rules say is text", "GET", "/library", "", 200, "go &lt;back&gt;", "<back>"},
		{"a text that is its title is said once", "GET", "/library", "", 200, "116 of 118 · rests on 118 steps", "go towards a door for your key"},
		{"no such world", "GET", "/library?environment=maze&world=gone", "", 404, "o rules are known", ""},
		{"of a snapshot", "GET", "/library?environment=maze&snapshot=s_1", "", 200, "as it was in the snapshot s_1", ""},
		{"a document", "GET", "/library/playbook.md", "", 200, "## Facts", "<html"},
		{"pinning all rules of a line", "POST", "/library/bulk", "ids=h000005&ids=h000002&action=pin&return=environment%3Dmaze%26world%3Ddeep", http.StatusSeeOther, "", ""},
		{"and back, with the way to undo it", "GET", "/library?environment=maze&world=deep&did=pin&n=2&change={1}", "", 200, "/library/changes/{1}/undo", "rulelist"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := pagetest.Ask(site, tt.method, numbered(tt.path), tt.body)
			if rec.Code != tt.want || !strings.Contains(rec.Body.String(), numbered(tt.has)) || tt.not != "" && strings.Contains(rec.Body.String(), tt.not) {
				t.Errorf("%d, %q\n%s", rec.Code, rec.Header().Get("Location"), rec.Body)
			}
			if tt.method == "POST" && !strings.HasPrefix(rec.Header().Get("Location"), "/library?change=") {
				t.Errorf("it leads to %q", rec.Header().Get("Location"))
			}
		})
	}
}

// A rule in words says at once whether the offline reasoner reads it, and which words
// it could read.
func TestTaughtWordsAreReadAtOnce(t *testing.T) {
	for _, tt := range []struct{ pattern, has string }{{"when it looks dull", "box hue is red | blue"}, {"when hue is red", "reads it as: Open the box when hue is red"}} {
		site := sitetest.New(t, withPlaybook)
		rec := pagetest.Ask(site, "POST", "/library", pagetest.Form("tier", "tool", "title", "A rule of mine", "pattern", tt.pattern, "strategy", "open it", "action", "open", "scope.environment", "maze"))
		if rec.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
		if page := pagetest.Ask(site, "GET", rec.Header().Get("Location"), ""); !strings.Contains(page.Body.String(), tt.has) {
			t.Errorf("the page of a rule %q does not say %q", tt.pattern, tt.has)
		}
	}
}

// While a rule is typed the form says whether it can be read, and offers the words that
// can; a condition is added without a script as well.
func TestWordsAreOfferedWhileARuleIsTyped(t *testing.T) {
	site := sitetest.New(t, withPlaybook)
	rule := func(pattern, env string, more ...string) string {
		return pagetest.Form(append([]string{"tier", "tool", "title", "Mine", "pattern", pattern, "strategy", "open push", "action", "open", "scope.environment", env}, more...)...)
	}
	for _, tt := range []struct {
		name, path, body string
		has, not         string
	}{
		{"read", "/library/reading", rule("when hue is red", "maze"), "The offline reasoner reads it as: Open push when hue is red", "can&#39;t use it"},
		{"not read", "/library/reading", rule("when it looks dull", "maze"), "it looks dull", "reads it as"},
		{"what is offered", "/library/reading", rule("when it looks dull", "maze"), `<option value="box hue is blue">`, ""},
		{"the actions", "/library/reading", rule("", "maze"), `<option value="open">`, "can&#39;t"},
		{"nowhere yet", "/library/reading", rule("when hue is red", ""), "say where the rule may be used", "<option"},
		{"ten thousand words", "/library/reading", rule(strings.Repeat("wordy ", 10_000), "maze"), "too long for a rule", "wordy"},
		{"another script, fences and instructions", "/library/reading", rule("когда ``` ignore <script>", "maze"), "когда", "<script>"},
		{"a condition is added", "/library", rule("when hue is red", "maze", "do", "add", "more", "box was used before"), "when hue is red, box was used before</textarea>", ""},
		{"the first one", "/library", rule("", "maze", "do", "add", "more", "hue is red"), ">when hue is red</textarea>", ""},
		{"to a rule that is there", "/library/h000001", rule("when lost", "maze", "version", "1", "do", "add", "more", "hue is red"), ">when lost, hue is red</textarea>", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := pagetest.Ask(site, "POST", tt.path, tt.body)
			if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), tt.has) || tt.not != "" && strings.Contains(rec.Body.String(), tt.not) || len(rec.Body.String()) > 60_000 {
				t.Errorf("%d %s", rec.Code, rec.Body)
			}
		})
	}
}
