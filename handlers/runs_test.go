package handlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/a-h/templ"

	"purposeagent/agent"
	"purposeagent/views/pages"
)

func TestRunsAnswers(t *testing.T) {
	drawing := func(c *Config) {
		c.Picture = func(_ context.Context, _ string, step int) (string, error) {
			if step > 5 {
				return "", nil
			}
			return `<svg xmlns="http://www.w3.org/2000/svg"/>`, nil
		}
	}
	s := runsServer(t, sampleLog(), drawing)
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		want                     string // in the body, or the place it leads to
	}{
		{"home", "GET", "/", "", 303, "/runs"},
		{"filter by state", "GET", "/runs?q=status:failed", "", 200, "r_failed"},
		{"filter by an unknown state", "GET", "/runs?q=maze+status:odd", "", 422, "At character 6: there is no status &#34;odd&#34;"},
		{"search too long", "GET", "/runs?q=" + strings.Repeat("a", 501), "", 422, "at most 500 bytes"},
		{"search with bad UTF-8", "GET", "/runs?q=%ff", "", 422, "must be valid text"},
		{"group", "GET", "/runs?q=group:g_demo", "", 200, "r_unsolved"},
		{"step as a page", "GET", "/runs/r_solved/steps/3", "", 200, "<!doctype html>"},
		{"step that is not there", "GET", "/runs/r_solved/steps/99", "", 404, "has no step 99"},
		{"step that is no number", "GET", "/runs/r_solved/steps/x", "", 404, "There is no step"},
		{"step 0", "GET", "/runs/r_solved?step=0", "", 404, "There is no step"},
		{"steps before, as a page", "GET", "/runs/r_solved/steps?before=5", "", 200, "<!doctype html>"},
		{"steps without a place", "GET", "/runs/r_solved/steps", "", 404, "There is no step"},
		{"picture", "GET", "/runs/r_solved/steps/3/picture.svg", "", 200, "<svg"},
		{"no picture", "GET", "/runs/r_solved/steps/6/picture.svg", "", 204, ""},
		{"pause", "POST", "/runs/r_running/pause", "", 303, "/runs/r_running"},
		{"an unknown order", "GET", "/runs?sort=luck", "", 422, "can be sorted by newest, phi"},
		{"change nothing", "POST", "/runs/bulk", "action=delete", 422, "No run is selected"},
		{"an unknown action", "POST", "/runs/bulk", "action=odd&id=r_failed", 422, "There is no action"},
		{"delete", "POST", "/runs/bulk", "action=delete&id=r_failed&id=r_running&return=sort%3Dphi", 303, "/runs?change=7&did=delete&left=1&n=1&sort=phi"},
		{"delete all that match", "POST", "/runs/bulk", "action=delete&all=2&return=q%3Dstatus%253Afinished", 303, "did=delete&n=2&q=status%3Afinished"},
		{"another number matches", "POST", "/runs/bulk", "action=delete&all=3&return=q%3Dstatus%253Afinished", 409, "changed meanwhile"},
		{"all of a wrong query", "POST", "/runs/bulk", "action=delete&all=3&return=q%3Dstatus%253Aodd", 422, "There is no status"},
		{"tag", "POST", "/runs/bulk", "action=tag&tag=Base%2Fline&id=r_failed", 303, "did=tag&n=1&tag=base%2Fline"},
		{"no tag", "POST", "/runs/bulk", "action=tag&tag=%21&id=r_failed", 422, "is not a valid tag"},
		{"two tags", "POST", "/runs/bulk", "action=tag&tag=a+b&id=r_failed", 422, "Write one tag"},
		{"stop", "POST", "/runs/bulk", "action=stop&id=r_running", 303, "did=stop&n=1"},
		{"notice", "GET", "/runs?did=delete&n=3&left=1&change=7", "", 200, "3 runs deleted; for 7 days this can be undone. 1 run left"},
		{"undo", "POST", "/runs/changes/7/undo", "back=%2Fruns%3Fq%3Dtag%253Aa%26did%3Ddelete", 303, "/runs?did=undo&n=2&q=tag%3Aa"},
		{"undo leads nowhere else", "POST", "/runs/changes/7/undo", "back=%2F%2Felsewhere.example%2Fruns", 303, "/runs?did=undo&n=2"},
		{"unknown page", "GET", "/nowhere", "", 404, "There is no page at /nowhere"},
		{"wrong method", "POST", "/runs/r_solved/phi", "", 405, "not possible"},
		{"too large", "POST", "/runs/bulk", "id=" + strings.Repeat("x", 3<<20), 413, "larger than 2 MB"},
		{"live without a socket", "GET", "/runs/r_running/live?after=0", "", 422, "for live pages"},
		{"live from nowhere", "GET", "/runs/r_running/live?after=-1", "", 422, "number of the last event"},
		{"api", "GET", "/api/v1/nowhere", "", 404, `{"error":{"code":"not_found"`},
		{"alive", "GET", "/healthz", "", 200, "ok"},
		{"ready", "GET", "/readyz", "", 200, "ready"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := ask(s, test.method, test.path, test.body)
			if w.Code != test.status {
				t.Fatalf("got status %d, want %d: %.300s", w.Code, test.status, w.Body)
			}
			got := w.Body.String()
			if test.status == http.StatusSeeOther {
				got = w.Header().Get("Location")
			}
			if !strings.Contains(got, test.want) {
				t.Errorf("got %.2000s, want %q in it", got, test.want)
			}
		})
	}
}

