package agent

import (
	"slices"

	"purposeagent/agent/prompttext"
)

// maxWritings bounds how many of its own texts are remembered of an actor.
const maxWritings = 64

// writings collects the texts that an actor puts into the world by its actions:
// string parameters that are no constant, no thing and no passage.
type writings struct {
	free  map[string][]string // action → names of its free text parameters
	texts []string
}

// add notes the action's texts and returns all of them. What it returned
// before is never changed.
func (w *writings) add(specs []ActionSpec, a Action) []string {
	if w.free == nil {
		w.free = map[string][]string{}
		for _, spec := range specs {
			for _, p := range spec.Params {
				if p.Type == "string" && p.Role == RoleConstant && len(p.Enum) == 0 {
					w.free[spec.Name] = append(w.free[spec.Name], p.Name)
				}
			}
		}
	}
	for _, name := range w.free[a.Name] {
		text := prompttext.FoldSpace(a.Param(name))
		if len(text) >= 3 && !slices.Contains(w.texts, text) {
			w.texts = append(slices.Clone(w.texts), text)
			if len(w.texts) > maxWritings {
				w.texts = w.texts[1:]
			}
		}
	}
	return w.texts
}
