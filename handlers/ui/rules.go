package ui

import (
	"purposeagent/agent"
	"purposeagent/views/partials"
)

// ScopeChips are the parts of a scope.
func ScopeChips(scope agent.Scope) []partials.Chip {
	if scope.Environment == "" {
		return []partials.Chip{{Text: "every environment", Tone: "out"}}
	}
	chips := []partials.Chip{{Text: scope.Environment, Tone: "out"}}
	if scope.Dynamics != "" {
		chips = append(chips, partials.Chip{Text: partials.Clip(scope.Dynamics, 28), Tone: "out"})
	}
	if scope.Schema != "" {
		chips = append(chips, partials.Chip{Text: "action set " + scope.Schema[:min(6, len(scope.Schema))], Tone: "out"})
	}
	return chips
}

// RuleChips are a rule's status and, where a person pinned it, the pin.
func RuleChips(h *agent.Heuristic) []partials.Chip {
	if h.Pinned {
		pin := partials.Chip{Text: "pinned", Icon: "pin", Tone: "acc"}
		if h.Status == agent.Active {
			return []partials.Chip{pin}
		}
		return []partials.Chip{pin, StatusChip(h.Status)}
	}
	return []partials.Chip{StatusChip(h.Status)}
}

// StatusChip is a rule's status.
func StatusChip(status agent.Status) partials.Chip {
	chip := partials.Chip{Text: StatusWord(status)}
	switch status {
	case agent.Active:
		chip.Icon, chip.Tone = "ok", "acc"
	case agent.Probation:
		chip.Icon, chip.Tone = "sync", "out"
	case agent.Candidate:
		chip.Icon, chip.Tone = "plus", "held"
	case agent.Retired, agent.Archived:
		chip.Icon = "archive"
	case agent.Banned:
		chip.Icon, chip.Tone = "ban", "bad"
	}
	return chip
}

// StatusWord is what people call a status.
func StatusWord(status agent.Status) string {
	if status == agent.Probation {
		return "in trial"
	}
	return string(status)
}