func TestSteering(t *testing.T) {
	log := sampleLog()
	s := runsServer(t, log)
	for _, verb := range []string{"pause", "resume", "stop"} {
		w := ask(s, http.MethodPost, "/runs/r_running/"+verb, "", "HX-Request", "true")
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `id="run-controls"`) {
			t.Errorf("%s: got %d %.200s", verb, w.Code, w.Body)
		}
	}
	if got, want := strings.Join(log.asked, ", "), "pause r_running by human, resume r_running by human, stop r_running by human"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	log.refuse = agent.Errorf(agent.CodeConflict, "run r_running has ended")
	w := ask(s, http.MethodPost, "/runs/r_running/stop", "", "HX-Request", "true")
	if w.Code != http.StatusConflict || w.Header().Get("HX-Retarget") != "#toasts" || !strings.Contains(w.Body.String(), "Run r_running has ended.") {
		t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	log := sampleLog()
	s := runsServer(t, log)
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://elsewhere.example"}} {
		w := ask(s, http.MethodPost, "/runs/r_running/stop", "", headers...)
		if w.Code != http.StatusForbidden {
			t.Errorf("%v: got %d, want 403", headers, w.Code)
		}
	}
	if len(log.asked) != 0 {
		t.Errorf("the engine was asked: %v", log.asked)
	}
}

// An error of ours shows a reference and not its text, which is in the log.
func TestUnknownErrorsKeepTheirText(t *testing.T) {
	var lines bytes.Buffer
	log := sampleLog()
	log.refuse = errors.New("secret path in the text")
	s := runsServer(t, log, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&lines, nil)) })
	w := ask(s, http.MethodPost, "/runs/r_running/stop", "")
	reference := w.Header().Get("X-Request-Id")
	switch {
	case w.Code != http.StatusInternalServerError:
		t.Errorf("got %d, want 500", w.Code)
	case strings.Contains(w.Body.String(), "secret"):
		t.Error("the page shows the error's text")
	case reference == "" || !strings.Contains(w.Body.String(), reference):
		t.Errorf("the page does not show the reference %q", reference)
	case !strings.Contains(lines.String(), reference) || !strings.Contains(lines.String(), "secret path"):
		t.Errorf("the log does not have both: %s", &lines)
	}
}

func TestPanicsAreErrors(t *testing.T) {
	s := runsServer(t, sampleLog(), func(c *Config) {
		c.Ready = func(context.Context) error { panic("drawing went wrong") }
	})
	w := ask(s, http.MethodGet, "/readyz", "")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "drawing") {
		t.Errorf("got %d %.200s", w.Code, w.Body)
	}
}

func TestPicturesCanDoNothing(t *testing.T) {
	s := runsServer(t, sampleLog(), func(c *Config) {
		c.Picture = func(context.Context, string, int) (string, error) { return `<svg onload="alert(1)"/>`, nil }
	})
	h := ask(s, http.MethodGet, "/runs/r_solved/steps/1/picture.svg", "").Header()
	if got := h.Get("Content-Security-Policy"); got != picturePolicy {
		t.Errorf("got the policy %q", got)
	}
	if got := h.Get("Content-Type"); got != "image/svg+xml" {
		t.Errorf("got the type %q", got)
	}
}

func TestBasePath(t *testing.T) {
	s := runsServer(t, sampleLog(), func(c *Config) { c.BasePath = "/purpose" })
	w := ask(s, http.MethodGet, "/purpose/runs/r_running", "")
	if w.Code != http.StatusOK {
		t.Fatalf("got %d", w.Code)
	}
	for _, wrong := range []string{`href="/runs`, `href="/library`, `src="/static`, `action="/runs`, `"/runs/r_running/live"`} {
		if strings.Contains(w.Body.String(), wrong) {
			t.Errorf("the page holds %s without the base path", wrong)
		}
	}
	if w := ask(s, http.MethodGet, "/purpose", ""); w.Header().Get("Location") != "/purpose/runs" {
		t.Errorf("got %q", w.Header().Get("Location"))
	}
}

func TestConfigIsChecked(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("an empty config was taken")
	}
	log := newRunLog()
	_, err := New(Config{Runs: log, Engine: log, Launcher: noLauncher{}, Library: noLibrary{}, Replay: noReplay{}, Settings: noSettings{}, Environments: twoWorldKind{}, BasePath: "x/"})
	if agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("got %v, want a complaint about the base path", err)
	}
}

