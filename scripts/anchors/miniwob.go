package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/prompttext"
	"purposeagent/environments/web"
	"purposeagent/scripts/venv"
)

// wobPages are the pages of MiniWoB++ that are played.
var wobPages = []string{"click-button", "click-link", "click-test", "click-test-2", "click-dialog", "click-dialog-2", "click-checkboxes", "click-option",
	"enter-text", "enter-text-dynamic", "enter-password", "login-user", "focus-text", "focus-text-2", "click-tab", "click-collapsible", "choose-list",
	"click-button-sequence", "unicode-test", "email-inbox"}

// wobSeeds are how often each page is played, with other tasks.
const wobSeeds = 3

// wobInbox is the most tokens that the inbox may take, and wobClick the longest that
// half of all clicks may take until the page is seen again.
const (
	wobInbox = 400
	wobClick = 60 * time.Millisecond
)

// miniWoB plays pages of MiniWoB++ by a script that reads what an actor is shown and
// nothing else. What the page itself rewards must be what ours says.
func miniWoB(ctx context.Context, python string) (checked, error) {
	var r checked
	folder, err := wobFolder(ctx, python)
	if err != nil {
		return r, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return r, err
	}
	server := &http.Server{Handler: wobServer(folder), ReadHeaderTimeout: time.Minute}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // it ends with Close
	}()
	defer func() {
		_ = server.Close()
		<-served
	}()
	var missed []string
	var tokens, clicks []float64
	inbox := 0
	for _, name := range wobPages {
		p, err := playWob(ctx, "http://"+listener.Addr().String(), name)
		if err != nil {
			return r, fmt.Errorf("%s: %w", name, err)
		}
		r.Of += wobSeeds
		r.Right += p.right
		if p.right < wobSeeds {
			missed = append(missed, fmt.Sprintf("%s (%d of %d; %s)", name, p.right, wobSeeds, p.last))
		}
		tokens, clicks = append(tokens, p.tokens...), append(clicks, p.clicks...)
		if name == "email-inbox" {
			inbox = int(slices.Max(p.tokens))
		}
	}
	click := time.Duration(median(clicks) * float64(time.Millisecond))
	r.Note = fmt.Sprintf("%.0f tokens a step at the median, %.0f at most; the inbox takes at most %d; a click is seen after %.0f ms at the median",
		median(tokens), slices.Max(tokens), inbox, median(clicks))
	r.Missed = strings.Join(missed, "; ")
	r.Met = r.Right == r.Of && inbox <= wobInbox && click <= wobClick
	return r, nil
}

// wobFolder is where the pages are. The package is installed without what it needs
// for its own browser.
func wobFolder(ctx context.Context, python string) (string, error) {
	target := filepath.Join(filepath.Dir(filepath.Dir(python)), "miniwob-1.1.0")
	folder := filepath.Join(target, "miniwob", "html")
	if _, err := os.Stat(filepath.Join(folder, "core", "core.js")); err == nil {
		return folder, nil
	}
	_, err := venv.Output(ctx, python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--target", target, "miniwob==1.1.0")
	return folder, err
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// wobServer serves the pages. Each begins by itself with the task of its seed, and
// has time.
func wobServer(folder string) http.Handler {
	files := http.FileServer(http.Dir(folder))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seed, err := strconv.Atoi(r.URL.Query().Get("seed"))
		if err != nil || !strings.HasSuffix(r.URL.Path, ".html") {
			files.ServeHTTP(w, r)
			return
		}
		raw, err := os.ReadFile(filepath.Join(folder, filepath.Clean("/"+r.URL.Path))) //nolint:gosec // pages of the package
		if err != nil {
			http.NotFound(w, r)
			return
		}
		begin := fmt.Sprintf("<script>addEventListener('load', () => { Math.seedrandom('%d'); core.EPISODE_MAX_TIME = 600000; core.startEpisodeReal(); })</script></body>", seed)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(bytes.Replace(raw, []byte("</body>"), []byte(begin), 1)) //nolint:gosec // a script of ours, with a number
	})
}

