package playbook

import (
	"cmp"
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"
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
	p := &agent.Playbook{}
	lines, unsaid := write(&world.State, actions, in, mostLines(o.Tokens))
	p.Lines, p.More = budget(lines, o.Tokens)
	p.More += unsaid
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
	sum := uint64(1)
	mix := func(x uint64) { sum = (bits.RotateLeft64(sum, 23) ^ x) * 0x9e3779b97f4a7c15 }
	for _, text := range [...]string{rules.Scope.Environment, rules.Scope.Dynamics, rules.Scope.Schema, world.Dynamics} {
		mix(maphash.String(seed, text))
	}
	for _, n := range [...]int{int(rules.Revision), tokens, len(in), len(actions), len(world.State.Vocabulary), len(world.State.Phrases)} {
		mix(uint64(n))
	}
	for _, r := range in {
		mix(maphash.String(seed, r.ID))
		mix(uint64(r.Version)<<48 ^ uint64(r.Good)<<24 ^ uint64(r.Bad))
		mix(uint64(r.Credit.Hits)<<32 ^ uint64(r.Credit.Misses)<<8 ^ uint64(len(r.Status))<<1 ^ uint64(bit(r.Pinned)))
	}
	return sum
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// MaxLines bounds a playbook without a budget, for pages.
const MaxLines = 600

// mostLines bounds the lines of one rule each that are put into words for a budget.
func mostLines(tokens int) int {
	if tokens <= 0 {
		return MaxLines
	}
	return min(MaxLines, 20+tokens/shortLine)
}

// shortLine is what a short line takes, in tokens.
const shortLine = 12

// write composes lines: by kind, what is stable first, then what is in trial. Of
// rules that stand for themselves at most so many are put into words, the surest
// ones; unsaid is how many were not.
func write(world *agent.StateSpec, actions []agent.ActionSpec, rules []*agent.Heuristic, most int) (lines []agent.PlaybookLine, unsaid int) {
	b := &book{words: wording.New(*world, actions), vocabulary: world.Vocabulary, attrOf: attributes(world.Vocabulary),
		actions: map[string]*agent.ActionSpec{}, numbers: map[agent.Condition]int32{}, asked: map[string]map[string]bool{}}
	for i := range actions {
		b.actions[actions[i].Name] = &actions[i]
	}
	byAction := map[string][]*entry{}
	var own, alone []*entry
	for _, h := range rules {
		if h.Predicate == nil {
			own = append(own, inItsWords(h))
			continue
		}
		label := b.words.Label(h.Predicate.Action, h.Predicate.Params)
		if ownWords(h, label) {
			own = append(own, inItsWords(h))
			continue
		}
		e := b.enter(h, label)
		byAction[h.Predicate.Action] = append(byAction[h.Predicate.Action], e)
	}
	for _, name := range sortedKeys(byAction) {
		all := byAction[name]
		slices.SortFunc(all, compareEntries)
		tables, rest := b.tables(name, all)
		lines = append(lines, tables...)
		alone = append(alone, sure(rest, all)...)
	}
	own, left := surest(own, most)
	alone, more := surest(alone, most)
	for _, e := range own {
		lines = append(lines, inWords(e))
	}
	lines = append(lines, b.single(alone)...)
	order(lines)
	used := wording.Names{}
	for i := range lines {
		lines[i].Title = used.Apart(lines[i].Title)
	}
	return lines, left + more
}

// surest keeps so many rules, those that people pinned and the surest ones, in the
// order in which they come.
func surest(rules []*entry, most int) (kept []*entry, left int) {
	slices.SortFunc(rules, func(a, b *entry) int { return strings.Compare(a.h.ID, b.h.ID) })
	if len(rules) <= most {
		return rules, 0
	}
	by := slices.Clone(rules)
	slices.SortFunc(by, func(a, b *entry) int {
		return cmp.Or(cmpBool(b.h.Pinned, a.h.Pinned), cmp.Compare(b.sureness, a.sureness), strings.Compare(a.h.ID, b.h.ID))
	})
	in := make(map[*entry]bool, most)
	for _, e := range by[:most] {
		in[e] = true
	}
	return slices.DeleteFunc(rules, func(e *entry) bool { return !in[e] }), len(by) - most
}
