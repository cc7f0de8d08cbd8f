// Package terminal shows runs, rules and experiments to people at a terminal.
package terminal

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/term"

	"purposeagent/agent"
)

// Run shows a run's steps as they come, and, where it is a real one, a
// progress line under them with the Φ sparkline.
type Run struct {
	w        io.Writer
	real     bool
	width    int
	maxSteps int
	spark    agent.Sparkline
	up, down style
	dim      style
}

// NewRun returns what shows a run of at most so many steps.
func NewRun(w io.Writer, maxSteps int) *Run {
	t := &Run{w: w, width: 80, maxSteps: maxSteps}
	if f, ok := w.(*os.File); ok && term.IsTerminal(f.Fd()) {
		t.real = true
		if width, _, err := term.GetSize(f.Fd()); err == nil && width > 20 {
			t.width = width
		}
	}
	if t.real && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
		t.up, t.down, t.dim = blue, yellow, faint
	}
	return t
}

// style is the number by which ECMA-48 calls a look, "" for plain text. The colours are
// the terminal's own, which go with its ground, be that light or dark.
type style string

const (
	faint  style = "2"
	yellow style = "33"
	blue   style = "34"
)

func (s style) Render(text string) string {
	if s == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// Show prints one event. Write errors are the reader's business: a closed pipe
// ends the program by itself.
func (t *Run) Show(e agent.Event) {
	switch d := e.Data.(type) {
	case agent.RunStarted:
		t.spark = agent.Sparkline{}.Add(d.Score.PhiAfter)
		t.linef("%s  Φ %.1f  %s", t.dim.Render("start"), d.Score.PhiAfter, Plain(d.State.Summary))
		if words := d.Holdout.String(); words != "" {
			t.linef("%s", words)
		}
	case agent.StepTaken:
		t.step(d.Step)
	case agent.RunResumed:
		t.linef("%s after step %d", t.dim.Render("resumed"), d.After)
		if d.InFlight != nil {
			t.linef("%s had been started before and may have been done: it may be done twice", Plain(d.InFlight.Label()))
		}
	case agent.RunWaiting:
		t.linef("%s", agent.Because("waiting until "+clockTime(d.RetryAt), Plain(d.Reason)))
	case agent.RunPaused:
		t.linef("paused")
	case agent.NoteAdded:
		t.linef("%s says: %s", cmp.Or(d.By, "a person"), Plain(d.Text))
	case agent.ApprovalAsked:
		t.linef("asks a person to approve step %d: %s (%s)", d.Index, Plain(d.Action.Label()), d.Why)
	case agent.ApprovalAnswered:
		t.linef("%s %s step %d: %s", cmp.Or(d.By, "a person"), d.Verdict, d.Index, Plain(d.Action.Label()))
	case agent.Judged:
		t.judged(d)
	case agent.Learned:
		t.learned(d)
	case agent.RunFinished:
		t.linef("%s", d.Result.Summary())
	case agent.RunStopped:
		t.linef("%s", agent.Because("stopped", d.Result.Summary()))
	case agent.RunFailed:
		t.linef("%s", agent.Because("failed", Plain(d.Message)))
	case agent.RunQueued, agent.ActionStarted:
	}
}

func (t *Run) step(s agent.Step) {
	t.spark = t.spark.Add(s.Score.PhiAfter)
	delta := t.dim.Render("   0.0")
	switch {
	case s.Score.Delta > 0:
		delta = t.up.Render(fmt.Sprintf("▲ %+.1f", s.Score.Delta))
	case s.Score.Delta < 0:
		delta = t.down.Render(fmt.Sprintf("▼ %+.1f", s.Score.Delta))
	}
	rule := ""
	for _, u := range s.Memory {
		if u.Use == agent.UseCited {
			rule = "  " + u.ID + " " + u.Title
		}
	}
	result := s.After.Summary
	if rule != "" {
		result = rule[2:]
	}
	head := fmt.Sprintf("%5d  Φ %4.1f  %s  %-34s ", s.Index, s.Score.PhiAfter, delta, agent.Clip(Plain(s.Action.Label()), 34))
	room := max(t.width-58, 20)
	t.linef("%s%s", head, t.dim.Render(agent.Clip(Plain(result), room)))
	t.progress(s.Index)
}

// clockTime says when, with the day where it is not within the next hours.
func clockTime(at time.Time) string {
	if at = at.Local(); time.Until(at) > 12*time.Hour {
		return at.Format("Mon 2 Jan 15:04")
	}
	return at.Format("15:04:05")
}

func (t *Run) judged(d agent.Judged) {
	word := "not solved"
	if d.Verdict.Success {
		word = "solved"
	}
	t.linef("the environment judges: %s, %.2f of 1", word, d.Verdict.Score)
}

func (t *Run) learned(d agent.Learned) {
	ops := map[string]int{}
	for _, c := range d.Changes {
		ops[c.Op]++
	}
	var parts []string
	for _, op := range slices.Sorted(maps.Keys(ops)) {
		parts = append(parts, fmt.Sprintf("%d %s", ops[op], op))
	}
	if len(d.Rejected) > 0 {
		parts = append(parts, fmt.Sprintf("%d rejected", len(d.Rejected)))
	}
	if d.Set != nil {
		t.linef("%s", Plain(d.Set.Reason))
	}
	switch {
	case d.Error != "":
		t.linef("learned nothing: %s", Plain(d.Error))
	case len(parts) > 0:
		t.linef("%s rules %s", t.dim.Render("learned"), strings.Join(parts, ", "))
	}
}

// progress draws the line under the steps; only a real terminal can redraw it.
func (t *Run) progress(step int) {
	if !t.real {
		return
	}
	const bar = 20
	done := bar * step / max(t.maxSteps, 1)
	_, _ = fmt.Fprintf(t.w, "\r\x1b[K%s%s %d/%d  Φ %s", strings.Repeat("█", done), strings.Repeat("░", bar-done),
		step, t.maxSteps, t.up.Render(sparks(t.spark.Points)))
}

func (t *Run) linef(format string, args ...any) {
	if t.real {
		_, _ = fmt.Fprint(t.w, "\r\x1b[K")
	}
	_, _ = fmt.Fprintf(t.w, format+"\n", args...)
}

// sparks draws Φ values, 0 to 10, as block characters.
func sparks(points []float64) string {
	blocks := []rune("▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, p := range points {
		i := int(p / agent.MaxPhi * float64(len(blocks)))
		b.WriteRune(blocks[min(max(i, 0), len(blocks)-1)])
	}
	return b.String()
}