// playedWob is what came of the tasks of a page.
type playedWob struct {
	right          int
	tokens, clicks []float64 // of each state, and milliseconds of each action
	last           string    // what was to be done where it was not
}

func playWob(ctx context.Context, server, name string) (playedWob, error) {
	var p playedWob
	env, err := web.New(agent.MustObject(map[string]any{"start": server + "/miniwob/" + name + ".html?seed={seed}", "success_script": "WOB_RAW_REWARD_GLOBAL",
		"ended_script": "WOB_DONE_GLOBAL", "screenshots": false, "timeout_seconds": 30}), web.Options{AllowPrivate: true})
	if err != nil {
		return p, err
	}
	defer func() {
		if c, ok := env.(interface{ Close() error }); ok {
			_ = c.Close()
		}
	}()
	verifier, ok := env.(agent.Verifier)
	if !ok {
		return p, errors.New("it can't be verified")
	}
	for seed := range wobSeeds {
		state, err := env.Reset(ctx, agent.Task{Purpose: "do what the page says", Seed: int64(seed + 1)})
		if err != nil {
			return p, err
		}
		w := &wob{}
		for range 20 {
			if err := state.Data.Decode(w); err != nil {
				return p, err
			}
			p.tokens = append(p.tokens, float64(prompttext.Tokens(w.Changed+w.Page+w.Title+w.URL)))
			action, found := w.next()
			if !found || env.IsTerminal(state) {
				break
			}
			began := time.Now()
			if state, err = env.Execute(ctx, action, state); err != nil {
				return p, fmt.Errorf("%s: %w\n%s", action.Label(), err, w.Page)
			}
			if action.Name == "click" {
				p.clicks = append(p.clicks, float64(time.Since(began).Microseconds())/1000)
			}
		}
		verdict, err := verifier.Verify(ctx, state)
		if err != nil {
			return p, err
		}
		if verdict.Success {
			p.right++
		} else {
			p.last = w.task + " | " + strings.ReplaceAll(w.Page, "\n", " / ")
		}
	}
	return p, nil
}

// wob is a script at a page: what it is shown, and what it has done.
type wob struct {
	Changed string `json:"changed"`
	Page    string `json:"page"`
	Title   string `json:"title"`
	URL     string `json:"url"`

	task string
	done []string
}

var quoted = regexp.MustCompile(`"([^"]+)"`)

// next is what is done next: the first part of the plan that is not done.
func (w *wob) next() (agent.Action, bool) {
	if w.task == "" {
		w.task = w.told()
	}
	for i, part := range w.plan() {
		key := fmt.Sprint(i, part)
		if slices.Contains(w.done, key) {
			continue
		}
		number := w.find(part.thing, part.nth)
		if number == 0 {
			if part.optional {
				continue
			}
			return agent.Action{}, false
		}
		w.done = append(w.done, key)
		params := map[string]any{"element": number}
		switch part.do {
		case "type":
			params["text"] = part.text
		case "select":
			params["option"] = part.text
		}
		return agent.Action{Name: part.do, Params: agent.MustObject(params)}, true
	}
	return agent.Action{}, false
}

// told is what a page asks for: the lines before the first thing of its area, as
// the page has its task on top.
func (w *wob) told() string {
	first, rest, _ := strings.Cut(w.Page, "\n")
	for line := range strings.Lines(rest) { // a quoted word may stand in a line of its own
		if strings.HasPrefix(line, "[") || strings.HasSuffix(first, ".") {
			break
		}
		first += " " + strings.TrimSpace(line)
	}
	if _, text, ok := strings.Cut(first, "] "); ok && strings.HasPrefix(first, "[") {
		first = text
	}
	return first
}

// part is one action of a plan.
type part struct {
	do, thing, text string
	nth             int // which of several alike, from 1
	optional        bool
}

