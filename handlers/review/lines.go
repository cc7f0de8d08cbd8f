package review

import (
	"context"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/inbox"
	"purposeagent/agent/playbook"
)

// entry is a row of the inbox: one item, or all that is to be said about the rules of
// one line of a playbook.
type entry struct {
	items []inbox.Item        // at least one, the most valuable first
	line  *agent.PlaybookLine // nil where no line says the rule
}

func (e *entry) first() *inbox.Item { return &e.items[0] }

// keysOf begins the key of an entry of several items.
const keysOf = "lines:"

// key names the entry for as long as the reasons to look stay the same.
func (e *entry) key() string {
	if len(e.items) == 1 {
		return e.items[0].Key
	}
	keys := make([]string, len(e.items))
	for i := range e.items {
		keys[i] = e.items[i].Key
	}
	return keysOf + strings.Join(keys, ",")
}

// maxKeys bounds the items of one entry: an inbox has no more of a kind. An item's key
// has at most maxKeyBytes: a kind and two ids, or a critic's name and scope.
const (
	maxKeys     = 200
	maxKeyBytes = 500
)

// about reports whether a rule is one of the entry's, or one that its line says.
func (e *entry) about(id string) bool {
	return slices.ContainsFunc(e.items, func(i inbox.Item) bool { return i.Rule != nil && i.Rule.ID == id }) || e.line != nil && slices.Contains(e.line.Rules, id)
}

// itemKeys takes the key of an entry apart.
func itemKeys(key string) []string {
	if keys, several := strings.CutPrefix(key, keysOf); several {
		return strings.Split(keys, ",")
	}
	return []string{key}
}

// ofALine reports whether an item is about one rule in use, which a line may say.
func ofALine(item *inbox.Item) bool {
	switch item.Kind {
	case inbox.Harm, inbox.Dispute, inbox.Undecided, inbox.Thin:
		return item.Rule != nil
	case inbox.Conflict, inbox.Repeat, inbox.Candidate, inbox.Critic:
	}
	return false
}

// maxWorlds bounds the playbooks that an inbox is read with.
const maxWorlds = 8

// byLine puts items about rules of one line together, at the place of the most
// valuable one. Pinned rules stay apart: what can be decided about them is another.
// What no line says stands alone, and so does everything where nobody writes playbooks.
func byLine(items []inbox.Item, lines map[lineKey]*agent.PlaybookLine) []entry {
	type group struct {
		line   *agent.PlaybookLine
		pinned bool
	}
	at := map[group]int{}
	var entries []entry
	for i := range items {
		item := &items[i]
		var line *agent.PlaybookLine
		if ofALine(item) {
			line = lines[lineKey{item.Rule.Scope, item.Rule.ID}]
		}
		if line == nil {
			entries = append(entries, entry{items: items[i : i+1 : i+1]})
			continue
		}
		g := group{line, item.Rule.Pinned}
		if j, known := at[g]; known {
			entries[j].items = append(entries[j].items, *item)
			continue
		}
		at[g] = len(entries)
		entries = append(entries, entry{items: []inbox.Item{*item}, line: line})
	}
	return entries
}

// alone puts each item in an entry of its own.
func alone(items []inbox.Item) []entry {
	entries := make([]entry, len(items))
	for i := range items {
		entries[i] = entry{items: items[i : i+1 : i+1]}
	}
	return entries
}

type lineKey struct {
	scope agent.Scope
	rule  string
}

// linesOf finds the lines that say the rules of items. whole is false where a playbook
// could not be read: its rules stand alone.
func (s *Section) linesOf(ctx context.Context, items []inbox.Item) (out map[lineKey]*agent.PlaybookLine, whole bool) {
	out, whole = map[lineKey]*agent.PlaybookLine{}, true
	if s.cfg.Playbooks == nil {
		return out, whole
	}
	var worlds []agent.Scope
	for i := range items {
		if item := &items[i]; ofALine(item) && item.Rule.Scope.Environment != "" && len(worlds) < maxWorlds && !slices.Contains(worlds, item.Rule.Scope) {
			worlds = append(worlds, item.Rule.Scope)
		}
	}
	for _, scope := range worlds {
		page, err := s.cfg.Playbooks(ctx, playbook.Asked{Environment: scope.Environment, World: scope.Dynamics})
		if err != nil {
			whole = false
			continue
		}
		for i := range page.Lines {
			for _, id := range page.Lines[i].Rules {
				if key := (lineKey{scope, id}); out[key] == nil {
					out[key] = &page.Lines[i]
				}
			}
		}
	}
	return out, whole
}
