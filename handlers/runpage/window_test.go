package runpage_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/runpage"
	"purposeagent/handlers/sitetest"
)

func TestSteering(t *testing.T) {
	log := pagetest.SampleLog(t)
	s := sitetest.OfRuns(t, log)
	for _, verb := range []string{"pause", "resume", "stop"} {
		w := pagetest.Ask(s, http.MethodPost, "/runs/r_running/"+verb, "", "HX-Request", "true")
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `id="run-controls"`) {
			t.Errorf("%s: got %d %.200s", verb, w.Code, w.Body)
		}
	}
	if got, want := strings.Join(log.Asked(), ", "), "pause r_running by human, resume r_running by human, stop r_running by human"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	log.Refuse(agent.Errorf(agent.CodeConflict, "run r_running has ended"))
	w := pagetest.Ask(s, http.MethodPost, "/runs/r_running/stop", "", "HX-Request", "true")
	if w.Code != http.StatusConflict || w.Header().Get("HX-Retarget") != "#toasts" || !strings.Contains(w.Body.String(), "Run r_running has ended.") {
		t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestPicturesCanDoNothing(t *testing.T) {
	s := sitetest.OfRuns(t, pagetest.SampleLog(t), func(c *handlers.Config) {
		c.Runs.Picture = func(context.Context, string, int) (string, error) { return `<svg onload="alert(1)"/>`, nil }
	})
	h := pagetest.Ask(s, http.MethodGet, "/runs/r_solved/steps/1/picture.svg", "").Header()
	if got := h.Get("Content-Security-Policy"); got != runpage.PicturePolicy {
		t.Errorf("got the policy %q", got)
	}
	if got := h.Get("Content-Type"); got != "image/svg+xml" {
		t.Errorf("got the type %q", got)
	}
}

// A page of a very long run is a window of it.
func TestLongRunsAreWindows(t *testing.T) {
	log := pagetest.NewRunLog(t)
	log.Start(pagetest.SampleRun("r_long", 50_000), 1_500)
	s := sitetest.OfRuns(t, log)
	for _, test := range []struct {
		name, path string
		fragment   bool
		first      string
		rows       int
		want       []string
	}{
		{"newest", "/runs/r_long", false, `id="s1301"`, 200, []string{"1,300 earlier steps ↑"}},
		{"in the middle", "/runs/r_long/steps/700", false, `id="s601"`, 200, []string{"600 earlier steps ↑", "700 later steps ↓"}},
		{"earlier", "/runs/r_long/steps?before=601", true, `id="s401"`, 200, []string{"400 earlier steps ↑"}},
		{"later", "/runs/r_long/steps?after=1400", true, `id="s1401"`, 100, nil},
		{"first", "/runs/r_long/steps?before=101", true, `id="s1"`, 100, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var headers []string
			if test.fragment {
				headers = []string{"HX-Request", "true"}
			}
			body := pagetest.Ask(s, http.MethodGet, test.path, "", headers...).Body.String()
			if got := strings.Count(body, `class="step"`); got != test.rows {
				t.Errorf("got %d rows, want %d", got, test.rows)
			}
			at := strings.Index(body, `<li id="s`)
			if at < 0 || !strings.HasPrefix(body[at+4:], test.first) {
				t.Errorf("the first row is not %s", test.first)
			}
			for _, want := range test.want {
				if !strings.Contains(body, want) {
					t.Errorf("%q is missing", want)
				}
			}
		})
	}
}

func BenchmarkRunPageOf5000Steps(b *testing.B) {
	log := pagetest.NewRunLog(b)
	log.Start(pagetest.SampleRun("r_long", 50_000), 5_000)
	s := sitetest.OfRuns(b, log)
	for b.Loop() {
		w := pagetest.Ask(s, http.MethodGet, "/runs/r_long", "", "Accept-Encoding", "gzip")
		b.ReportMetric(float64(w.Body.Len()), "bytes/page")
	}
}

// A state of more than a megabyte is shown in parts that make up the whole, stands in no form,
// and what is odd in it is text.
func TestLargeStateIsShownInParts(t *testing.T) {
	log := pagetest.NewRunLog(t)
	log.Add(pagetest.SampleRun("r_large", 20))
	log.Emit("r_large", pagetest.Noon, pagetest.SampleStart())
	step := pagetest.SampleStep(1, 2)
	step.After.Data = agent.MustObject(map[string]any{"blob": strings.Repeat("<b>\u202e\u200bodd</b>\n", 60_000), "after": "the end"})
	log.Emit("r_large", pagetest.Noon, agent.StepTaken{Step: step})
	s := sitetest.OfRuns(t, log)
	var whole strings.Builder
	parts := 0
	for n := 1; ; n++ {
		page := pagetest.Ask(s, http.MethodGet, fmt.Sprintf("/runs/r_large/steps/1?tab=raw.%d", n), "", "HX-Request", "true").Body.String()
		if len(page) > 600<<10 || strings.Contains(page, "<b>\u202e") {
			t.Fatalf("part %d is %d bytes, or has markup of the state", n, len(page))
		}
		_, rest, _ := strings.Cut(page, `id="raw">`)
		text, _, _ := strings.Cut(rest, "</pre>")
		whole.WriteString(html.UnescapeString(text))
		parts++
		if !strings.Contains(page, ">next part</a>") {
			break
		}
	}
	if got, want := whole.String(), runpage.RawStep(step); got != want || parts < 10 {
		t.Errorf("%d parts make up %d bytes, want %d", parts, len(got), len(want))
	}
	fork := pagetest.Ask(s, http.MethodGet, "/runs/r_large/fork?step=1", "").Body.String()
	if len(fork) > 100<<10 || !strings.Contains(fork, "too large for this page") {
		t.Errorf("the form is %d bytes", len(fork))
	}
	for _, path := range []string{"/runs/r_large", "/runs/r_large/steps/1?tab=diff", "/runs/r_large/steps/1?tab=raw.9999"} {
		if w := pagetest.Ask(s, http.MethodGet, path, ""); w.Code != http.StatusOK || w.Body.Len() > 800<<10 {
			t.Errorf("%s: %d, %d bytes", path, w.Code, w.Body.Len())
		}
	}
}
