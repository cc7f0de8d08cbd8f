package roles

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/jsondiff"
	"purposeagent/agent/prompttext"
)

// How much of a run a critic looks back on, in steps: its work does not grow
// with the run.
const (
	lookBack     = 40
	restlessOver = 3 // so many changes in a row, each time, make a place of the state restless
	lookRestless = 8
)

// seenItems lists what was seen earlier in the run and is not in sight now:
// places, and things as they looked last. What was found out is part of what is
// judged; what the actor thought or meant is not told.
func seenItems(a *agent.Assessment, now any) []string {
	steps := a.History[max(len(a.History)-lookBack, 0):]
	spec := a.World.State
	if len(steps) == 0 || spec.Place == "" && spec.Things == "" {
		return nil
	}
	things := thingsOf(now, spec.Things)
	var places []string
	gone := map[string]string{}
	look := func(s *agent.State) {
		tree := any(s.Data.Map())
		if place := placeIn(tree, spec.Place); place != "" && !slices.Contains(places, place) {
			places = append(places, place)
		}
		for id, v := range thingsOf(tree, spec.Things) {
			if _, here := things[id]; !here {
				gone[id] = brief(v, true)
			}
		}
	}
	look(&steps[0].Before)
	for i := range steps {
		look(&steps[i].After)
	}
	var items []string
	here := placeIn(now, spec.Place)
	if places = slices.DeleteFunc(places, func(p string) bool { return p == here }); len(places) > 0 {
		items = append(items, "places: "+strings.Join(places, ", "))
	}
	for _, id := range slices.Sorted(maps.Keys(gone)) {
		items = append(items, prompttext.OneLine(id+": "+gone[id]))
	}
	return items
}

func thingsOf(tree any, pointer string) map[string]any {
	if pointer == "" {
		return nil
	}
	v, _ := agent.Lookup(tree, pointer)
	object, _ := v.(map[string]any)
	return object
}

func placeIn(tree any, pointer string) string {
	if pointer == "" {
		return ""
	}
	if v, ok := agent.Lookup(tree, pointer); ok && v != nil {
		return prompttext.Cut(prompttext.OneLine(fmt.Sprint(v)), 60)
	}
	return ""
}

// restless are the places of a state whose change tells nothing of progress:
// where the actor stands, and what changed at every step so far ("the last thing
// that happened"). One that now has a value that the purpose names is not among
// them.
type restless map[string]string // pointer → why its change is no evidence

func newRestless(a *agent.Assessment, after any) restless {
	r := restless{}
	if a.Before == nil {
		return r
	}
	if a.World.State.Place != "" {
		r[a.World.State.Place] = "to be elsewhere is no progress by itself"
	}
	steps := a.History[max(len(a.History)-lookRestless, 0):]
	times, changed := map[string]int{}, 0
	for i := range steps {
		if steps[i].Before.Data == steps[i].After.Data {
			continue
		}
		changed++
		for _, c := range jsondiff.Diff(any(steps[i].Before.Data.Map()), any(steps[i].After.Data.Map())) {
			times[c.Pointer]++
		}
	}
	for pointer, n := range times {
		if n == changed && changed >= restlessOver && r[pointer] == "" {
			r[pointer] = "it changes at every step"
		}
	}
	if len(r) == 0 {
		return r
	}
	purpose := prompttext.FoldSpace(a.Task.Purpose + " " + a.Task.Description)
	for pointer := range r {
		v, ok := agent.Lookup(after, pointer)
		if text := prompttext.FoldSpace(fmt.Sprint(v)); ok && len(occurrences(purpose, text)) > 0 {
			delete(r, pointer)
		}
	}
	return r
}

// mask hides the values of restless places in a text, so that what is left can be
// compared: "You are in the ▢." was there before.
func (r restless) mask(tree any, text string) string {
	for pointer := range r {
		v, ok := agent.Lookup(tree, pointer)
		value, isText := v.(string)
		if value = prompttext.FoldSpace(value); !ok || !isText || letters(value) < 2 {
			continue
		}
		for _, at := range slices.Backward(occurrences(text, value)) {
			text = text[:at] + masked + text[at+len(value):]
		}
	}
	return text
}

const masked = "▢"
