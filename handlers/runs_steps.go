package handlers

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// runWindow is the number of steps that a page or fragment holds.
const runWindow = 200

// maxRowChips bounds the chips of one row; the detail has all.
const maxRowChips = 2

// stepRow is one step in the list. largest is the change that fills the bar.
func (s *Server) stepRow(run string, step agent.Step, chosen int) pages.StepRow {
	name, rest := actionWords(step.Action)
	row := pages.StepRow{N: strconv.Itoa(step.Index), Href: s.stepLink(run, step.Index, ""), Action: name, Rest: rest,
		Delta: partials.NewDelta(step.Score.Delta), Phi: partials.Phi(step.Score.PhiAfter), Worse: step.Score.Delta <= -0.05,
		Marked: worthALook(step.Score) || step.Error != "", Current: step.Index == chosen}
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
	for _, use := range sortedUses(step.Memory) {
		if use.Use != agent.UseCited && use.Use != agent.UseWithheld {
			continue
		}
		chip := useOf(use.Use)
		chip.Text, chip.More = partials.Clip(firstOf(use.Title, use.ID), maxChip), chip.Text
		chips = append(chips, chip)
		if len(chips) == maxRowChips {
			break
		}
	}
	if step.Error != "" {
		chips = append(chips, partials.Chip{Icon: "warn", Tone: "bad", More: "failed"})
	}
	for _, flag := range step.Score.Flags {
		if chip, _, worth := flagOf(flag); worth && len(chips) <= maxRowChips {
			chips = append(chips, partials.Chip{Icon: chip.Icon, Tone: chip.Tone, More: chip.Text})
		}
	}
	return chips
}

// maxChip bounds the words of a chip, in signs.
const maxChip = 60

// stepsView is a window of steps with the ways to the rest.
func (s *Server) stepsView(run agent.Run, steps []agent.Step, chosen int) pages.RunSteps {
	v := pages.RunSteps{All: partialsCount(run.Steps), Live: !run.Status.Final(), Next: nextWords(run)}
	for _, step := range steps {
		v.Rows = append(v.Rows, s.stepRow(run.ID, step, chosen))
	}
	if len(steps) == 0 {
		return v
	}
	base := "/runs/" + url.PathEscape(run.ID) + "/steps"
	first, last := steps[0].Index, steps[len(steps)-1].Index
	if first > 1 {
		v.Earlier = &pages.StepGap{ID: "earlier", Text: partials.Plural(first-1, "earlier step") + " ↑",
			Href: s.link(base + "?before=" + strconv.Itoa(first))}
	}
	if last < run.Steps {
		v.Later = &pages.StepGap{ID: "later", Text: partials.Plural(run.Steps-last, "later step") + " ↓",
			Href: s.link(base + "?after=" + strconv.Itoa(last))}
	}
	return v
}

// nextWords says what happens now, under the list.
func nextWords(run agent.Run) string {
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

// actionWords splits an action into its name and the rest of its label.
func actionWords(a agent.Action) (name, rest string) {
	return partials.Clip(a.Name, 60), partials.Clip(strings.TrimPrefix(strings.TrimPrefix(a.Label(), a.Name), " "), 160)
}

// paramNames lists the parameters in the order of their names.
func paramNames(a agent.Action) []string {
	m := a.Params.Map()
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// paramText is a parameter as text, whatever its type.
func paramText(a agent.Action, name string) string {
	if text := a.Param(name); text != "" {
		return text
	}
	raw, err := json.Marshal(a.Params.Map()[name])
	if err != nil {
		return ""
	}
	return string(raw)
}

// pointOf is a step as the Φ line shows it.
func pointOf(step agent.Step) agent.PhiPoint {
	p := agent.PhiPoint{Step: step.Index, Phi: step.Score.PhiAfter, Delta: step.Score.Delta, Label: step.Action.Label(),
		Flagged: worthALook(step.Score), Failed: step.Error != ""}
	if uses := sortedUses(step.Memory); len(uses) > 0 {
		p.Memory = uses[0].Use
	}
	return p
}
