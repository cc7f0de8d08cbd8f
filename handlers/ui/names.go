package ui

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/views/layout"
	"purposeagent/views/partials"
)

// LongestName bounds the words of a name in a page; what is too wide for its
// place is cut there.
const LongestName = 300

// NameOf is what a run is called, everywhere: its purpose, and the mark that
// tells it from other runs of the same purpose.
func NameOf(run agent.Run) partials.Name {
	return partials.Name{Text: partials.Clip(PurposeOf(run), LongestName), Mark: MarkOf(run), Tail: tailOf(run)}
}

// MarkOf tells a run from others of its purpose: its place in its group, its
// seed, and the end of its id.
func MarkOf(run agent.Run) string {
	if run.Label == "" {
		return tailOf(run)
	}
	return partials.Clip(run.Label, 60) + " · " + tailOf(run)
}

// tailOf is the mark of a run without its place in a group.
func tailOf(run agent.Run) string {
	parts := []string{"seed " + strconv.FormatInt(run.Seed, 10)}
	if run.Spec.Draw != 0 {
		parts = append(parts, "draw "+strconv.FormatInt(run.Spec.Draw, 10))
	}
	return strings.Join(append(parts, TailID(run.ID)), " · ")
}

// TailID is enough of an id to tell it from its neighbours: ids begin with the
// time, so that the end is what differs.
func TailID(id string) string {
	if runes := []rune(id); len(runes) > 12 {
		return string(runes[len(runes)-6:])
	}
	return strings.TrimPrefix(id, "r_")
}

// RuleTitle is what a rule is called.
func RuleTitle(h *agent.Heuristic) string { return partials.Clip(FirstOf(h.Title, h.ID), LongestName) }

// Titles says what the rule with an id is called.
type Titles func(id string) string

// RuleTitles asks the library for each rule once. A rule that is not there is
// called by its id.
func (k *Kit) RuleTitles(ctx context.Context) Titles {
	known := map[string]string{}
	return func(id string) string {
		name, ok := known[id]
		if !ok {
			name = id
			if h, err := k.Rules.Get(ctx, id); err == nil {
				name = RuleTitle(h)
			}
			known[id] = name
		}
		return name
	}
}

// word is what an id may be within a text.
var word = regexp.MustCompile(`[A-Za-z0-9_-]+`)

// WithTitles puts the titles of rules where a stored text has their ids.
func WithTitles(text string, known map[string]string) string {
	if len(known) == 0 {
		return text
	}
	return word.ReplaceAllStringFunc(text, func(id string) string { return FirstOf(Quoted(known[id]), id) })
}

// Quoted is a title within a sentence.
func Quoted(title string) string {
	if title == "" {
		return ""
	}
	return "“" + partials.Clip(title, LongestName) + "”"
}

// ThoughtOf is what an actor thought, with the rules that it had called by
// their titles: an actor knows them by their ids.
func ThoughtOf(a agent.Action, uses []agent.RuleUse) string {
	known := make(map[string]string, len(uses))
	for _, use := range uses {
		known[use.ID] = use.Title
	}
	return WithTitles(a.Thought, known)
}

// RunNames returns a function that names runs by their ids and asks for each
// once. A run that was deleted is called by its id.
func (k *Kit) RunNames(ctx context.Context) func(id string) partials.Name {
	known := map[string]partials.Name{}
	return func(id string) partials.Name {
		name, ok := known[id]
		if !ok {
			name = partials.Name{Text: "Run", Mark: TailID(id), Tail: TailID(id)}
			if run, err := k.Runs.Get(ctx, id); err == nil {
				name = NameOf(run)
			}
			known[id] = name
		}
		return name
	}
}

// RulesName is what the rules that a run uses are called, "" for those of the
// library as it is: the name of their snapshot.
func (k *Kit) RulesName(ctx context.Context, id string) string {
	if id == "" || k.Snapshots == nil {
		return id
	}
	snapshot, err := k.Snapshots.Get(ctx, id)
	if err != nil {
		return id
	}
	return FirstOf(snapshot.Name, id)
}

// ScopeLabel is what people call a scope.
func ScopeLabel(scope agent.Scope) string {
	if scope.Dynamics == "" {
		return scope.Environment
	}
	return scope.Environment + " · " + scope.Dynamics
}

// WorldTitle is what an environment is called.
func (k *Kit) WorldTitle(name string) string {
	for _, kind := range k.Environments.Kinds() {
		if kind.Name == name {
			return FirstOf(kind.Title, name)
		}
	}
	return name
}

// RunCrumbs are the way to a run, or to a page of it.
func (k *Kit) RunCrumbs(run agent.Run, page string) []layout.Crumb {
	name := NameOf(run)
	crumbs := []layout.Crumb{{Label: "Runs", Href: k.Link("/runs")}, {Label: name.Text, Mark: name.Mark, Href: k.RunLink(run.ID)}}
	if page != "" {
		crumbs = append(crumbs, layout.Crumb{Label: page})
	}
	return crumbs
}

// PurposeOf is the run's purpose, or a word where the environment draws it and
// has not done so yet.
func PurposeOf(run agent.Run) string {
	if run.Spec.Purpose == "" {
		return "Purpose to be drawn by " + run.Spec.Environment.Name
	}
	return run.Spec.Purpose
}
