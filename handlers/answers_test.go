package handlers_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"purposeagent/agent"
	"purposeagent/handlers"
	"purposeagent/handlers/live"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

func TestRunsAnswers(t *testing.T) {
	drawing := func(c *handlers.Config) {
		c.Runs.Picture = func(_ context.Context, _ string, step int) (string, error) {
			if step > 5 {
				return "", nil
			}
			return `<svg xmlns="http://www.w3.org/2000/svg"/>`, nil
		}
	}
	s := sitetest.OfRuns(t, pagetest.SampleLog(t), drawing)
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
		{"an unknown order", "GET", "/runs?sort=luck", "", 422, "can be sorted by newest, each, phi"},
		{"change nothing", "POST", "/runs/bulk", "action=delete", 422, "No run is selected"},
		{"an unknown action", "POST", "/runs/bulk", "action=odd&id=r_failed", 422, "There is no action"},
		{"delete", "POST", "/runs/bulk", "action=delete&id=r_failed&id=r_running&return=sort%3Dphi", 303, "/runs?change=1&did=delete&left=1&n=1&sort=phi"},
		{"delete all that match", "POST", "/runs/bulk", "action=delete&all=2&return=q%3Dstatus%253Afinished", 303, "did=delete&n=2&q=status%3Afinished"},
		{"another number matches", "POST", "/runs/bulk", "action=delete&all=3&return=q%3Dstatus%253Afinished", 409, "changed meanwhile"},
		{"all of a wrong query", "POST", "/runs/bulk", "action=delete&all=3&return=q%3Dstatus%253Aodd", 422, "There is no status"},
		{"tag", "POST", "/runs/bulk", "action=tag&tag=Base%2Fline&id=r_paused", 303, "did=tag&n=1&tag=base%2Fline"},
		{"no tag", "POST", "/runs/bulk", "action=tag&tag=%21&id=r_failed", 422, "is not a valid tag"},
		{"two tags", "POST", "/runs/bulk", "action=tag&tag=a+b&id=r_failed", 422, "Write one tag"},
		{"stop", "POST", "/runs/bulk", "action=stop&id=r_running", 303, "did=stop&n=1"},
		{"notice", "GET", "/runs?did=delete&n=3&left=1&change=7", "", 200, "3 runs deleted; for 7 days this can be undone. 1 run left"},
		{"undo", "POST", "/runs/changes/1/undo", "back=%2Fruns%3Fq%3Dtag%253Aa%26did%3Ddelete", 303, "/runs?did=undo&n=1&q=tag%3Aa"},
		{"undone", "GET", "/runs/r_failed", "", 200, "r_failed"},
		{"undo leads nowhere else", "POST", "/runs/changes/2/undo", "back=%2F%2Felsewhere.example%2Fruns", 303, "/runs?did=undo&n=2"},
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
			w := pagetest.Ask(s, test.method, test.path, test.body)
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

func TestOtherSitesAreRefused(t *testing.T) {
	log := pagetest.SampleLog(t)
	s := sitetest.OfRuns(t, log)
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://elsewhere.example"}} {
		w := pagetest.Ask(s, http.MethodPost, "/runs/r_running/stop", "", headers...)
		if w.Code != http.StatusForbidden {
			t.Errorf("%v: got %d, want 403", headers, w.Code)
		}
	}
	if len(log.Asked()) != 0 {
		t.Errorf("the engine was asked: %v", log.Asked())
	}
}

// An error of ours shows a reference and not its text, which is in the log.
func TestUnknownErrorsKeepTheirText(t *testing.T) {
	var lines bytes.Buffer
	log := pagetest.SampleLog(t)
	log.Refuse(errors.New("secret path in the text"))
	s := sitetest.OfRuns(t, log, func(c *handlers.Config) { c.Logger = slog.New(slog.NewTextHandler(&lines, nil)) })
	w := pagetest.Ask(s, http.MethodPost, "/runs/r_running/stop", "")
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
	s := sitetest.OfRuns(t, pagetest.SampleLog(t), func(c *handlers.Config) {
		c.Ready = func(context.Context) error { panic("drawing went wrong") }
	})
	w := pagetest.Ask(s, http.MethodGet, "/readyz", "")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "drawing") {
		t.Errorf("got %d %.200s", w.Code, w.Body)
	}
}

