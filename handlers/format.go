package handlers

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"purposeagent/agent"
	"purposeagent/views/partials"
)

func partialsCount(n int) string { return partials.Count(int64(n)) }

// stateOf is a run's status as pages show it.
func stateOf(status agent.RunStatus) partials.State {
	return partials.State{Name: string(status), Word: title(string(status))}
}

// outcomeOf is a run's verdict as pages show it: solid where the environment
// or a verifier said so, dashed where only the critic did, plain where nobody did.
func outcomeOf(outcome *agent.Outcome, status agent.RunStatus) partials.Outcome {
	if status == agent.RunIsFailed {
		return partials.Outcome{Tone: "fail", Icon: "warn", Text: "Failed"}
	}
	if outcome == nil || status == agent.RunIsStopped {
		return partials.Outcome{}
	}
	if !outcome.Known() {
		return partials.Outcome{Tone: "mut", Icon: "info", Text: "Nobody said"}
	}
	o := partials.Outcome{Tone: "no", Icon: "x", Text: "Not solved"}
	if outcome.Success {
		o = partials.Outcome{Tone: "ok", Icon: "ok", Text: "Solved"}
	}
	if outcome.Source == agent.SourceCritic {
		o.Tone, o.Text = "says", o.Text+" · critic says"
	} else {
		o.Text += " · verified"
	}
	return o
}

// tierOf is a memory tier as pages show it; recorded facts have a mark of their own.
func tierOf(tier agent.Tier, kind agent.Kind) partials.Tier {
	if kind == agent.KindDynamics {
		return partials.Tier{Icon: "dynamics", Text: "dynamics"}
	}
	return partials.Tier{Icon: string(tier), Text: string(tier)}
}

// useOf is the part a rule had in a step, as pages show it.
func useOf(use agent.Use) partials.Chip {
	switch use {
	case agent.UseCited:
		return partials.Chip{Text: "cited", Icon: "memory", Tone: "acc"}
	case agent.UseShown:
		return partials.Chip{Text: "shown", Icon: "memory"}
	case agent.UseWithheld:
		return partials.Chip{Text: "withheld", Icon: "held", Tone: "held"}
	case agent.UseEligible:
		return partials.Chip{Text: "left out", Tone: "out"}
	case agent.UseShadow:
		return partials.Chip{Text: "shadow", Icon: "held", Tone: "held"}
	}
	return partials.Chip{Text: string(use), Tone: "out"}
}

// modelName is a model as pages show it.
func modelName(name string) string {
	if name == agent.Reasoner || name == "" {
		return "offline reasoner"
	}
	return name
}

// runLink and ruleLink escape ids, which may come from outside.
func (s *Server) runLink(id string) templ.SafeURL  { return s.link("/runs/" + url.PathEscape(id)) }
func (s *Server) ruleLink(id string) templ.SafeURL { return s.link("/library/" + url.PathEscape(id)) }

// title is a text that begins with a capital, where its first sign has one.
func title(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return strings.ToUpper(string(first)) + text[size:]
}

// optional writes a number, nothing for 0.
func optional(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
