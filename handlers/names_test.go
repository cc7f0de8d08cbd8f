package handlers_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"purposeagent/agent"
	"purposeagent/agent/experiments"
	"purposeagent/internal/lab"
)

// anID is an id of a rule, a run, a group, a trajectory or an experiment, as a
// word of its own.
var anID = regexp.MustCompile(`\b(?:h\d{6}|[hrgtx]_\w+|leave-one-out:\S+)\b`)

// auditOf is an experiment about one rule: another one, with an arm renamed.
func auditOf(x experiments.Experiment, rule string) experiments.Experiment {
	rename := func(text string) string {
		return strings.ReplaceAll(text, string(lab.Append), lab.LeaveOneOut+rule)
	}
	says := " No effect of rule " + rule + " was shown: on − " + lab.LeaveOneOut + rule + " is +3 points."
	x.ID, x.Verdict, x.Spec = "x_audit", x.Verdict+says, agent.Object(rename(string(x.Spec)))
	x.Report = agent.Object(strings.Replace(rename(string(x.Report)), `"verdict":"`, `"verdict":"`+says[1:]+" ", 1))
	arms := map[string]experiments.ArmProgress{}
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
