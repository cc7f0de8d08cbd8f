package runpage_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/files"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

// TestFilesOfAStep holds how files that an environment showed come to a browser:
// pictures and texts as what they are, all else as a download, none of it with
// any right on the page.
func TestFilesOfAStep(t *testing.T) {
	store := &files.Memory{}
	desk := files.NewDesk(store)
	shown := []struct{ name, kind, content, wantType, wantWay string }{
		{"screen.png", "image/png", "\x89PNG not really", "image/png", "inline"},
		{"change.diff", "text/x-diff", "--- a\n+++ b\n@@ -1 +1,2 @@\n same\n-gone <b>\n+come\n", "text/plain; charset=utf-8", "inline"},
		{"page.html", "text/html", "<script>alert(1)</script>", "text/plain; charset=utf-8", "inline"},
		{"drawing.svg", "image/svg+xml", "<svg onload='alert(1)'/>", "application/octet-stream", "attachment"},
		{"long.txt", "text/plain", strings.Repeat("line\n", 20_000), "text/plain; charset=utf-8", "inline"},
	}
	for _, f := range shown {
		if err := files.Attach(desk.With(t.Context()), files.File{Name: f.name, Type: f.kind, Text: "what " + f.name + " shows"}, []byte(f.content)); err != nil {
			t.Fatal(err)
		}
	}
	list := desk.Take()
	log := pagetest.NewRunLog(t)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	log.Add(agent.Run{ID: "r_files", Spec: agent.RunSpec{Environment: agent.EnvironmentRef{Name: "counter"}, Purpose: "count"}.WithDefaults(), Status: agent.RunIsQueued, CreatedAt: at})
	before, after := agent.State{Data: `{"n":1}`, Summary: "one"}, agent.State{Data: `{"n":2}`, Summary: "two"}
	step := agent.Step{Index: 1, Before: before, Action: agenttest.Add(1), After: after, Score: agent.Score{PhiAfter: 1, Delta: 1, Critic: "m"}, Files: list, At: at}
	missing := list[1]
	missing.Hash = files.Hash([]byte("thrown away"))
	log.Emit("r_files", at, agent.RunStarted{Task: agent.Task{Purpose: "count"}, State: before, Files: list[:1]}, agent.StepTaken{Step: step},
		agent.Judged{Verdict: agent.Verdict{Success: true, Score: 1}, Files: []files.File{missing}},
		agent.RunFinished{Result: agent.TaskResult{Run: "r_files", Success: true, Outcome: agent.Outcome{Success: true, Source: agent.SourceEnvironment, Score: 1}, TotalSteps: 1, FinalState: after}})
	s := sitetest.OfRuns(t, log, func(c *handlers.Config) {
		c.Runs.File = func(ctx context.Context, run, hash string) ([]byte, error) {
			if run != "r_files" {
				t.Errorf("asked for a file of run %s", run)
			}
			return store.Content(ctx, hash)
		}
	})
	for _, f := range shown {
		w := pagetest.Ask(s, http.MethodGet, "/runs/r_files/steps/1/files/"+f.name, "")
		h := w.Header()
		if w.Code != http.StatusOK || w.Body.String() != f.content || h.Get("Content-Type") != f.wantType || !strings.HasPrefix(h.Get("Content-Disposition"), f.wantWay) {
			t.Errorf("%s: %d %s %s, %d bytes", f.name, w.Code, h.Get("Content-Type"), h.Get("Content-Disposition"), w.Body.Len())
		}
		if !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s may act: %v", f.name, h)
		}
	}
	for path, want := range map[string]int{
		"/runs/r_files/steps/1/files/none.txt":     http.StatusNotFound,
		"/runs/r_files/steps/1/files/..%2Fx":       http.StatusNotFound,
		"/runs/r_files/steps/2/files/screen.png":   http.StatusNotFound,
		"/runs/r_files/steps/x/files/screen.png":   http.StatusNotFound,
		"/runs/r_files/steps/0/files/screen.png":   http.StatusOK,
		"/runs/r_files/judged/files/change.diff":   http.StatusNotFound, // it is not kept any more
		"/runs/r_nothing/steps/1/files/screen.png": http.StatusNotFound,
		"/runs/r_nothing/judged/files/change.diff": http.StatusNotFound,
		"/runs/r_files/steps/1/picture.svg":        http.StatusFound,
		"/runs/r_files/steps/0/picture.svg":        http.StatusFound,
	} {
		if w := pagetest.Ask(s, http.MethodGet, path, ""); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	doc := pagetest.Document(t, pagetest.Ask(s, http.MethodGet, "/runs/r_files?step=1", ""))
	text := doc.Find(".panel").Text()
	for _, want := range []string{"what change.diff shows", "gone <b>", "<script>alert(1)</script>", "Its first"} {
		if !strings.Contains(text, want) {
			t.Errorf("the panel is without %q", want)
		}
	}
	if n := doc.Find(".panel script").Length(); n != 0 {
		t.Error("a file became a part of the page")
	}
	if src, _ := doc.Find(".panel img").Attr("src"); !strings.HasSuffix(src, "/runs/r_files/steps/1/files/screen.png") {
		t.Errorf("the picture is %q", src)
	}
	if end := doc.Find("#run-end").Text(); !strings.Contains(end, "How the outcome came about") || !strings.Contains(end, "not kept any more") {
		t.Errorf("the end says %q", end)
	}
}
