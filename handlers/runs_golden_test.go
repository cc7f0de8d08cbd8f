package handlers

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"purposeagent/agent"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

var assetHash = regexp.MustCompile(`/static/[0-9a-f]{12}/`)

// golden compares HTML with testdata/golden/<name>/page.html. It is written
// one tag a line, so that a change is a readable diff.
func golden(t *testing.T, name, html string) {
	t.Helper()
	got := assetHash.ReplaceAllString(strings.ReplaceAll(html, "><", ">\n<"), "/static/HASH/") + "\n"
	path := filepath.Join("testdata", "golden", name, "page.html")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./handlers -update writes it)", err)
	}
	if got == string(want) {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range gotLines {
		if i >= len(wantLines) || gotLines[i] != wantLines[i] {
			before := ""
			if i < len(wantLines) {
				before = wantLines[i]
			}
			t.Fatalf("%s differs at line %d\n got: %s\nwant: %s\n(go test ./handlers -update takes the new page; look at the diff)", path, i+1, gotLines[i], before)
		}
	}
	t.Fatalf("%s is shorter than the golden file", name)
}

// sampleLog holds runs in every state that pages treat apart.
func sampleLog() *runLog {
	log := newRunLog()
	add := func(id string, steps int, group string) {
		run := sampleRun(id, 60)
		run.Group, run.Label = group, strings.TrimPrefix(group, "g_")
		log.add(run)
		log.emit(id, noon, sampleStart())
		log.take(id, steps)
	}
	log.add(sampleRun("r_queued", 20))
	add("r_solved", 12, "")
	log.finish("r_solved", true)
	add("r_unsolved", 3, "g_demo")
	log.finish("r_unsolved", false)
	add("r_failed", 2, "")
	failed, _ := log.Get(nil, "r_failed") //nolint:staticcheck // the fake uses no context
	log.emit("r_failed", noon, agent.RunFailed{Code: agent.CodeUnavailable, Message: "the model server closed the connection", Result: sampleResult(failed, false)})
	add("r_waiting", 2, "")
	log.emit("r_waiting", noon, agent.RunWaiting{Reason: "the model server can't be reached"})
	add("r_paused", 2, "")
	log.emit("r_paused", noon, agent.RunPaused{By: "a person"})
	add("r_running", 7, "")
	return log
}

func TestGoldenPages(t *testing.T) {
	s := runsServer(t, sampleLog())
	const htmx = "HX-Request"
	for _, test := range []struct {
		name    string
		path    string
		headers []string
		want    int
	}{
		{"runs-list", "/runs", nil, 200},
		{"runs-list-fragment", "/runs?q=status:finished", []string{htmx, "true", "HX-Target", "div#runs"}, 200},
		{"runs-none-match", "/runs?q=nowhere", []string{htmx, "true", "HX-Target", "div#runs"}, 200},
		{"run-running", "/runs/r_running", nil, 200},
		{"run-queued", "/runs/r_queued", []string{htmx, "true"}, 200},
		{"run-waiting", "/runs/r_waiting", []string{htmx, "true"}, 200},
		{"run-paused", "/runs/r_paused", []string{htmx, "true"}, 200},
		{"run-failed", "/runs/r_failed", []string{htmx, "true"}, 200},
		{"run-solved-step", "/runs/r_solved?step=9", []string{htmx, "true"}, 200},
		{"step-detail", "/runs/r_solved/steps/9", []string{htmx, "true"}, 200},
		{"step-failed", "/runs/r_solved/steps/11", []string{htmx, "true"}, 200},
		{"step-diff", "/runs/r_solved/steps/9?tab=diff", []string{htmx, "true"}, 200},
		{"step-memory", "/runs/r_solved/steps/9?tab=memory", []string{htmx, "true"}, 200},
		{"step-critic", "/runs/r_solved/steps/6?tab=critic", []string{htmx, "true"}, 200},
		{"step-raw", "/runs/r_solved/steps/1?tab=raw", []string{htmx, "true"}, 200},
		{"phi-table", "/runs/r_solved/phi", []string{htmx, "true"}, 200},
		{"not-found", "/runs/r_gone", nil, 404},
		{"not-found-fragment", "/runs/r_gone", []string{htmx, "true"}, 404},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := ask(s, http.MethodGet, test.path, "", test.headers...)
			if w.Code != test.want {
				t.Fatalf("got status %d, want %d: %s", w.Code, test.want, w.Body)
			}
			golden(t, test.name, w.Body.String())
		})
	}
}

// The pages keep to the policy that they are served with: no inline script,
// style or handler, whatever a run says.
func TestPagesHoldNothingInline(t *testing.T) {
	log := sampleLog()
	hostile := sampleRun("r_hostile", 20)
	hostile.Spec.Purpose = `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	log.add(hostile)
	log.emit("r_hostile", noon, sampleStart())
	step := sampleStep(1, 1)
	step.Action.Thought, step.After.Summary = hostile.Spec.Purpose, hostile.Spec.Purpose
	step.Action.Name = hostile.Spec.Purpose
	log.emit("r_hostile", noon, agent.StepTaken{Step: step})
	s := runsServer(t, log)
	inline := regexp.MustCompile(`(?i)<script(?:>|[^>]*>[^<])|<style|<[^>"]*(?:"[^"]*"[^>"]*)*\s(?:on[a-z]+|style|hx-on[^=]*)=|javascript:`)
	for _, path := range []string{"/runs", "/runs/r_running", "/runs/r_solved", "/runs/r_hostile", "/runs/r_hostile/steps/1?tab=raw", "/runs/r_gone"} {
		w := ask(s, http.MethodGet, path, "")
		if found := inline.FindString(w.Body.String()); found != "" {
			t.Errorf("%s holds %q", path, found)
		}
		if got := w.Header().Get("Content-Security-Policy"); got != contentPolicy {
			t.Errorf("%s has the policy %q", path, got)
		}
	}
}