// plan is how a task is done, by its words.
func (w *wob) plan() []part {
	var says []string
	for _, m := range quoted.FindAllStringSubmatch(w.task, -1) {
		says = append(says, m[1])
	}
	say := func(i int) string {
		if i < len(says) {
			return says[i]
		}
		return "?"
	}
	click := func(thing string) part { return part{do: "click", thing: thing} }
	submit := part{do: "click", thing: `button "Submit"`, optional: true}
	for _, k := range []struct {
		pattern string
		plan    func(m []string) []part
	}{
		{`^Click on the link`, func([]string) []part { return []part{click(`"` + say(0) + `"`)} }},
		{`^Click button ONE, then click button TWO`, func([]string) []part { return []part{click(`"ONE"`), click(`"TWO"`)} }},
		{`^Click button (ONE|TWO)\.`, func(m []string) []part { return []part{click(`"` + m[1] + `"`)} }},
		{`^Click the button in the dialog box labeled`, func([]string) []part {
			if say(0) == "x" {
				return []part{click(`button "Close"`)}
			}
			return []part{click(`button "` + say(0) + `"`)}
		}},
		{`^Close the dialog box`, func([]string) []part { return []part{click(`button "Close"`)} }},
		{`^Click the button\.`, func([]string) []part { return []part{click("button ")} }},
		{`^Click on the "`, func([]string) []part { return []part{click(`button "` + say(0) + `"`)} }},
		{`^Click on Tab #(\d)`, func(m []string) []part { return []part{click(`"Tab #` + m[1] + `"`)} }},
		{`^Expand the section`, func([]string) []part { return []part{click("tab "), submit} }},
		{`^Select (.*) from the list`, func(m []string) []part { return []part{{do: "select", thing: "combobox", text: m[1]}, submit} }},
		{`^Select (.*) and click Submit`, func(m []string) []part {
			var list []part
			for name := range strings.SplitSeq(m[1], ", ") {
				if name != "nothing" {
					list = append(list, click(`"`+name+`"`))
				}
			}
			return append(list, submit)
		}},
		{`^Enter the username`, func([]string) []part {
			return []part{{do: "type", thing: "textbox", text: say(0), nth: 1}, {do: "type", thing: "textbox", text: say(1), nth: 2}, click(`button "Login"`)}
		}},
		{`^Enter the password`, func([]string) []part {
			return []part{{do: "type", thing: "textbox", text: say(0), nth: 1}, {do: "type", thing: "textbox", text: say(0), nth: 2}, submit}
		}},
		{`^Enter "`, func([]string) []part { return []part{{do: "type", thing: "textbox", text: say(0)}, submit} }},
		{`^Focus into the (?:(\d)\w\w input )?textbox`, func(m []string) []part {
			n, _ := strconv.Atoi(m[1])
			return []part{{do: "click", thing: "textbox", nth: n}}
		}},
		{`^Find the email by (\w+) and (.*)\.$`, func(m []string) []part { return inboxPlan(m[1], m[2], say(0)) }},
	} {
		if m := regexp.MustCompile(k.pattern).FindStringSubmatch(w.task); m != nil {
			return k.plan(m)
		}
	}
	return nil
}

// inboxPlan is what to do with the email of a sender.
func inboxPlan(sender, what, text string) []part {
	from := part{do: "click", thing: `"` + sender + " "}
	switch {
	case strings.Contains(what, "trash"):
		return []part{from, {do: "click", thing: `"trash"`}}
	case strings.Contains(what, "star"):
		return []part{from, {do: "click", thing: `"star"`}}
	case strings.Contains(what, "reply"):
		return []part{from, {do: "click", thing: `"Reply"`}, {do: "type", thing: "textbox", text: text}, {do: "click", thing: "send"}}
	}
	_, to, _ := strings.Cut(what, "forward that email to ")
	return []part{from, {do: "click", thing: `"Forward"`}, {do: "type", thing: "textbox", text: to}, {do: "click", thing: "send"}}
}

// find returns the number of the nth line with the text; 0 if there is none.
func (w *wob) find(text string, nth int) int {
	for line := range strings.Lines(w.Page) {
		line = strings.TrimLeft(line, "+~ ")
		var n int
		if _, err := fmt.Sscanf(line, "[%d]", &n); err != nil || !strings.Contains(line, text) {
			continue
		}
		if nth--; nth <= 0 {
			return n
		}
	}
	return 0
}
