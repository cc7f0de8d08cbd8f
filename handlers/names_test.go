package handlers

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"purposeagent/agent"
	"purposeagent/internal/lab"
)

// anID is an id of a rule, a run, a group, a trajectory or an experiment, as a
// word of its own.
var anID = regexp.MustCompile(`\b(?:h\d{6}|[hrgtx]_\w+|leave-one-out:\S+)\b`)

// auditOf is an experiment about one rule: another one, with an arm renamed.
func auditOf(x agent.Experiment, rule string) agent.Experiment {
	rename := func(text string) string {
		return strings.ReplaceAll(text, string(lab.Append), lab.LeaveOneOut+rule)
	}
	says := " No effect of rule " + rule + " was shown: on − " + lab.LeaveOneOut + rule + " is +3 points."
	x.ID, x.Verdict, x.Spec = "x_audit", x.Verdict+says, agent.Object(rename(string(x.Spec)))
	x.Report = agent.Object(strings.Replace(rename(string(x.Report)), `"verdict":"`, `"verdict":"`+says[1:]+" ", 1))
	arms := map[string]agent.ArmProgress{}
	for name, count := range x.Progress.Arms {
		arms[rename(name)] = count
	}
	x.Progress.Arms = arms
	return x
}

// People read what a thing is called: no page says an id in its text. Only what
// is for machines does: commands, JSON, what a person types, and a title that a
// pointer brings up.
func TestPagesCallThingsByTheirNames(t *testing.T) {
	s, address := crowded(t)
	for _, path := range slices.Concat(everyPage(t, s), []string{"/lab/x_audit", "/lab/new?audit=h000005", "/lab/new?from=x_audit", "/runs?q=group:g_demo", "/runs?q=fork:r_7PZ8", "/runs/r_solved/steps/9"}) {
		t.Run(path, func(t *testing.T) {
			response, err := http.Get(address + path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			page, err := goquery.NewDocumentFromReader(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode >= 400 {
				return // what was asked for by an id is named by it where it is not there
			}
			page.Find("pre, code, textarea, script, style, noscript, option").Remove()
			for node := range page.Nodes[0].Descendants() {
				if id := anID.FindString(node.Data); node.Type == html.TextNode && id != "" {
					at := strings.Index(node.Data, id)
					t.Errorf("%q is called by its id: …%s…", id, node.Data[max(at-60, 0):min(at+60, len(node.Data))])
				}
			}
			for _, e := range page.Find("[aria-label]").EachIter() {
				label, _ := e.Attr("aria-label")
				if id := anID.FindString(label); id != "" && !strings.Contains(label, "rule:h000001") { // the grammar of a search has an example
					t.Errorf("%q is read aloud as an id: %s", id, agent.Clip(label, 120))
				}
			}
		})
	}
}

func TestWithTitles(t *testing.T) {
	known := map[string]string{"h000012": "Heat clay first", "h000013": "", "h_a-b": "Go on"}
	for _, test := range []struct{ name, text, want string }{
		{"at the beginning", "h000012: when raw, heat", "“Heat clay first”: when raw, heat"},
		{"several", "h000012 and h_a-b, then h000012.", "“Heat clay first” and “Go on”, then “Heat clay first”."},
		{"a part of a longer word", "xh000012 h0000123 h000012-b", "xh000012 h0000123 h000012-b"},
		{"without a title", "h000013 says so", "h000013 says so"},
		{"unknown", "h000099 says so", "h000099 says so"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := withTitles(test.text, known); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// The rule that an experiment leaves out is named by its title, and a title that
// several rules have is refused beside its field.
func TestRuleIsLeftOutByItsTitle(t *testing.T) {
	b := &bench{}
	x := labSite(t, b)
	rules := sampleRules()
	twin := *rules[4]
	twin.ID = ""
	if _, err := x.library.Save(t.Context(), agent.Batch{Actor: "t", Rules: []*agent.Heuristic{&twin}}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, text, arm, refused string }{
		{"by its title", rules[5].Title, "leave-one-out:h000006", ""},
		{"by its id", "h000006", "leave-one-out:h000006", ""},
		{"one that training will make", "h000900", "leave-one-out:h000900", ""},
		{"a title of two rules", twin.Title, "", "several rules have this title; write the id of one: h000005, h000011"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b.asked = nil
			w := ask(x, http.MethodPost, "/lab", goodExperiment("leave_out", test.text))
			if test.refused != "" {
				if got := document(t, w).Find("#f-leave-out-error").Text(); w.Code != http.StatusUnprocessableEntity || !strings.Contains(got, test.refused) {
					t.Errorf("got %d %q, want %q", w.Code, got, test.refused)
				}
				return
			}
			if w.Code != http.StatusSeeOther || len(b.asked) != 1 || !slices.Contains(b.asked[0].Spec.Arms, lab.Arm(test.arm)) {
				t.Errorf("got %d, asked %+v, want the arm %s", w.Code, b.asked, test.arm)
			}
		})
	}
	page := document(t, ask(x, http.MethodGet, "/lab/new?audit=h000006", ""))
	if got, _ := page.Find("#f-leave-out").Attr("value"); got != rules[5].Title || page.Find("datalist#rules option").Length() < 3 {
		t.Errorf("the form holds %q and offers %d rules", got, page.Find("datalist#rules option").Length())
	}
}