// A page of a very long run is a window of it.
func TestLongRunsAreWindows(t *testing.T) {
	log := newRunLog()
	log.add(sampleRun("r_long", 50_000))
	log.emit("r_long", noon, sampleStart())
	log.take("r_long", 1_500)
	s := runsServer(t, log)
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
			body := ask(s, http.MethodGet, test.path, "", headers...).Body.String()
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
	log := newRunLog()
	log.add(sampleRun("r_long", 50_000))
	log.emit("r_long", noon, sampleStart())
	log.take("r_long", 5_000)
	s := runsServer(b, log)
	for b.Loop() {
		w := ask(s, http.MethodGet, "/runs/r_long", "", "Accept-Encoding", "gzip")
		b.ReportMetric(float64(w.Body.Len()), "bytes/page")
	}
}

// The list is cut by keyset: "older" goes on after the last row, "newest" back.
func TestRunsListPages(t *testing.T) {
	log := newRunLog()
	for i := range 60 {
		log.add(sampleRun(fmt.Sprintf("r_%02d", i), 20))
	}
	s := runsServer(t, log)
	first := ask(s, http.MethodGet, "/runs?q=env%3Amaze", "").Body.String()
	if got := strings.Count(first, "data-row"); got != listLimit {
		t.Errorf("got %d rows, want %d", got, listLimit)
	}
	const older = `href="/runs?cursor=r_10&amp;q=env%3Amaze"`
	if !strings.Contains(first, older) || strings.Contains(first, `rel="prev"`) {
		t.Fatalf("%s is missing, or there is something newer than the newest", older)
	}
	second := ask(s, http.MethodGet, "/runs?cursor=r_10&q=env%3Amaze", "").Body.String()
	if got := strings.Count(second, "data-row"); got != 10 {
		t.Errorf("got %d rows, want 10", got)
	}
	if !strings.Contains(second, `href="/runs?q=env%3Amaze"`) || strings.Contains(second, `rel="next"`) {
		t.Error("the second page does not lead back, or leads further")
	}
}

// A state of more than a megabyte is shown in parts that make up the whole, stands in no form,
// and what is odd in it is text.
func TestLargeStateIsShownInParts(t *testing.T) {
	log := newRunLog()
	log.add(sampleRun("r_large", 20))
	log.emit("r_large", noon, sampleStart())
	step := sampleStep(1, 2)
	step.After.Data = agent.MustObject(map[string]any{"blob": strings.Repeat("<b>\u202e\u200bodd</b>\n", 60_000), "after": "the end"})
	log.emit("r_large", noon, agent.StepTaken{Step: step})
	s := runsServer(t, log)
	var whole strings.Builder
	parts := 0
	for n := 1; ; n++ {
		page := ask(s, http.MethodGet, fmt.Sprintf("/runs/r_large/steps/1?tab=raw.%d", n), "", "HX-Request", "true").Body.String()
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
	if got, want := whole.String(), rawStep(step); got != want || parts < 10 {
		t.Errorf("%d parts make up %d bytes, want %d", parts, len(got), len(want))
	}
	fork := ask(s, http.MethodGet, "/runs/r_large/fork?step=1", "").Body.String()
	if len(fork) > 100<<10 || !strings.Contains(fork, "too large for this page") {
		t.Errorf("the form is %d bytes", len(fork))
	}
	for _, path := range []string{"/runs/r_large", "/runs/r_large/steps/1?tab=diff", "/runs/r_large/steps/1?tab=raw.9999"} {
		if w := ask(s, http.MethodGet, path, ""); w.Code != http.StatusOK || w.Body.Len() > 800<<10 {
			t.Errorf("%s: %d, %d bytes", path, w.Code, w.Body.Len())
		}
	}
}

func TestInParts(t *testing.T) {
	for _, text := range []string{"", "short", strings.Repeat("line\n", 10), strings.Repeat("ΦΦΦΦ", 20), strings.Repeat("x", 41)} {
		parts := inParts(text, 7)
		for _, p := range parts {
			if len(p) > 7 || !utf8.ValidString(p) {
				t.Errorf("%q has the part %q", text, p)
			}
		}
		if strings.Join(parts, "") != text {
			t.Errorf("%q is cut into %q", text, parts)
		}
	}
}

func TestRunWhoseTrajectoryWasDropped(t *testing.T) {
	s := &Server{cfg: Config{Replay: noReplay{}}}
	for _, test := range []struct {
		name, trajectory string
		dropped          bool
	}{{"kept", "t_kept", false}, {"dropped", "t_dropped", true}} {
		end := pages.RunEnd{Replay: "/replay/" + templ.SafeURL(test.trajectory)}
		if err := s.markDropped(t.Context(), &end, &agent.Learned{Trajectory: test.trajectory}); err != nil {
			t.Fatal(err)
		}
		if (end.Replay == "") != test.dropped || (end.Dropped != "") != test.dropped {
			t.Errorf("%s: %+v", test.name, end)
		}
	}
}
