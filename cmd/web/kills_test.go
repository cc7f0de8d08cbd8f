package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"purposeagent/internal/pgtest"
)

// killsShort is how many kills make test does; KILLS asks for another number.
const killsShort = 8

// TestKillsLoseNothing serves the real program, sends it launches and writes of
// every kind from several clients at once, and kills it at random moments. In the
// end every write that was acknowledged is in the record, in the order in which
// it was acknowledged; no step is lost or there twice. KILLS is how often it is
// killed, KILLS_SEED draws the moments, and
// KILLS_PROGRAM is another version of the program, to compare with. With
// PURPOSE_TEST_DATABASE=postgres the program works on PostgreSQL.
func TestKillsLoseNothing(t *testing.T) {
	t.Parallel()
	kills, seed := killsShort, uint64(time.Now().UnixNano())
	if n, err := strconv.Atoi(os.Getenv("KILLS")); err == nil && n > 0 {
		kills = n
	}
	if n, err := strconv.ParseUint(os.Getenv("KILLS_SEED"), 10, 64); err == nil {
		seed = n
	}
	k := newKilled(t, cmp.Or(os.Getenv("KILLS_PROGRAM"), builtProgram))
	ctx, done := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	for i := range 5 {
		clients.Go(func() { k.writeRuns(ctx, rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	clients.Go(func() { k.writeRule(ctx, rand.New(rand.NewPCG(seed, 99))) })
	moments := rand.New(rand.NewPCG(seed, 77))
	for range kills {
		pauseFor(ctx, 200*time.Millisecond+rand.N(1200*time.Millisecond)*time.Duration(1+moments.IntN(2))/2)
		k.now.kill()
		k.start()
	}
	pauseFor(ctx, time.Second)
	done()
	clients.Wait()
	k.check()
	t.Logf("seed %d: %d kills, %d runs; answers: %v\n%s", seed, kills, len(k.runs), k.statuses, k.table())
}

// pauseFor waits, or until ctx ends.
func pauseFor(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// killed is a program that is killed again and again, and what it acknowledged.
type killed struct {
	t       *testing.T
	program string // what is killed
	data    string
	flags   []string // that it is started with

	mu       sync.Mutex
	now      *server
	runs     []*killedRun
	rule     string
	edits    []string       // of the rule, in order
	counts   map[string]int // acknowledged, by kind
	lost     map[string]int // of them, not in the record
	moved    map[string]int // of them, in the record before what was acknowledged earlier
	statuses map[int]int
}

// killedRun is a run and what was acknowledged about it, in order.
type killedRun struct {
	mu     sync.Mutex // one write at a time: their order is known
	id     string
	steps  int // that it may take
	extra  int // acknowledged extensions
	maybe  int // those whose answer was lost
	writes []killedWrite
	unsure map[int]bool // steps of which somebody may have said another Φ
	ended  atomic.Bool
}

type killedWrite struct {
	kind, text string
	n          int
}

func newKilled(t *testing.T, program string) *killed {
	k := &killed{t: t, data: t.TempDir(), program: program, counts: map[string]int{}, lost: map[string]int{}, moved: map[string]int{}, statuses: map[int]int{}}
	if os.Getenv(pgtest.Variable) == "postgres" {
		k.flags = []string{"--database-url", postgres(t)}
	}
	k.start()
	return k
}

func (k *killed) start() {
	s := serveProgram(k.t, k.program, k.data, "", k.flags...)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now = s
}

// send posts and reports the status, 0 where no answer came.
func (k *killed) send(method, path string, in any, out any) int {
	k.mu.Lock()
	url := k.now.url(path)
	k.mu.Unlock()
	raw, err := json.Marshal(in)
	if err != nil {
		panic(err) // maps of texts and numbers
	}
	request, err := http.NewRequestWithContext(context.Background(), method, url, bytes.NewReader(raw))
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := killClient.Do(request)
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0
	}
	k.mu.Lock()
	k.statuses[response.StatusCode]++
	k.mu.Unlock()
	if out != nil && json.Unmarshal(body, out) != nil {
		return 0
	}
	return response.StatusCode
}

var killClient = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func (k *killed) count(kind string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.counts[kind]++
}

// table is what was acknowledged and what became of it, a line for each kind.
func (k *killed) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-12s %12s %8s %12s\n", "kind", "acknowledged", "lost", "out of order")
	for _, kind := range slices.Sorted(maps.Keys(k.counts)) {
		fmt.Fprintf(&b, "%-12s %12d %8d %12d\n", kind, k.counts[kind], k.lost[kind], k.moved[kind])
	}
	return b.String()
}

func (k *killed) losef(kind, format string, args ...any) {
	k.lost[kind]++
	k.t.Errorf("lost: "+format, args...)
}

// writeRuns launches runs and asks things of them until ctx ends.
func (k *killed) writeRuns(ctx context.Context, draw *rand.Rand) {
	for ctx.Err() == nil {
		r := k.pick(draw)
		if r == nil {
			k.launch(draw)
			continue
		}
		r.mu.Lock()
		k.ask(r, draw)
		r.mu.Unlock()
		pauseFor(ctx, time.Duration(draw.IntN(30))*time.Millisecond)
	}
}

// pick returns a run that may not have ended, or nil to launch another.
func (k *killed) pick(draw *rand.Rand) *killedRun {
	k.mu.Lock()
	defer k.mu.Unlock()
	var open []*killedRun
	for _, r := range k.runs {
		if !r.ended.Load() {
			open = append(open, r)
		}
	}
	if len(open) < 8 || draw.IntN(40) == 0 && len(open) < 20 {
		return nil
	}
	return open[draw.IntN(len(open))]
}

func (k *killed) launch(draw *rand.Rand) {
	r := &killedRun{steps: 3 + draw.IntN(25), unsure: map[int]bool{}}
	spec := maze(map[string]any{"seed": 1 + draw.IntN(1000), "max_steps": r.steps, "early_stop_phi": 10, "pace": []float64{0, .01, .05, .15}[draw.IntN(4)]})
	if draw.IntN(4) == 0 {
		spec["approval"] = "every"
	}
	var got launched
	if k.send(http.MethodPost, "/api/v1/runs", spec, &got) == http.StatusCreated {
		k.launched(r, got.ID)
	}
}

func (k *killed) launched(r *killedRun, id string) {
	r.id = id
	k.count("launches")
	k.mu.Lock()
	defer k.mu.Unlock()
	k.runs = append(k.runs, r)
}

// ask asks one thing of a run, drawn at random.
func (k *killed) ask(r *killedRun, draw *rand.Rand) {
	kind := []string{"note", "note", "note", "pause", "pause", "step", "step", "resume", "resume", "resume", "extend", "approve", "approve", "approve", "phi", "stop"}[draw.IntN(16)]
	if kind != "stop" || draw.IntN(4) == 0 {
		k.wish(r, kind, draw)
	}
}

// wish asks one thing of a run and keeps what was acknowledged.
func (k *killed) wish(r *killedRun, kind string, draw *rand.Rand) {
	path := "/api/v1/runs/" + r.id
	w := killedWrite{kind: kind}
	verb, body := w.kind, map[string]any{}
	switch w.kind {
	case "note":
		w.text = fmt.Sprintf("note %d of %s", draw.Uint64(), r.id)
		body["text"] = w.text
	case "extend":
		w.n = 1 + draw.IntN(3)
		body["steps"] = w.n
	case "approve", "phi":
		var now struct {
			launched
			Asked *struct{ Index int } `json:"asked"`
		}
		if k.send(http.MethodGet, path, nil, &now) != http.StatusOK {
			return
		}
		r.ended.Store(ended(now.launched))
		if w.kind == "phi" {
			if now.Steps == 0 {
				return
			}
			w.n, w.text = 1+draw.IntN(now.Steps), fmt.Sprintf("Phi said %d", draw.Uint64())
			verb = fmt.Sprintf("steps/%d/phi", w.n)
			body["phi"], body["reason"] = float64(draw.IntN(10)), w.text
			break
		}
		if now.Asked == nil {
			return
		}
		w.n = now.Asked.Index
		body["index"], body["verdict"] = w.n, []string{"approved", "approved", "rejected"}[draw.IntN(3)]
	}
	switch status := k.send(http.MethodPost, path+"/"+verb, body, nil); {
	case status == http.StatusOK:
		k.count(w.kind)
		r.writes = append(r.writes, w)
		if w.kind == "extend" {
			r.extra += w.n
		}
	case status == 0 && w.kind == "extend":
		r.maybe += w.n
	case status == 0 && w.kind == "phi":
		r.unsure[w.n] = true
	case status != 0 && status != http.StatusConflict:
		k.t.Errorf("%s of run %s answered %d", verb, r.id, status)
	}
}

// writeRule edits one rule again and again.
func (k *killed) writeRule(ctx context.Context, draw *rand.Rand) {
	version := 0
	for ctx.Err() == nil {
		pauseFor(ctx, time.Duration(draw.IntN(60))*time.Millisecond)
		var got struct {
			ID      string `json:"id"`
			Version int    `json:"version"`
		}
		if k.rule == "" {
			if k.send(http.MethodPost, "/api/v1/heuristics", map[string]any{"tier": "strategic", "title": "kept", "pattern": "a door is locked", "strategy": "look for its key"}, &got) == http.StatusCreated {
				k.rule, version = got.ID, got.Version
			}
			continue
		}
		text := fmt.Sprintf("edit %d", draw.Uint64())
		switch k.send(http.MethodPatch, "/api/v1/heuristics/"+k.rule, map[string]any{"version": version, "strategy": text}, &got) {
		case http.StatusOK:
			k.count("rule edits")
			k.edits, version = append(k.edits, text), got.Version
		default: // perhaps it was done and the answer was lost
			if k.send(http.MethodGet, "/api/v1/heuristics/"+k.rule, nil, &got) == http.StatusOK {
				version = got.Version
			}
		}
	}
}

// check ends all runs and looks for everything that was acknowledged.
func (k *killed) check() {
	for _, r := range k.runs {
		var got launched
		if k.now.call(http.MethodGet, "/api/v1/runs/"+r.id, nil, &got) != http.StatusOK {
			k.losef("launches", "run %s", r.id)
			continue
		}
		if !slices.ContainsFunc(r.writes, func(w killedWrite) bool { return w.kind == "stop" }) && !ended(got) {
			k.now.call(http.MethodPost, "/api/v1/runs/"+r.id+"/stop", nil, nil)
		}
		if !k.ends(r) {
			continue
		}
		k.checkRun(r)
	}
	k.checkRule()
}

// ends waits until a run has ended, which all of them are to do by now.
func (k *killed) ends(r *killedRun) bool {
	limit := time.Now().Add(30 * time.Second)
	var got launched
	for time.Now().Before(limit) {
		if k.now.call(http.MethodGet, "/api/v1/runs/"+r.id, nil, &got); ended(got) {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	k.losef("launches", "the end of run %s: it is %s after %s; it was asked %v", r.id, got.Status, kindsOf(k.now.events(r.id)), r.writes)
	return false
}

func (k *killed) checkRun(r *killedRun) {
	all := k.now.events(r.id)
	checkLog(k.t, all)
	at := 0
	for _, w := range r.writes {
		next, ok := place(all, at, w)
		if _, there := place(all, 0, w); !ok && there && (w.kind == "note" || w.kind == "approve") { // the others look alike
			k.moved[w.kind]++
			k.t.Errorf("out of order: %s (%s %d) of run %s, before event %d of %s", w.kind, w.text, w.n, r.id, at, kindsOf(all))
			continue
		}
		if !ok {
			k.losef(w.kind, "%s (%s %d) of run %s, after event %d of %s", w.kind, w.text, w.n, r.id, at, kindsOf(all))
			continue
		}
		at = next
	}
	var run struct {
		MaxSteps int `json:"max_steps"`
		Spec     struct {
			MaxSteps int `json:"max_steps"`
		} `json:"spec"`
	}
	k.now.call(http.MethodGet, "/api/v1/runs/"+r.id, nil, &run)
	if got := max(run.MaxSteps, run.Spec.MaxSteps); got < r.steps+r.extra || got > r.steps+r.extra+r.maybe {
		k.losef("extend", "extensions of run %s: it may take %d steps, want %d + %d", r.id, got, r.steps, r.extra)
	}
	document, words := "", map[int]string{}
	if slices.ContainsFunc(r.writes, func(w killedWrite) bool { return w.kind == "note" }) {
		document = k.text("/runs/" + r.id + "/export.md")
	}
	for _, w := range r.writes {
		if w.kind == "note" && !strings.Contains(document, w.text) {
			k.losef("note", "%s is not in the export of run %s", w.text, r.id)
		}
		if w.kind == "phi" && !r.unsure[w.n] {
			words[w.n] = w.text // the last one holds
		}
	}
	for step, text := range words {
		if page := k.text(fmt.Sprintf("/runs/%s/steps/%d?tab=critic", r.id, step)); !strings.Contains(page, text) {
			k.losef("phi", "%s about step %d of run %s", text, step, r.id)
		}
	}
}

// place finds a write in a log at or after an event, and returns where the next
// one has to be.
func place(all []event, at int, w killedWrite) (int, bool) {
	paused, stopped := false, false
	for _, e := range all[:at] {
		switch e.Kind {
		case "run_stopped":
			stopped = true
		case "run_paused":
			paused = true
		case "run_resumed", "run_started":
			paused = false
		}
	}
	if w.kind == "pause" && paused || w.kind == "stop" && stopped || w.kind == "phi" || w.kind == "extend" {
		return at, true // it was so, or it is looked for elsewhere
	}
	kind := map[string]string{"note": "note", "pause": "run_paused", "step": "run_resumed", "resume": "run_resumed", "approve": "approval_answered", "stop": "run_stopped"}[w.kind]
	for i := at; i < len(all); i++ {
		var d struct {
			Text, By string
			Index    int
		}
		if all[i].Kind != kind || json.Unmarshal(all[i].Data, &d) != nil {
			continue
		}
		if w.kind == "note" && d.Text != w.text || w.kind == "approve" && d.Index != w.n || kind == "run_resumed" && d.By == "" {
			continue
		}
		return i + 1, true
	}
	return at, false
}

func kindsOf(all []event) string {
	var kinds []string
	for _, e := range all {
		kinds = append(kinds, e.Kind)
	}
	return strings.Join(kinds, " ")
}

// text returns a page.
func (k *killed) text(path string) string {
	response, err := http.Get(k.now.url(path))
	if err != nil {
		k.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		k.t.Errorf("%s answered %d, %v", path, response.StatusCode, err)
	}
	return string(raw)
}

func (k *killed) checkRule() {
	if len(k.edits) == 0 {
		return
	}
	var rule struct {
		Version  int    `json:"version"`
		Strategy string `json:"strategy"`
	}
	k.now.call(http.MethodGet, "/api/v1/heuristics/"+k.rule, nil, &rule)
	if rule.Version < len(k.edits)+1 {
		k.losef("rule edits", "%d edits were acknowledged, and the rule has version %d", len(k.edits), rule.Version)
	}
	history := k.text("/library/" + k.rule)
	if last := k.edits[len(k.edits)-1]; !strings.Contains(history, last) {
		k.losef("rule edits", "the last edit of the rule, %s; it says %s", last, rule.Strategy)
	}
}
