package labpages

import (
	"fmt"

	"purposeagent/agent/stats"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/views/partials"
)

// smallestEffect returns the smallest difference of shares, in whole points,
// that n pairs show with 80 % power at the 5 % level, where the arms disagree
// in a given share of the pairs or, if the difference is larger, in as many as
// it takes. It is 0 where none does.
func smallestEffect(n int, disagree float64) int {
	for points := 1; points <= 100; points++ {
		d := float64(points) / 100
		if needed, ok := stats.RequiredPairs(max(d, disagree), d); ok && needed <= n {
			return points
		}
	}
	return 0
}

// noisyPairs is how many pairs two arms of some noise disagree on, for the
// second figure of a power sentence.
const noisyPairs = .3

// powerNotes say before the start how large an effect could be shown at all,
// with a warning where none could.
func powerNotes(ask lab.Request) []partials.Note {
	comparisons := max(len(ask.Spec.Arms)-1, 1)
	if len(ask.Worlds) > 0 {
		return []partials.Note{worldsPower(len(ask.Worlds), comparisons)}
	}
	n := ask.Spec.Test
	best, noisy := smallestEffect(n, 0), smallestEffect(n, noisyPairs)
	if best == 0 {
		return []partials.Note{{Icon: "warn", Text: fmt.Sprintf("With %s no difference can be shown, whatever its size. Take 20 or more.", partials.Plural(n, "test task"))}}
	}
	text := fmt.Sprintf("With %s the smallest difference that can be shown is about %s if memory never loses a task, ", partials.Plural(n, "test task"), partials.Plural(best, "point"))
	if noisy == 0 {
		text += "and none if the arms disagree on 3 tasks in 10"
	} else {
		text += fmt.Sprintf("and %d if the arms disagree on 3 tasks in 10", noisy)
	}
	text += " (80 % power)."
	if comparisons > 1 {
		text += fmt.Sprintf(" Correcting for %d comparisons takes somewhat more.", comparisons)
	}
	note := partials.Note{Tone: "acc", Icon: "scale", Text: text}
	if best > 20 {
		note.Tone, note.Icon = "", "warn"
	}
	return []partials.Note{note}
}

// worldsPower is about the permutation over worlds: with too few of them no p
// can fall below 0.05 (stats.RequiredSigns), whatever the effect.
func worldsPower(n, comparisons int) partials.Note {
	least := stats.RequiredSigns(comparisons)
	if n >= least {
		return partials.Note{Tone: "acc", Icon: "scale", Text: fmt.Sprintf(
			"%s are the unit: a permutation over them can reach p = %s, corrected for %s. How large an effect shows depends on how much the worlds differ.",
			ui.Title(partials.Plural(n, "world")), pWords(leastP(n, comparisons)), partials.Plural(comparisons, "comparison"))}
	}
	return partials.Note{Icon: "warn", Text: fmt.Sprintf(
		"With %s and %s no p can come below %s: nothing could be shown, whatever the effect. Take %d worlds or more.",
		partials.Plural(n, "world"), partials.Plural(comparisons, "comparison"), pWords(leastP(n, comparisons)), least)}
}

// pWords writes a p-value: ".031", "less than .0001".
func pWords(p float64) string {
	switch {
	case p < .0001:
		return "less than .0001"
	case p < .001:
		return fmt.Sprintf("%.4f", p)[1:]
	case p >= .9995:
		return "1"
	}
	return fmt.Sprintf("%.3f", p)[1:]
}
