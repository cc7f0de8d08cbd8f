package ui

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"purposeagent/agent"
	"purposeagent/views/partials"
)

// Count writes a count.
func Count(n int) string { return partials.Count(int64(n)) }

// StateOf is a run's status as pages show it.
func StateOf(status agent.RunStatus) partials.State {
	return partials.State{Name: string(status), Word: Title(string(status))}
}

// OutcomeOf is a run's verdict as pages show it: solid where the environment
// or a verifier said so, dashed where only the critic did, plain where nobody did.
func OutcomeOf(outcome *agent.Outcome, status agent.RunStatus) partials.Outcome {
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

// TierOf is a memory tier as pages show it; recorded facts have a mark of their own.
func TierOf(tier agent.Tier, kind agent.Kind) partials.Tier {
	if kind == agent.KindDynamics {
		return partials.Tier{Icon: "dynamics", Text: "dynamics"}
	}
	return partials.Tier{Icon: string(tier), Text: string(tier)}
}

// UseOf is the part a rule had in a step, as pages show it.
func UseOf(use agent.Use) partials.Chip {
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

// ModelName is a model as pages show it.
func ModelName(name string) string {
	if name == agent.Reasoner || name == "" {
		return "offline reasoner"
	}
	return name
}

// Title is a text that begins with a capital, where its first sign has one.
func Title(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return strings.ToUpper(string(first)) + text[size:]
}

// Optional writes a number, nothing for 0.
func Optional(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// Figure writes a figure of −1 to 1 with two decimals and a true minus.
func Figure(x float64) string { return strings.Replace(fmt.Sprintf("%.2f", x), "-", "−", 1) }

// SignedFigure writes a number with its sign and two decimals, "" for none.
func SignedFigure(x *float64) string {
	if x == nil {
		return ""
	}
	return strings.Replace(fmt.Sprintf("%+.2f", *x), "-", "−", 1)
}

// Sentence starts with a capital, where it starts with a word, and ends with a
// full stop. An address, a field or a model's name stays as it is written.
func Sentence(text string) string {
	if text == "" {
		return ""
	}
	out := text
	if first, _, _ := strings.Cut(text, " "); !strings.ContainsAny(strings.TrimRight(first, ":,"), ":/._-0123456789") {
		out = Title(text)
	}
	if !strings.ContainsAny(out[len(out)-1:], ".!?") {
		out += "."
	}
	return out
}

// CountText is optional for a count.
func CountText(n int) string { return Optional(int64(n)) }

// ShellQuote quotes a word for a POSIX shell.
func ShellQuote(word string) string {
	plain := word != ""
	for _, r := range word {
		if plain = r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:,=+@", r); !plain {
			break
		}
	}
	if plain {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Decimals writes a number with one decimal at least.
func Decimals(x float64) string {
	text := strconv.FormatFloat(x, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// FirstOf returns the first text that is not empty.
func FirstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// FirstClause returns the text up to its first stop, comma, colon or semicolon:
// enough to tell a world from the others.
func FirstClause(text string) string {
	if at := strings.IndexAny(text, ".,:;"); at > 0 {
		return text[:at]
	}
	return text
}

// Itoa writes a whole number as it is typed.
func Itoa(n int) string { return strconv.Itoa(n) }

// Number writes a whole number as it is typed.
func Number(n int64) string { return strconv.FormatInt(n, 10) }

// MaxNamed bounds what a question names one by one.
const MaxNamed = 50

// AfterWhen is a pattern without the "when" that stands before it on the page.
func AfterWhen(pattern string) string {
	if len(pattern) > 5 && strings.EqualFold(pattern[:5], "when ") {
		return pattern[5:]
	}
	if strings.HasPrefix(pattern, "unless ") {
		return "at any time, " + pattern
	}
	return pattern
}

// Percent is a share as a position in SVG.
func Percent(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) + "%" }

// Fraction writes a share as ".81".
func Fraction(x float64) string {
	text := strconv.FormatFloat(x, 'f', 2, 64)
	return strings.TrimPrefix(text, "0")
}

// Href is a fragment of the same page.
func Href(id string) templ.SafeURL { return templ.SafeURL("#" + id) }

// Px is a length or a place in a drawing, in px or percent.
func Px(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// AppendPx appends what Px says, for lines of many points.
func AppendPx(b []byte, x float64) []byte { return strconv.AppendFloat(b, x, 'f', 1, 64) }

// PersonNote says a person's part in a step, nil for none.
func PersonNote(a *agent.Approval) *partials.Note {
	if a == nil {
		return nil
	}
	text := a.By + " approved this action."
	if a.Verdict == agent.VerdictEdited {
		text = a.By + " chose this action; the actor had wanted: " + a.Proposed + "."
	}
	if a.Reason != "" {
		text += " " + Sentence(a.Reason)
	}
	return &partials.Note{Tone: "acc", Icon: "review", Text: text}
}

// Amount writes dollars as they are typed, "" for 0.
func Amount(x float64) string {
	if x == 0 {
		return ""
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// Dollars writes an amount with as many places as it needs.
func Dollars(x float64) string {
	switch {
	case x == 0:
		return "$0"
	case x < .01:
		return "$" + strconv.FormatFloat(x, 'g', 2, 64)
	}
	return fmt.Sprintf("$%.2f", x)
}

// SpentText says what was spent.
func SpentText(u agent.Usage) string {
	if u.Calls == 0 {
		return "nothing yet"
	}
	text := partials.Plural(u.Calls, "call") + ", " + About(u, partials.Short(u.Tokens())) + " tokens"
	if u.USD > 0 {
		text += ", " + About(u, Dollars(u.USD))
	}
	if u.Estimated {
		text += " (estimated)"
	}
	return text
}

// About marks a count of tokens or dollars that is an estimate.
func About(u agent.Usage, text string) string {
	if u.Estimated {
		return "≈ " + text
	}
	return text
}

// EstimatedText says what an estimate is.
const EstimatedText = "estimated from the length of texts: a server reported no usage"
