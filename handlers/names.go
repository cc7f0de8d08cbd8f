package handlers

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/views/partials"
)

// longestName bounds the words of a name in a page; what is too wide for its
// place is cut there.
const longestName = 300

// nameOf is what a run is called, everywhere: its purpose, and the mark that
// tells it from other runs of the same purpose.
func nameOf(run agent.Run) partials.Name {
	return partials.Name{Text: partials.Clip(purposeOf(run), longestName), Mark: markOf(run), Tail: tailOf(run)}
}

// markOf tells a run from others of its purpose: its place in its group, its
// seed, and the end of its id.
func markOf(run agent.Run) string {
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
	return strings.Join(append(parts, tailID(run.ID)), " · ")
}

// tailID is enough of an id to tell it from its neighbours: ids begin with the
// time, so that the end is what differs.
func tailID(id string) string {
	if runes := []rune(id); len(runes) > 12 {
		return string(runes[len(runes)-6:])
	}
	return strings.TrimPrefix(id, "r_")
}

// ruleTitle is what a rule is called.
func ruleTitle(h *agent.Heuristic) string { return partials.Clip(firstOf(h.Title, h.ID), longestName) }

// titles says what the rule with an id is called.
type titles func(id string) string

// ruleTitles asks the library for each rule once. A rule that is not there is
// called by its id.
func (s *Server) ruleTitles(ctx context.Context) titles {
	known := map[string]string{}
	return func(id string) string {
		name, ok := known[id]
		if !ok {
			name = id
			if h, err := s.cfg.Library.Get(ctx, id); err == nil {
				name = ruleTitle(h)
			}
			known[id] = name
		}
		return name
	}
}

// word is what an id may be within a text.
var word = regexp.MustCompile(`[A-Za-z0-9_-]+`)

// withTitles puts the titles of rules where a stored text has their ids.
func withTitles(text string, known map[string]string) string {
	if len(known) == 0 {
		return text
	}
	return word.ReplaceAllStringFunc(text, func(id string) string { return firstOf(quoted(known[id]), id) })
}

// quoted is a title within a sentence.
func quoted(title string) string {
	if title == "" {
		return ""
	}
	return "“" + partials.Clip(title, longestName) + "”"
}

// thoughtOf is what an actor thought, with the rules that it had called by
// their titles: an actor knows them by their ids.
func thoughtOf(a agent.Action, uses []agent.RuleUse) string {
	known := make(map[string]string, len(uses))
	for _, use := range uses {
		known[use.ID] = use.Title
	}
	return withTitles(a.Thought, known)
}

// runNames returns a function that names runs by their ids and asks for each
// once. A run that was deleted is called by its id.
func (s *Server) runNames(ctx context.Context) func(id string) partials.Name {
	known := map[string]partials.Name{}
	return func(id string) partials.Name {
		name, ok := known[id]
		if !ok {
			name = partials.Name{Text: "Run", Mark: tailID(id), Tail: tailID(id)}
			if run, err := s.cfg.Runs.Get(ctx, id); err == nil {
				name = nameOf(run)
			}
			known[id] = name
		}
		return name
	}
}

// groupName is what the runs of one launch are called together, or the id of a
// group that is not there.
func (s *Server) groupName(ctx context.Context, id string) string {
	runs, err := s.cfg.Runs.Group(ctx, id)
	if err != nil || len(runs) == 0 {
		return id
	}
	return groupTitle(armsOf(runs))
}

// rulesName is what the rules that a run uses are called, "" for those of the
// library as it is: the name of their snapshot.
func (s *Server) rulesName(ctx context.Context, id string) string {
	if id == "" || s.cfg.Snapshots == nil {
		return id
	}
	snapshot, err := s.cfg.Snapshots.Get(ctx, id)
	if err != nil {
		return id
	}
	return firstOf(snapshot.Name, id)
}
