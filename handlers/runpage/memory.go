package runpage

import (
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
	"purposeagent/views/runview"
)

// memoryPanel answers which rules shaped a step, and why these.
func (s *Section) memoryPanel(step agent.Step) *runview.MemoryPanel {
	p := &runview.MemoryPanel{Lead: "No rule was a candidate in this step", Rules: s.Ranking(step.Memory)}
	if len(step.Memory) > 0 {
		p.Lead = usesInWords(step.Memory)
	}
	if step.Retrieval != nil {
		p.Abstained, p.About = step.Retrieval.Abstained, ui.RetrievalWords(step.Retrieval, len(step.Memory))+drawnWords(step.Retrieval)
		p.Query = step.Retrieval.Query
	} else if len(step.Memory) > 0 {
		p.About = "This step was recorded before retrievals were: how its rules were chosen is not known."
	}
	for _, example := range step.Examples {
		p.Examples = append(p.Examples, s.exampleUse(example))
	}
	return p
}

// usesInWords counts the parts that rules had in a step.
func usesInWords(uses []agent.RuleUse) string {
	count := map[agent.Use]int{}
	for _, u := range uses {
		count[u.Use]++
	}
	parts := []string{partials.Plural(count[agent.UseCited]+count[agent.UseShown], "rule") + " shown to the actor"}
	for _, part := range []struct {
		n    int
		word string
	}{{count[agent.UseCited], "followed"}, {count[agent.UseWithheld], "held out at random"},
		{count[agent.UseShadow], "watched in the shadow"}, {count[agent.UseEligible], "left out"}} {
		if part.n > 0 {
			parts = append(parts, strconv.Itoa(part.n)+" "+part.word)
		}
	}
	return strings.Join(parts, ", ")
}

// drawnWords says what chance had to do with a retrieval by Retrieve.
func drawnWords(r *agent.Retrieval) string {
	switch {
	case r.By != "":
		return ""
	case r.Explored:
		return " While learning, advantages are drawn from what is known of them, and rules are held out at random."
	}
	return " In a test nothing is drawn and nothing is held out."
}
