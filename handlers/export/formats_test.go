package export_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"purposeagent/agent"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/internal/browsertest"
)

const nasty = "<script>window.stolen = 1</script> `x` [a](http://evil.test) \u202e\u200b\x1b[31m"

func exportedRun(t *testing.T) (*handlers.Server, *pagetest.RunLog) {
	t.Helper()
	log := pagetest.LiveLog(t, 5)
	log.Emit("r_1", pagetest.Noon, agent.NoteAdded{Text: nasty, By: "Ann", After: 5})
	log.Finish("r_1", true)
	return sitetest.OfRuns(t, log), log
}

func TestExport(t *testing.T) {
	s, log := exportedRun(t)
	id := "r_1"
	get := func(format string) string {
		t.Helper()
		w := pagetest.Ask(s, http.MethodGet, "/runs/"+id+"/export."+format, "")
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Disposition"), `attachment; filename="`+id+`.`) {
			t.Fatalf("%s: %d, %v", format, w.Code, w.Header())
		}
		if strings.Contains(w.Body.String(), "hidden_") {
			t.Errorf("%s shows what the environment hides", format)
		}
		return w.Body.String()
	}
	var whole struct {
		Format string
		Run    agent.Run
		Events []agent.Event
	}
	if err := json.Unmarshal([]byte(get("json")), &whole); err != nil || whole.Format != "purpose-run" || whole.Run.ID != "r_1" || int64(len(whole.Events)) != log.Of("r_1").LastSeq {
		t.Errorf("json: %d of %d events, %v", len(whole.Events), log.Of("r_1").LastSeq, err)
	}
	lines := strings.Split(strings.TrimSpace(get("jsonl")), "\n")
	for i, line := range lines {
		var e agent.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Seq != int64(i+1) {
			t.Fatalf("line %d is event %d, %v", i+1, e.Seq, err)
		}
	}
	if len(lines) != len(whole.Events) {
		t.Errorf("%d lines for %d events", len(lines), len(whole.Events))
	}
	text := get("md")
	for _, want := range []string{"# ", "### 5.", "Ann told the actor after step 5", "\n    <script>"} { // within a block it is text
		if !strings.Contains(text, want) {
			t.Errorf("the Markdown lacks %q", want)
		}
	}
	page := get("html")
	for _, bad := range []string{"<script", "src=", "http://", "https://"} {
		if strings.Contains(strings.ReplaceAll(page, "[a](http://evil.test)", ""), bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	id = "r_2"
	run := pagetest.SampleRun(id, 60)
	run.Spec.Environment.Config = `{"size":5,"loops":false}`
	log.Start(run, 5)
	// Whoever reads them meets no id where a rule has a title, nor JSON where a world has settings.
	step := pagetest.SampleStep(6, 1)
	step.Memory, step.Action.Thought = []agent.RuleUse{pagetest.CitedRule}, "h000002: a silver key is held."
	log.Emit(id, pagetest.Noon, agent.StepTaken{Step: step})
	for _, format := range []string{"md", "html"} {
		text := get(format)
		for _, want := range []string{"“Silver keys open doors below ground”: a silver key is held.", "Maze · loops: false, size: 5"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", format, want)
			}
		}
		if strings.Contains(text, "h000002") {
			t.Errorf("%s calls a rule by its id", format)
		}
	}
	if w := pagetest.Ask(s, http.MethodGet, "/runs/r_1/export.exe", ""); w.Code != http.StatusNotFound {
		t.Errorf("an unknown format: %d", w.Code)
	}
	if w := pagetest.Ask(s, http.MethodGet, "/runs/r_none/export.json", ""); w.Code != http.StatusNotFound {
		t.Errorf("an unknown run: %d", w.Code)
	}
}

// The page opens from a disk, without a network, and asks nobody for anything.
func TestExportedPageOpensOffline(t *testing.T) {
	s, _ := exportedRun(t)
	web := httptest.NewServer(s)
	w := pagetest.Ask(s, http.MethodGet, "/runs/r_1/export.html", "")
	web.Close()
	file := filepath.Join(t.TempDir(), "run.html")
	if err := os.WriteFile(file, w.Body.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := browsertest.New(t)
	requests := 0
	chromedp.ListenTarget(ctx, func(event any) {
		if sent, ok := event.(*network.EventRequestWillBeSent); ok && !strings.HasPrefix(sent.Request.URL, "file:") {
			requests++
		}
	})
	var stolen bool
	browsertest.Run(t, ctx, network.Enable(), chromedp.Navigate("file://"+file), browsertest.Holds(`document.querySelectorAll("details").length === 5`),
		chromedp.Click("#s3 summary"), browsertest.Holds(`document.querySelector("#s3").open`), chromedp.Evaluate(`!!window.stolen`, &stolen))
	if stolen || requests > 0 {
		t.Errorf("a foreign script ran: %t; %d requests", stolen, requests)
	}
}
