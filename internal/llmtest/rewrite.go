package llmtest

import (
	"regexp"
	"slices"
	"strings"
)

// Rewritings are ways to say the same prompt otherwise, by name. A reader that
// is asked for as MODEL+NAME reads its prompt so. What a prompt gives to one who
// reads must not hang on its headings, its order or its signs. What stands last
// stays last: that its place decides was measured.
var Rewritings = map[string]func(text string) string{"reworded": reworded, "reordered": reordered, "reformatted": reformatted}

// synonyms are looked for in this order; names of actions are not among them.
var synonyms = []struct {
	from *regexp.Regexp
	to   string
}{
	{phrase(`What is known and applies now`), "From experience, for this very moment"},
	{phrase(`What earlier tasks in this world taught`), "Lessons from jobs in this place"},
	{phrase(`Earlier tasks, the most similar first, with what came of each step`), "Past jobs that were like this one, and how each move went"},
	{phrase(`What earlier, similar tasks did`), "Past jobs that were like this one"},
	{phrase(`Your steps so far and what came of them`), "Moves you have made already, and how each one went"},
	{phrase(`Rules from earlier tasks, to follow only where they fit`), "Advice from the past, for where it fits"},
	{phrase(`State now`), "How things stand at present"},
	{phrase(`Actions`), "You may pick one of these"},
	{phrase(`Choose the next action`), "So what is your move"},
	{phrase(`Purpose`), "Goal"},
	{phrase(`do not do`), "never choose"},
	{phrase(`avoid`), "never choose"},
	{phrase(`not solved`), "failed"},
	{phrase(`solved`), "succeeded"},
	{phrase(`in vain`), "useless"},
	{regexp.MustCompile("\\bdo(:? +)([`'\"])"), "choose$1$2"},
	{regexp.MustCompile(`\bright (\d+) of (\d+) times`), "worked on $1 of $2 occasions"},
	{regexp.MustCompile(`\bwrong (\d+) of (\d+) times`), "failed on $1 of $2 occasions"},
	{phrase(`because`), "since"},
	{phrase(`nothing changed`), "no change at all"},
}

func phrase(text string) *regexp.Regexp { return regexp.MustCompile(`\b` + text + `\b`) }

func reworded(text string) string {
	for _, s := range synonyms {
		text = s.from.ReplaceAllString(text, s.to)
	}
	return text
}

var (
	number = regexp.MustCompile(`(?m)^(\d+)\. `)
	bullet = regexp.MustCompile(`(?m)^- `)
	label  = regexp.MustCompile(`\[(\w+)\]`)
)

// reformatted has other fences, bullets, quotes, arrows and indents.
func reformatted(text string) string {
	text = strings.NewReplacer("<<", "---", ">>", "---", "`", `"`, "→", "->", "\n  ", "\n\t", " · ", " | ").Replace(text)
	text = number.ReplaceAllString(text, "$1) ")
	text = bullet.ReplaceAllString(text, "* ")
	return label.ReplaceAllString(text, "($1)")
}

// reordered has the sections in the opposite order, but for the last one, and
// the lines of the section before that turned round.
func reordered(text string) string {
	lines := strings.Split(text, "\n")
	var before, after []string
	var sections [][]string
	for i := 0; i < len(lines); i++ {
		end := -1
		if i+1 < len(lines) && lines[i+1] == "<<" {
			end = slices.Index(lines[i:], ">>")
		}
		switch {
		case end > 0:
			section := slices.Clone(lines[i : i+end+1])
			sections = append(sections, section)
			i += end
		case len(sections) == 0:
			before = append(before, lines[i])
		default:
			after = append(after, lines[i])
		}
	}
	n := len(sections)
	if n < 2 {
		return text
	}
	listed := sections[n-2]
	slices.Reverse(listed[2 : len(listed)-1])
	slices.Reverse(sections[:n-1])
	return strings.Join(slices.Concat(before, slices.Concat(sections...), after), "\n")
}
