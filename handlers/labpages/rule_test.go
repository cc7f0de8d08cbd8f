package labpages_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/internal/lab"
)

// The rule that an experiment leaves out is named by its title, and a title that
// several rules have is refused beside its field.
func TestRuleIsLeftOutByItsTitle(t *testing.T) {
	x := sitetest.WithLab(t)
	rules := pagetest.SampleRules()
	twin := *rules[4]
	twin.ID = ""
	x.Store.Learn(t, &twin)
	for _, test := range []struct{ name, text, arm, refused string }{
		{"by its title", rules[5].Title, "leave-one-out:h000006", ""},
		{"by its id", "h000006", "leave-one-out:h000006", ""},
		{"one that training will make", "h000900", "leave-one-out:h000900", ""},
		{"a title of two rules", twin.Title, "", "several rules have this title; write the id of one: h000011, h000005"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := len(asked(t, x))
			w := pagetest.Ask(x, http.MethodPost, "/lab", pagetest.GoodExperiment("leave_out", test.text))
			if test.refused != "" {
				if got := pagetest.Document(t, w).Find("#f-leave-out-error").Text(); w.Code != http.StatusUnprocessableEntity || !strings.Contains(got, test.refused) {
					t.Errorf("got %d %q, want %q", w.Code, got, test.refused)
				}
				return
			}
			got := asked(t, x)
			if w.Code != http.StatusSeeOther || len(got) != before+1 || !slices.ContainsFunc(got, func(s started) bool {
				return w.Header().Get("Location") == "/lab/"+s.ID && slices.Contains(s.Spec.Arms, lab.Arm(test.arm))
			}) {
				t.Errorf("got %d, asked %+v, want the arm %s", w.Code, got, test.arm)
			}
		})
	}
	page := pagetest.Document(t, pagetest.Ask(x, http.MethodGet, "/lab/new?audit=h000006", ""))
	if got, _ := page.Find("#f-leave-out").Attr("value"); got != rules[5].Title || page.Find("datalist#rules option").Length() < 3 {
		t.Errorf("the form holds %q and offers %d rules", got, page.Find("datalist#rules option").Length())
	}
}
