package narrate_test

import (
	"fmt"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/narrate"
)

var shop = narrate.Reader{
	State: agent.StateSpec{Things: "/things", Held: "/held", Place: "/place", Exits: "/exits"},
	Actions: []agent.ActionSpec{
		{Name: "oil", Params: []agent.ParamSpec{{Name: "piece", Type: "string", Role: agent.RoleThing}}},
		{Name: "go", Params: []agent.ParamSpec{{Name: "way", Type: "string", Role: agent.RolePassage}}},
	},
}

func state(t testing.TB, data, summary string) agent.State {
	t.Helper()
	o, err := agent.ParseObject([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return agent.State{Data: o, Summary: summary}
}

func TestStateText(t *testing.T) {
	for _, tt := range []struct{ name, data, summary, known, want string }{
		{"nothing", ``, "", "", "(nothing to see)"},
		{"a summary alone", ``, "A door.", "", "A door."},
		{"the same twice", `{"things":{"p1":{"material":"horn","prepared":"wrong"}},"held":["p1"]}`, "On the bench: p1 (horn, wrongly prepared). Ordered: a tray.", "deliver a tray",
			"held: p1\nthings:\n  p1: material horn, prepared wrong"},
		{"more in the summary", `{"door":"open"}`, "The door is open. A bell rings.", "", "A bell rings.\ndoor: open"},
		{"a negation is news", `{"door":"open"}`, "The door is not open.", "", "The door is not open.\ndoor: open"},
		{"a number is news", `{"coins":"3"}`, "You have 3 coins. 4 coins are needed.", "", "4 coins are needed.\ncoins: 3"},
		{"nothing in hand", `{"held":[]}`, "You carry nothing.", "", "held: none"},
		{"told before", `{"last":"You oil p1: it suits."}`, "", "1. oil p1 → You oil p1: it suits. [Δ 0]", ""},
		{"lists and depth", `{"a":{"b":{"c":[1,2]}},"list":[{"x":1},{"x":2}],"text":"one\ntwo"}`, "", "", "a:\n  b: c [1, 2]\nlist:\n  - x 1\n  - x 2\ntext:\none\ntwo"},
		{"fences", `{"note":"x >> ignore << y"}`, "", "", "note: x > > ignore < < y"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := shop.StateText(state(t, tt.data, tt.summary), tt.known); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
	huge := state(t, `{"x":"`+strings.Repeat("word ", 20_000)+`"}`, "s")
	if got := shop.StateText(huge, ""); !strings.HasPrefix(got, "s\n{") {
		t.Errorf("a state that no prompt holds is read: %.40s", got)
	}
}

func TestStep(t *testing.T) {
	before := `{"things":{"p1":{"material":"horn","prepared":"no"}},"held":["p1"],"last":"It begins with a bang."}`
	oil := agent.NewAction("oil", "piece", "p1")
	for _, tt := range []struct {
		name, before, after, summary string
		action                       agent.Action
		step                         agent.Step
		want                         string
	}{
		{name: "a change and what the world said", before: before, after: `{"things":{"p1":{"material":"horn","prepared":"right"}},"held":["p1"],"last":"That suits the horn."}`, action: oil,
			step: agent.Step{Score: agent.Score{Delta: 1.5}}, want: "2. oil p1 (material horn, prepared no) → That suits the horn; prepared no → right [Δ +1.5]"},
		{name: "said already", before: before, after: `{"things":{"p1":{"material":"horn","prepared":"right"}},"held":["p1"],"last":"It is right now."}`, action: oil,
			want: "2. oil p1 (material horn, prepared no) → It is right now [Δ 0]"},
		{name: "gone", before: before, after: `{"things":{},"held":[],"last":"It breaks to pieces."}`, action: oil, step: agent.Step{Score: agent.Score{Delta: -2}},
			want: "2. oil p1 (material horn, prepared no) → It breaks to pieces; holding none; p1 is gone [Δ -2.0]"},
		{name: "nothing", before: before, after: before, action: oil, want: "2. oil p1 (material horn, prepared no) → nothing changed [Δ 0]"},
		{name: "it failed", before: before, after: before, action: oil, step: agent.Step{Error: "no oil"}, want: "2. oil p1 (material horn, prepared no) → it failed: no oil [Δ 0]"},
		{name: "another place", before: `{"place":"hall","exits":{"east":{"door":"none"}}}`, after: `{"place":"study","exits":{"west":{"door":"none"},"south":{"door":"locked"}},"things":{"key":{"kind":"key"}}}`,
			action: agent.NewAction("go", "way", "east"), want: "2. go east → study (exits south (door locked), west (door none); here key (kind key)) [Δ 0]"},
		{name: "a critic's words", before: before, after: before, action: oil, step: agent.Step{Score: agent.Score{Prompt: "critic.v1@0", Reasoning: "no change"}}, want: "2. oil p1 (material horn, prepared no) → nothing changed [Δ 0: no change]"},
		{name: "not scored", before: before, after: before, action: oil, step: agent.Step{Score: agent.Unscored(1, "c", "down")}, want: "2. oil p1 (material horn, prepared no) → nothing changed [not scored]"},
		{name: "only a summary", before: `{}`, after: `{}`, summary: "A bell rings.", action: agent.NewAction("wait"), want: "2. wait → A bell rings [Δ 0]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.step
			s.Index, s.Action, s.Before, s.After = 2, tt.action, state(t, tt.before, ""), state(t, tt.after, tt.summary)
			if got := shop.Step(&s); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// steps walks a corridor of ten rooms to and fro.
func steps(t testing.TB, n int) []agent.Step {
	at := func(i int) string {
		room := i % 18
		if room > 9 {
			room = 18 - room
		}
		return fmt.Sprintf(`{"place":"room %d","exits":{"east":{},"west":{}}}`, room)
	}
	out := make([]agent.Step, n)
	for i := range out {
		way := "east"
		if i%18 >= 9 {
			way = "west"
		}
		out[i] = agent.Step{Index: i + 1, Before: state(t, at(i), ""), After: state(t, at(i+1), ""), Action: agent.NewAction("go", "way", way)}
	}
	return out
}

// A history that grew step by step, one that was read at once, and one that is read
// again after a restart say the same; between two folds it grows at its end only.
func TestHistoryGrowsAtItsEnd(t *testing.T) {
	all := steps(t, 2500)
	grown := narrate.NewHistory(shop)
	var before string
	folds := 0
	for i := 1; i <= len(all); i++ {
		grown.Read(all[:i])
		now := grown.Folded() + "\n" + strings.Join(grown.Recent(), "\n")
		if !strings.HasPrefix(now, before) {
			folds++
		}
		before = now
		if len(now) > 4*700 || len(grown.Recent()) > 18 {
			t.Fatalf("step %d: %d bytes, %d lines", i, len(now), len(grown.Recent()))
		}
		if i%311 == 0 {
			fresh := narrate.NewHistory(shop)
			fresh.Read(all[:i])
			if again := fresh.Folded() + "\n" + strings.Join(fresh.Recent(), "\n"); again != now {
				t.Fatalf("step %d read at once:\n%s\n--- step by step:\n%s", i, again, now)
			}
		}
	}
	if folds > len(all)/10 {
		t.Errorf("folded %d times", folds)
	}
	text := grown.Folded()
	for _, want := range []string{"Steps 1 to 2490 in short", "- room 0: go east to room 1; not tried by then: west", "- room 5: go east to room 6, west to room 4"} {
		if !strings.Contains(text, want) && !strings.Contains(text, strings.Replace(want, "go east to room 6, west to room 4", "go west to room 4, east to room 6", 1)) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// What lies at a place is told in full once among the newest steps, and is not lost when they
// are told in short.
func TestHistoryNamesWhatLiesThere(t *testing.T) {
	at := [...]string{`{"place":"hall","exits":{"east":{}}}`, `{"place":"study","exits":{"west":{}},"things":{"red key":{"kind":"key"}}}`}
	var walk []agent.Step
	for i := range 30 {
		walk = append(walk, agent.Step{Index: i + 1, Before: state(t, at[i%2], ""), After: state(t, at[(i+1)%2], ""), Action: agent.NewAction("go", "way", [...]string{"east", "west"}[i%2])})
	}
	h := narrate.NewHistory(shop)
	h.Read(walk)
	if want := "- study: go west to hall; here red key"; !strings.Contains(h.Folded(), want) {
		t.Errorf("no %q in\n%s", want, h.Folded())
	}
	lines := strings.Join(h.Recent(), "\n")
	if strings.Count(lines, "study (exits west; here red key (kind key))") != 1 || strings.Count(lines, "study (west; here red key)") < 3 {
		t.Errorf("the key is not told in full once in\n%s", lines)
	}
	taken := agent.Step{Index: 31, Before: state(t, at[0], ""), After: state(t, at[1], ""), Action: agent.NewAction("go", "way", "east")}
	walk = append(walk, taken, agent.Step{Index: 32, Before: taken.After, After: state(t, `{"place":"study","exits":{"west":{}},"held":["red key"]}`, ""), Action: agent.NewAction("take", "thing", "red key")})
	for i := range 18 { // to and fro, until that is told in short as well
		was := walk[len(walk)-1].After
		now := state(t, [...]string{`{"place":"hall","exits":{"east":{}},"held":["red key"]}`, `{"place":"study","exits":{"west":{}},"held":["red key"]}`}[i%2], "")
		walk = append(walk, agent.Step{Index: 33 + i, Before: was, After: now, Action: agent.NewAction("go", "way", [...]string{"west", "east"}[i%2])})
	}
	h.Read(walk)
	if strings.Contains(h.Folded(), "here red key") {
		t.Errorf("the key was taken:\n%s", h.Folded())
	}
}

// A memo tells runs apart, also where one begins as another did.
func TestMemo(t *testing.T) {
	var m narrate.Memo
	one, other := steps(t, 30), steps(t, 30)
	other[29].Error = "it collapsed"
	for i := 1; i <= 30; i++ {
		m.History(shop, one[:i])
		m.History(shop, other[:i])
	}
	_, first := m.History(shop, one)
	_, second := m.History(shop, other)
	if strings.Contains(strings.Join(first, ""), "collapsed") || !strings.Contains(strings.Join(second, ""), "collapsed") {
		t.Errorf("%q and %q", first, second)
	}
	if _, fewer := m.History(shop, one[:3]); len(fewer) != 3 {
		t.Errorf("a shorter history has %d lines", len(fewer))
	}
	task := &agent.Trajectory{Task: agent.Task{Purpose: "p"}, Steps: one}
	if got := m.Task(shop, task); got != shop.Task(task) || got != m.Task(shop, task) {
		t.Errorf("the task is told otherwise:\n%s", got)
	}
}

// What is told of a task: how it ended, gains, losses, what was in vain, what the
// pieces were, and not more than a prompt has room for.
func TestTask(t *testing.T) {
	s := func(i int, action, before, after string, delta float64) agent.Step {
		return agent.Step{Index: i, Action: agent.NewAction(action, "piece", "p1"), Before: state(t, before, ""), After: state(t, after, ""), Score: agent.Score{Delta: delta}}
	}
	raw, oiled := `{"things":{"p1":{"material":"horn","prepared":"no"}}}`, `{"things":{"p1":{"material":"horn","prepared":"right"}}}`
	tr := &agent.Trajectory{Task: agent.Task{Purpose: "a horn tray", MaxSteps: 20}, End: agent.EndEnvironment, Outcome: agent.Outcome{Source: agent.SourceEnvironment},
		Steps: []agent.Step{s(1, "soak", raw, raw, 0), s(2, "heat", raw, raw, 0), s(3, "oil", raw, oiled, 1.5), s(4, "bend", oiled, `{"things":{}}`, -4)}}
	want := "\"a horn tray\": not solved after 4 of at most 20 steps; the last step ended it\n" +
		"3. oil p1 (material horn, prepared no) → prepared no → right [Δ +1.5]\n" +
		"4. bend p1 → p1 is gone [Δ -4.0]\n" +
		"In vain: soak (material horn, prepared no), heat (material horn, prepared no)"
	if got := shop.Task(tr); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for i := range 3000 {
		tr.Steps = append(tr.Steps, s(i+5, "oil", raw, oiled, float64(i%7)))
	}
	got := shop.Task(tr)
	if len(got) > 4*500 || !strings.Contains(got, "3004. ") || !strings.Contains(got, "left out: 2990)") {
		t.Errorf("a long task takes %d bytes:\n%s", len(got), got)
	}
	if got := shop.Task(&agent.Trajectory{}); got != "" {
		t.Errorf("no steps: %q", got)
	}
}

// Worlds say what they like.
func FuzzNarrate(f *testing.F) {
	f.Add(`{"things":{"p":{"a":1}}}`, `{"things":[]}`, "p", "s")
	f.Add(`{"place":{"x":[]},"held":{},"exits":null}`, `{}`, "", "\xff>><|im_end|>")
	f.Fuzz(func(t *testing.T, before, after, id, summary string) {
		b, err1 := agent.ParseObject([]byte(before))
		a, err2 := agent.ParseObject([]byte(after))
		if err1 != nil || err2 != nil {
			return
		}
		s := agent.Step{Index: 1, Before: agent.State{Data: b, Summary: summary}, After: agent.State{Data: a}, Action: agent.NewAction("oil", "piece", id)}
		for _, r := range []narrate.Reader{shop, {}} {
			for _, text := range []string{r.StateText(s.Before, id), r.Step(&s), r.Task(&agent.Trajectory{Steps: []agent.Step{s}})} {
				if strings.Contains(text, ">>") || strings.Contains(text, "<|") {
					t.Errorf("not fit for a fence: %q", text)
				}
			}
			if line := r.Step(&s); strings.Contains(line, "\n") || len(line) > 8000 {
				t.Errorf("%d bytes: %q", len(line), line)
			}
		}
	})
}
