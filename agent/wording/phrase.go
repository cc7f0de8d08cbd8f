package wording

import (
	"strings"

	"purposeagent/agent"
)

// phrase is what an environment says for a feature of its own.
type phrase struct{ feature, yes, no form }

// form is a text with at most one part left open.
type form struct {
	before, after string
	open          bool
}

func newPhrase(p agent.Phrase) phrase {
	return phrase{formOf(p.Feature), formOf(p.Yes), formOf(p.No)}
}

func formOf(text string) form {
	before, after, open := strings.Cut(strings.TrimSpace(text), "*")
	return form{before, after, open}
}

// match returns what stands in the open part of a text that has this form.
func (f *form) match(text string) (part string, fits bool) {
	if !f.open {
		return "", text == f.before
	}
	if len(text) <= len(f.before)+len(f.after) || !strings.HasPrefix(text, f.before) || !strings.HasSuffix(text, f.after) {
		return "", false
	}
	return text[len(f.before) : len(text)-len(f.after)], true
}

func (f *form) with(part string) string {
	if !f.open {
		return f.before
	}
	return f.before + part + f.after
}

func (f *form) empty() bool { return f.before+f.after == "" }

// bare is a form without articles and in lower case, as clauses are read.
func (f *form) bare() form {
	if !f.open {
		return form{before: bare(f.before)}
	}
	b := form{bare(f.before), bare(f.after), true}
	if b.before != "" {
		b.before += " "
	}
	if b.after != "" {
		b.after = " " + b.after
	}
	return b
}

// Bare returns a clause without articles and in lower case.
func bare(text string) string {
	fields := strings.Fields(strings.ToLower(text))
	kept := fields[:0]
	for _, w := range fields {
		if w != "the" && w != "a" && w != "an" && w != "its" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

// Read reads a clause of a person's rule about an action. It returns the clause
// as the features have it, and whether it must hold; ok is false where the
// clause uses no turn or phrase of ours. Articles may be missing.
func (w *Words) Read(action, clause string) (feature string, holds, ok bool) {
	text := bare(clause)
	for i := range w.phrases {
		p := &w.phrases[i]
		for _, said := range [...]struct {
			form
			holds bool
		}{{p.yes, true}, {p.no, false}} {
			if said.empty() {
				continue
			}
			plain := said.bare()
			if part, fits := plain.match(text); fits {
				return p.feature.with(part), said.holds, true
			}
		}
	}
	for i := range turns {
		t := &turns[i]
		feature, yes, no := " "+bare(t.feature), " "+bare(t.yes), " "+bare(t.no)
		if t.whole() {
			feature, yes, no = feature[1:], yes[1:], no[1:]
		}
		if again, fits := swap(text, yes, feature, t.whole()); fits && t.yes != t.feature {
			return w.named(action, again), true, true
		}
		if again, fits := swap(text, no, feature, t.whole()); fits && strings.TrimSpace(no) != "" && !compares(t.no) {
			return w.named(action, again), false, true
		}
	}
	if again := w.named(action, text); again != text {
		return again, true, true
	}
	return "", false, false
}

// named puts the name of what the action is done with in the place of "it",
// where "it" is not the action itself.
func (w *Words) named(action, text string) string {
	rest, is := strings.CutPrefix(text, "it ")
	subject := w.subjectOf(action)
	if !is || subject == "" || strings.HasPrefix(rest, "was done here") || strings.HasPrefix(rest, "undoes ") {
		return text
	}
	return subject + " " + rest
}

// compares reports whether a turn is one of comparing, which has its own reader.
func compares(turn string) bool {
	return turn == " is less than " || turn == " is at most " || turn == " is at least "
}
