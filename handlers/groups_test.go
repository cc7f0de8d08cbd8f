package handlers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/agent"
)

// armOf makes an arm of ended runs: + solved, - not, ! failed, x stopped, . queued.
func armOf(memory, marks string) []agent.Run {
	var runs []agent.Run
	for i, mark := range marks {
		run := agent.Run{ID: memory + itoa(i), Spec: agent.RunSpec{Memory: memory, MaxSteps: 40}.WithDefaults(), Status: agent.RunIsFinished, Steps: 10}
		switch mark {
		case '+', '-':
			run.Outcome = &agent.Outcome{Success: mark == '+', Source: agent.SourceEnvironment}
		case '!':
			run.Status, run.Outcome = agent.RunIsFailed, &agent.Outcome{Success: true}
		case 'x':
			run.Status, run.Outcome = agent.RunIsStopped, &agent.Outcome{Success: true}
		case '.':
			run.Status = agent.RunIsQueued
		}
		runs = append(runs, run)
	}
	return runs
}

// The page says what the outcomes show and no more.
func TestGroupVerdict(t *testing.T) {
	none, all := strings.Repeat("-", 10), strings.Repeat("+", 10)
	for _, test := range []struct {
		name, on, off string
		live          bool
		verdict       string
		more          string
	}{
		{"nothing ended", "..", "..", true, "The first attempts are under way", "none has ended yet"},
		{"all stopped", "xx", "xx", false, "No attempt was finished", "stopped"},
		{"too few", "+-+-", "----", false, "So far memory on solved 2 of 4, memory off solved 0 of 4", "Not enough data for a verdict"},
		{"one arm has too few", none + all, "---", false, "So far memory on solved 10 of 20, memory off solved 0 of 3", "Not enough data"},
		{"learned", none + all, none + none, false, "It learned: 10 of the last 10 solved with memory, 0 without", "Memory on: 0 of the first 10, 10 of the last 10 solved; memory off: 0 and 0. Difference in the last 10: +100 points, 95 % interval +61 to +100."},
		{"learned, but still running", none + all + ".", none + none, true, "So far: 10 of the last 10 solved with memory, 0 without", ""},
		{"good from the start", all + all, none + none, false, "Memory helped: 10 of the last 10", ""},
		{"hurt", none + none, all + all, false, "Memory hurt: 0 of the last 10 solved with memory, 10 without", ""},
		{"no difference", none + "-----+++++", none + "----++++++", false, "No clear difference: 5 of the last 10", "−10 points"},
		{"one arm", none + all, "", false, "Memory on: 10 of the last 10 solved, 0 of the first 10", "Change: +100 points"},
		{"failed runs are not solved, stopped ones do not count", none + "!!!!!!!!!!x", none + none, false, "No clear difference: 0 of the last 10", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, more := groupVerdict(armsOf(append(armOf("on", test.on), armOf("off", test.off)...)), test.live)
			if got := v.Lead + v.Point + v.Rest; !strings.HasPrefix(got, test.verdict) {
				t.Errorf("got %q, want %q", got, test.verdict)
			}
			if !strings.Contains(more, test.more) {
				t.Errorf("got %q, want %q", more, test.more)
			}
		})
	}
}

// A live page asks again; it gets nothing while nothing changed, and stops
// asking when all runs have ended.
func TestGroupPolls(t *testing.T) {
	x := newSite(t)
	page := func(path string, headers ...string) *goquery.Document {
		w := ask(x, http.MethodGet, path, "", headers...)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: got %d", path, w.Code)
		}
		doc, err := goquery.NewDocumentFromReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	poll, ok := page("/groups/g_demo").Find("[hx-trigger='every 1s']").Attr("hx-get")
	if !ok {
		t.Fatal("the live page does not ask again")
	}
	if w := ask(x, http.MethodGet, poll, "", "HX-Request", "true"); w.Code != http.StatusNoContent {
		t.Errorf("nothing changed: got %d, want 204", w.Code)
	}
	x.log.emit("r_on28", noon, agent.StepTaken{Step: sampleStep(8, 2)})
	doc := page(poll, "HX-Request", "true")
	if doc.Find("html head link").Length() > 0 || doc.Find("#group").Length() != 1 || doc.Find("#group-table[hx-swap-oob]").Length() != 1 {
		t.Error("the update is not the live part and the table")
	}
	if again, _ := doc.Find("[hx-trigger='every 1s']").Attr("hx-get"); again == "" || again == poll {
		t.Errorf("the update asks for %q, want another version than %q", again, poll)
	}
	done := page("/groups/g_done")
	if done.Find("[hx-trigger]").Length() > 0 {
		t.Error("a group that has ended still asks")
	}
	if got := done.Find("#group-table tbody tr").Length(); got != 24 {
		t.Errorf("the table has %d rows, want 24", got)
	}
}

func TestGroupStops(t *testing.T) {
	x := newSite(t)
	w := ask(x, http.MethodPost, "/groups/g_demo/stop", "")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/groups/g_demo?did=stop&n=8" {
		t.Errorf("got %d to %q, want the 8 open runs stopped", w.Code, w.Header().Get("Location"))
	}
	if len(x.log.asked) != 8 || x.log.asked[0] != "stop r_on27 by human" {
		t.Errorf("the engine was told %v", x.log.asked)
	}
	x.log.refuse = agent.Errorf(agent.CodeConflict, "the run has ended")
	if w := ask(x, http.MethodPost, "/groups/g_demo/stop", ""); w.Code != http.StatusSeeOther {
		t.Errorf("runs that ended meanwhile: got %d", w.Code)
	}
	x.log.refuse = agent.Errorf(agent.CodeUnavailable, "the engine is shutting down")
	if w := ask(x, http.MethodPost, "/groups/g_demo/stop", ""); w.Code != http.StatusServiceUnavailable {
		t.Errorf("an engine that is down: got %d", w.Code)
	}
}

// The curve begins with the tenth ended attempt, never before.
func TestGroupCurveNeedsData(t *testing.T) {
	x := newSite(t)
	for _, test := range []struct {
		name string
		runs []agent.Run
		want int // lines drawn
	}{
		{"nine ended", armOf("on", "+-+-+-+-+...."), 0},
		{"ten ended", armOf("on", "+-+-+-+-+-..."), 1},
		{"ten in each arm", append(armOf("on", "+-+-+-+-+-"), armOf("off", "----------")...), 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := x.groupView("g", "v", test.runs, notice{})
			lines, dots := 0, 0
			for _, c := range v.Chart.Curves {
				if c.Line != "" {
					lines++
				}
				dots += len(c.Dots)
			}
			if lines != test.want || (test.want == 0) != (v.Chart.Words != "") {
				t.Errorf("%d lines, words %q; want %d lines", lines, v.Chart.Words, test.want)
			}
			if dots == 0 {
				t.Error("the raw outcomes are not drawn")
			}
		})
	}
}

func BenchmarkGroupPageOf200Runs(b *testing.B) {
	x := newSite(b)
	for _, run := range sampleGroup(100, 100) {
		run.ID, run.Group = "b"+run.ID, "g_bench"
		x.log.add(run)
	}
	b.ResetTimer()
	for b.Loop() {
		if w := ask(x, http.MethodGet, "/groups/g_bench", "", "HX-Request", "true"); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