func TestBasePath(t *testing.T) {
	s := sitetest.OfRuns(t, pagetest.SampleLog(t), func(c *handlers.Config) { c.BasePath = "/purpose" })
	w := pagetest.Ask(s, http.MethodGet, "/purpose/runs/r_running", "")
	if w.Code != http.StatusOK {
		t.Fatalf("got %d", w.Code)
	}
	for _, wrong := range []string{`href="/runs`, `href="/library`, `src="/static`, `action="/runs`, `"/runs/r_running/live"`} {
		if strings.Contains(w.Body.String(), wrong) {
			t.Errorf("the page holds %s without the base path", wrong)
		}
	}
	if w := pagetest.Ask(s, http.MethodGet, "/purpose", ""); w.Header().Get("Location") != "/purpose/runs" {
		t.Errorf("got %q", w.Header().Get("Location"))
	}
}

func TestConfigIsChecked(t *testing.T) {
	if _, err := handlers.New(handlers.Config{}); err == nil {
		t.Error("an empty config was taken")
	}
	log := pagetest.NewRunLog(t)
	cfg := sitetest.Config(log.Store, log)
	cfg.BasePath = "x/"
	if _, err := handlers.New(cfg); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("got %v, want a complaint about the base path", err)
	}
}

// unpacked reads an answer as its header says that it is encoded.
func unpacked(t *testing.T, response *http.Response) io.Reader {
	t.Helper()
	if response.Header.Get("Content-Encoding") != "gzip" {
		return response.Body
	}
	reader, err := gzip.NewReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reader
}

// The metrics are what a real parser reads, and compressed once at most.
func TestMetricsAreReadable(t *testing.T) {
	s := sitetest.New(t)
	web := httptest.NewServer(s)
	defer web.Close()
	for _, encoding := range []string{"identity", "gzip"} {
		t.Run(encoding, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, web.URL+"/metrics", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", encoding) // what comes is not unpacked for us
			response, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			parser := expfmt.NewTextParser(model.UTF8Validation)
			families, err := parser.TextToMetricFamilies(unpacked(t, response))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"purpose_runs", "purpose_heuristics", "purpose_trajectories", "go_goroutines", "process_resident_memory_bytes", "process_open_fds"} {
				if f := families[name]; f == nil || f.GetHelp() == "" && strings.HasPrefix(name, "purpose") || f.GetType().String() != "GAUGE" {
					t.Errorf("%s is %v", name, f)
				}
			}
		})
	}
}

// No route compresses twice, and no stream is compressed.
func TestCompressedOnce(t *testing.T) {
	s := sitetest.New(t)
	web := httptest.NewServer(s)
	defer web.Close()
	for _, test := range []struct{ name, path, accept, begins string }{
		{"a page", "/runs", "text/html", "<!doctype html"},
		{"a style sheet", "/static/x/app.css", "*/*", ""},
		{"an export", "/runs/r_7Q1C/export.md", "*/*", ""},
		{"a poll", "/runs/r_7Q1C/live?after=0&first=1", echo.MIMEApplicationJSON, `{"frames":[`},
		{"a stream", "/runs/r_7Q1C/live?after=0", live.EventStream, "id: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, web.URL+test.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", "gzip")
			r.Header.Set("Accept", test.accept)
			response, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			if got := response.Header.Values("Content-Encoding"); len(got) > 1 || test.accept == live.EventStream && len(got) > 0 {
				t.Errorf("encoded as %v", got)
			}
			head, err := bufio.NewReader(unpacked(t, response)).Peek(max(len(test.begins), 2))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(strings.ToLower(string(head)), test.begins) || string(head[:2]) == "\x1f\x8b" {
				t.Errorf("begins with %q", head)
			}
		})
	}
}
