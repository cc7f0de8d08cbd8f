package runpage

import (
	"fmt"
	"math"
	"net/url"
	"strconv"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
	"purposeagent/views/runview"
)

// RunWindow is the number of steps that a page or fragment holds.
const RunWindow = 200

// maxRowChips bounds the chips of one row; the detail has all.
const maxRowChips = 2

// StepRow is one step in the list. largest is the change that fills the bar.
func (s *Section) StepRow(run string, step agent.Step, chosen int) runview.StepRow {
	name, rest := ui.ActionWords(step.Action)
	row := runview.StepRow{N: strconv.Itoa(step.Index), Href: s.StepLink(run, step.Index, ""), Action: name, Rest: rest,
		Delta: partials.NewDelta(step.Score.Delta), Phi: partials.Phi(step.Score.PhiAfter), Worse: step.Score.Delta <= -0.05,
		Marked: ui.WorthALook(step.Score) || step.Error != "", Current: step.Index == chosen}
	width := min(math.Abs(step.Score.Delta), 1) * 38
	row.BarX, row.BarW = "43", strconv.FormatFloat(width, 'f', 1, 64)
	if step.Score.Delta < 0 {
		row.BarX = strconv.FormatFloat(43-width, 'f', 1, 64)
	}
	row.Chips = rowChips(step)
	return row
}

func rowChips(step agent.Step) []partials.Chip {
	var chips []partials.Chip
	for _, use := range ui.SortedUses(step.Memory) {
		if use.Use != agent.UseCited && use.Use != agent.UseWithheld {
			continue
		}
		chip := ui.UseOf(use.Use)
		chip.Text, chip.More = partials.Clip(ui.FirstOf(use.Title, use.ID), ui.MaxChip), chip.Text
		chips = append(chips, chip)
		if len(chips) == maxRowChips {
			break
		}
	}
	if step.Error != "" {
		chips = append(chips, partials.Chip{Icon: "warn", Tone: "bad", More: "failed"})
	}
	for _, flag := range step.Score.Flags {
		if chip, _, worth := ui.FlagOf(flag); worth && len(chips) <= maxRowChips {
			chips = append(chips, partials.Chip{Icon: chip.Icon, Tone: chip.Tone, More: chip.Text})
		}
	}
	return chips
}

// stepsView is a window of steps with the ways to the rest.
func (s *Section) stepsView(run agent.Run, steps []agent.Step, chosen int) runview.RunSteps {
	v := runview.RunSteps{All: ui.Count(run.Steps), Live: !run.Status.Final(), Next: NextWords(run)}
	for _, step := range steps {
		v.Rows = append(v.Rows, s.StepRow(run.ID, step, chosen))
	}
	if len(steps) == 0 {
		return v
	}
	base := "/runs/" + url.PathEscape(run.ID) + "/steps"
	first, last := steps[0].Index, steps[len(steps)-1].Index
	if first > 1 {
		v.Earlier = &runview.StepGap{ID: "earlier", Text: partials.Plural(first-1, "earlier step") + " ↑",
			Href: s.Link(base + "?before=" + strconv.Itoa(first))}
	}
	if last < run.Steps {
		v.Later = &runview.StepGap{ID: "later", Text: partials.Plural(run.Steps-last, "later step") + " ↓",
			Href: s.Link(base + "?after=" + strconv.Itoa(last))}
	}
	return v
}

// NextWords says what happens now, under the list.
func NextWords(run agent.Run) string {
	switch run.Status {
	case agent.RunIsQueued:
		return "Waiting for a free worker."
	case agent.RunIsRunning:
		if run.Steps >= run.Spec.MaxSteps {
			return "Summing up and learning…"
		}
		return fmt.Sprintf("Deciding step %d…", run.Steps+1)
	case agent.RunIsWaiting:
		if run.Asked != nil {
			return fmt.Sprintf("Step %d waits for a person's answer.", run.Asked.Index)
		}
		return "It goes on by itself. Nothing is lost."
	case agent.RunIsPaused:
		return fmt.Sprintf("Paused after step %d.", run.Steps)
	case agent.RunIsFinished, agent.RunIsFailed, agent.RunIsStopped:
		if run.Steps == 0 {
			return "The run ended before its first step."
		}
	}
	return ""
}
