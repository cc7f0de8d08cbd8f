package replay_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
)

func TestReplayAnswers(t *testing.T) {
	x := sitetest.New(t)
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		want                     string // in the body, or the place it leads to
	}{
		{"solved only", "GET", "/replay?q=solved:yes", "", 200, "t_C"},
		{"by value", "GET", "/replay?sort=value", "", 200, "Highest value"},
		{"none match", "GET", "/replay?q=nowhere", "", 200, "No trajectory matches."},
		{"unknown outcome", "GET", "/replay?q=solved:odd", "", 422, "choose one of yes, no"},
		{"unknown order", "GET", "/replay?sort=odd", "", 422, "sorted by newest, value"},
		{"search with bad UTF-8", "GET", "/replay?q=%ff", "", 422, "valid text"},
		{"unknown trajectory", "GET", "/replay/t_gone", "", 404, "There is no trajectory"},
		{"bad window", "GET", "/replay/t_A?after=-1", "", 422, "number of a step"},
		{"window beyond the end", "GET", "/replay/t_A?after=999", "", 200, "t_A"},
		{"prune asks first", "GET", "/replay/prune?ids=t_A&ids=t_B&ids=t_C", "", 200, "2 trajectories, all of them successes. "},
		{"prune shows its effect", "GET", "/replay/prune?ids=t_A&ids=t_B&ids=t_C", "", 200, "2 of 4"},
		{"prune of what the filter shows", "GET", "/replay/prune?all=1&outcome=solved", "", 200, "Prune 3 trajectories?"},
		{"it goes back to the filter", "GET", "/replay/prune?all=1&q=solved:yes", "", 200, `name="return" value="q=solved%3Ayes"`},
		{"prune of a filter that shows nothing", "GET", "/replay/prune?all=1&q=nowhere", "", 422, "nothing to prune"},
		{"prune of a wrong filter", "GET", "/replay/prune?all=1&q=solved:odd", "", 422, "choose one of yes, no"},
		{"prune says what it leaves", "GET", "/replay/prune?ids=t_A", "", 200, "Rules keep their counts but lose these links"},
		{"prune of pinned ones only", "GET", "/replay/prune?ids=t_B", "", 200, "There is nothing to prune"},
		{"prune warns of pins", "GET", "/replay/prune?ids=t_A&ids=t_B", "", 200, "pinned by a person"},
		{"prune nothing", "GET", "/replay/prune", "", 422, "No trajectory is selected"},
		{"prune what is gone", "GET", "/replay/prune?ids=t_gone", "", 404, "There is no trajectory"},
		{"pin nothing", "POST", "/replay/pin", "action=pin", 422, "No trajectory is selected"},
		{"pin with an unknown action", "POST", "/replay/pin", "ids=t_A&action=burn", 422, "There is no action"},
		{"prune leaves what is pinned", "POST", "/replay/prune", "ids=t_A&ids=t_B&ids=t_C&return=sort%3Dvalue", 303, "/replay?change=1&did=prune&n=2&sort=value"},
		{"pruned", "GET", "/replay/t_A", "", 404, "There is no trajectory"},
		{"undo", "POST", "/replay/prunes/1/undo", "back=q%3Dsolved%253Ayes", 303, "/replay?did=undo&n=2&q=solved%3Ayes"},
		{"undone", "GET", "/replay/t_A", "", 200, "t_A"},
		{"undo of nothing", "POST", "/replay/prunes/5/undo", "", 404, "There is no prune"},
		{"pin", "POST", "/replay/pin", "ids=t_A&action=pin&rule=t_A", 303, "/replay/t_A?did=pin&n=1"},
		{"pin all that match", "POST", "/replay/pin", "action=pin&all=1&return=q%3Dsolved%253Ayes", 303, "/replay?did=pin&n="},
		{"pin all of a wrong query", "POST", "/replay/pin", "action=pin&all=1&return=q%3Dsolved%253Aodd", 422, "choose one of yes, no"},
		{"prune all that match, from the bar", "GET", "/replay/prune?all=1&return=q%3Dsolved%253Ayes", "", 200, `name="return" value="q=solved%3Ayes"`},
		{"notice", "GET", "/replay?did=prune&n=2", "", 200, "2 trajectories pruned; for 7 days this can be undone."},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := pagetest.Ask(x, test.method, test.path, test.body)
			if w.Code != test.status {
				t.Fatalf("got status %d, want %d: %.400s", w.Code, test.status, w.Body)
			}
			got := w.Body.String()
			if test.status == http.StatusSeeOther {
				got = w.Header().Get("Location")
			}
			if !strings.Contains(got, test.want) {
				t.Errorf("got %.3000s, want %q in it", got, test.want)
			}
		})
	}
	done, err := x.Store.Audit(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var pruned []string
	for _, entry := range done {
		if entry.Action == "trajectory.prune" || entry.Action == "trajectory.restore" {
			pruned = append(pruned, entry.Actor+": "+entry.Action+" "+entry.Subject)
		}
	}
	if got := strings.Join(pruned, "; "); got != "human: trajectory.restore t_C; human: trajectory.restore t_A; human: trajectory.prune t_C; human: trajectory.prune t_A" {
		t.Errorf("pruned %q", got)
	}
}

// A long episode is shown in windows: the page stays small, and the windows
// together hold each step once.
func TestTrajectoryWindows(t *testing.T) {
	x := sitetest.New(t)
	path, next := "/replay/t_D", 1
	for range 10 {
		w := pagetest.Ask(x, http.MethodGet, path, "")
		if w.Body.Len() > 400_000 {
			t.Errorf("%s is %d bytes", path, w.Body.Len())
		}
		doc, err := goquery.NewDocumentFromReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		doc.Find("#steps tbody tr").Each(func(_ int, row *goquery.Selection) {
			if got := row.Find("td").First().Text(); got != ui.Itoa(next) {
				t.Fatalf("step %s follows, want %d", got, next)
			}
			next++
		})
		older, ok := doc.Find("a[rel=next]").Attr("href")
		if !ok {
			break
		}
		path = strings.TrimSuffix(older, "#steps")
	}
	if next != 451 {
		t.Errorf("the windows end before step %d, want 451", next)
	}
}

// Less room is asked about first where trajectories would go, and what is no
// number stays in the form beside what is wrong with it.
func TestReplayCapacityForm(t *testing.T) {
	x := sitetest.New(t)
	for _, test := range []struct {
		name, form string
		code       int
		want       string
	}{
		{"no number", "capacity=many", http.StatusUnprocessableEntity, "must be a whole number from 10 to 50000"},
		{"too few", "capacity=9", http.StatusUnprocessableEntity, "must be a whole number from 10 to 50000"},
		{"more room", "capacity=600", http.StatusSeeOther, ""},
	} {
		w := pagetest.Ask(x, http.MethodPost, "/replay/capacity", test.form)
		if w.Code != test.code || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%s: %d %s", test.name, w.Code, w.Body)
		}
	}
	if w := pagetest.Ask(x, http.MethodGet, "/replay/capacity", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Trajectories to keep") {
		t.Errorf("the form: %d", w.Code)
	}
	if w := pagetest.Ask(x, http.MethodGet, "/replay", ""); !strings.Contains(w.Body.String(), `href="/replay/capacity"`) {
		t.Error("the list does not lead to it")
	}
	if w := pagetest.Ask(x, http.MethodGet, "/replay/t_never", ""); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "still in Runs with every step") {
		t.Errorf("a dropped trajectory: %d", w.Code)
	}
}
