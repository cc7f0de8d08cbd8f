package playbook

import (
	"hash/maphash"
	"slices"
	"sync"

	"purposeagent/agent"
	"purposeagent/agent/wording"
)

// Composer writes playbooks and keeps the latest ones. It is safe for concurrent
// use.
type Composer struct {
	mu    sync.Mutex
	kept  map[uint64]*agent.Playbook
	order []uint64 // keys, oldest first
}

var _ agent.PlaybookComposer = (*Composer)(nil)

// New returns a composer that keeps nothing yet.
func New() *Composer { return &Composer{kept: map[uint64]*agent.Playbook{}} }

// maxKept bounds the playbooks that are kept.
const maxKept = 128

// Compose writes the playbook of the rules within the budget. What it returns is
// shared and must not be changed.
func (c *Composer) Compose(world agent.Description, actions []agent.ActionSpec, rules *agent.RuleSet, o agent.PlaybookOptions) agent.Playbook {
	if rules == nil {
		return agent.Playbook{}
	}
	in := admitted(rules, o.Without)
	key := fingerprint(&world, actions, rules, in, o.Tokens)
	c.mu.Lock()
	known := c.kept[key]
	c.mu.Unlock()
	if known != nil {
		return *known
	}
	p := &agent.Playbook{Lines: write(&world.State, actions, in)}
	p.Lines, p.More = budget(p.Lines, o.Tokens)
	for i := range p.Lines {
		p.Tokens += tokens(&p.Lines[i])
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept[key] == nil {
		c.kept[key] = p
		c.order = append(c.order, key)
		if len(c.order) > maxKept {
			delete(c.kept, c.order[0])
			c.order = c.order[1:]
		}
	}
	return *p
}

// admitted returns the rules that have a part in it: those in use that are said
// in words or conditions, without those that are held out.
func admitted(rules *agent.RuleSet, without func(*agent.Heuristic) bool) []*agent.Heuristic {
	in := make([]*agent.Heuristic, 0, len(rules.Rules))
	for _, h := range rules.Rules {
		if h.States() == nil && (without == nil || !without(h)) {
			in = append(in, h)
		}
	}
	return in
}

var seed = maphash.MakeSeed()

// fingerprint tells playbooks apart: by scope, revision and budget, and by the
// rules themselves, as a snapshot has a revision of its own.
func fingerprint(world *agent.Description, actions []agent.ActionSpec, rules *agent.RuleSet, in []*agent.Heuristic, tokens int) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, text := range [...]string{rules.Scope.Environment, rules.Scope.Dynamics, rules.Scope.Schema, world.Dynamics} {
		_, _ = h.WriteString(text)
		_ = h.WriteByte(0)
	}
	maphash.WriteComparable(&h, [...]int{int(rules.Revision), tokens, len(in), len(actions), len(world.State.Vocabulary), len(world.State.Phrases)})
	for _, r := range in {
		_, _ = h.WriteString(r.ID)
		_, _ = h.WriteString(string(r.Status))
		maphash.WriteComparable(&h, [...]int{r.Version, r.Good, r.Bad, r.Credit.Hits, r.Credit.Misses})
		maphash.WriteComparable(&h, r.Pinned)
	}
	return h.Sum64()
}

// write composes all lines: by kind, what is stable first, then what is in trial.
func write(world *agent.StateSpec, actions []agent.ActionSpec, rules []*agent.Heuristic) []agent.PlaybookLine {
	b := &book{words: wording.New(*world, actions), vocabulary: world.Vocabulary, attrOf: attributes(world.Vocabulary),
		actions: map[string]*agent.ActionSpec{}, answers: map[string]reading{}, asked: map[string]map[string]bool{}}
	for i := range actions {
		b.actions[actions[i].Name] = &actions[i]
	}
	byAction := map[string][]*entry{}
	var lines []agent.PlaybookLine
	for _, h := range rules {
		if h.Predicate == nil || b.ownWords(h) {
			lines = append(lines, inWords(h))
			continue
		}
		e := b.enter(h)
		byAction[h.Predicate.Action] = append(byAction[h.Predicate.Action], e)
	}
	for _, name := range sortedKeys(byAction) {
		all := byAction[name]
		slices.SortFunc(all, compareEntries)
		tables, rest := b.tables(name, all)
		lines = append(lines, tables...)
		lines = append(lines, b.single(rest, all)...)
	}
	order(lines)
	used := map[string]bool{}
	for i := range lines {
		lines[i].Title = wording.Apart(lines[i].Title, used)
		used[lines[i].Title] = true
	}
	return lines
}
