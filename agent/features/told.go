package features

import (
	"slices"
	"strings"

	"purposeagent/agent/language"
)

// notes are the sentences that were read in this episode.
type notes struct {
	texts     []string // stems of whole texts, in order, each once
	known     map[uint64]bool
	taken     map[*prose]bool // that need not be looked at again
	sentences []sentence
	size      int
}

// sentence is one sentence as it was read.
type sentence struct {
	stems   string // with a space around each
	warning string // of those that it says must not be
}

// limits of what is remembered of the texts of an episode.
const (
	maxNotes     = 512
	maxNoteBytes = 256 << 10
)

// take takes in a text once.
func (n *notes) take(p *prose) {
	if n.taken[p] {
		return
	}
	if n.taken == nil {
		n.taken = map[*prose]bool{}
	}
	if len(n.taken) < maxNotes {
		n.taken[p] = true
	}
	h := HashText(p.stems())
	if n.known[h] || len(n.texts) >= maxNotes || n.size+len(p.raw) > maxNoteBytes {
		return
	}
	if n.known == nil {
		n.known = map[uint64]bool{}
	}
	n.known[h] = true
	n.size += len(p.raw)
	n.texts = append(n.texts, p.stems())
	for _, raw := range strings.FieldsFunc(p.raw, func(r rune) bool { return strings.ContainsRune(".;!?\n\r", r) }) {
		if len(n.sentences) >= 2*maxNotes {
			return
		}
		if s := readSentence(raw); s.stems != "" {
			n.sentences = append(n.sentences, s)
		}
	}
}

func readSentence(raw string) sentence {
	var s sentence
	r := language.English.Read(raw)
	for _, w := range r.Words {
		s.stems += w.Stem + " "
		if w.Unwanted {
			s.warning += w.Stem + " "
		}
	}
	if s.stems != "" {
		s.stems = " " + s.stems
	}
	if s.warning != "" {
		s.warning = " " + s.warning
	}
	return s
}

func (n *notes) mentions(stems string) bool {
	return slices.ContainsFunc(n.texts, func(text string) bool { return strings.Contains(text, stems) })
}

// The features of an action that a sentence names with all of its arguments.
const (
	toldTo  = "a text says to do it"
	toldNot = "a text says not to do it"
)

// tellings are the sentences that have some words, and those that say that what
// the words stand for must not be.
type tellings struct{ named, warned []uint64 }

// tellingsOf returns the sentences about the words.
func (s *Scene) tellingsOf(stems string) tellings {
	if known, ok := s.told[stems]; ok {
		return known
	}
	size := (len(s.e.read.sentences) + 63) / 64
	t := tellings{make([]uint64, size), make([]uint64, size)}
	for i := range s.e.read.sentences {
		if strings.Contains(s.e.read.sentences[i].stems, stems) {
			t.named[i/64] |= 1 << (i % 64)
		}
		if strings.Contains(s.e.read.sentences[i].warning, stems) {
			t.warned[i/64] |= 1 << (i % 64)
		}
	}
	if s.told == nil {
		s.told = map[string]tellings{}
	}
	s.told[stems] = t
	return t
}

// toldOf reports whether one sentence that was read names the action and all
// that it is done with. A text as a parameter may be a whole command: each of
// its words must be there.
func (s *Scene) toldOf(l *Lifted) []string {
	if len(s.e.read.sentences) == 0 || len(l.Args)+len(l.values)+len(l.listed) == 0 {
		return nil // one word alone stands in many sentences
	}
	var parts []string
	for _, arg := range l.Args {
		parts = append(parts, s.w.stemsOf(arg.ID))
	}
	for _, v := range l.listed {
		parts = append(parts, s.w.stemsOf(v.Value))
	}
	free := false
	for _, v := range l.values {
		for _, w := range newProse("", v.Value).words() {
			parts = append(parts, s.w.stemsOf(w))
			free = true
		}
	}
	if !free {
		parts = append(parts, s.w.stemsOf(l.Action.Name))
	}
	if slices.Contains(parts, "") {
		return nil
	}
	first := s.tellingsOf(parts[0])
	named, warned := slices.Clone(first.named), slices.Clone(first.warned)
	for _, p := range parts[1:] {
		more := s.tellingsOf(p)
		for i := range named {
			named[i] &= more.named[i]
			warned[i] |= more.warned[i]
		}
	}
	yes, no := false, false
	for i := range named {
		yes, no = yes || named[i]&^warned[i] != 0, no || named[i]&warned[i] != 0
	}
	switch {
	case no:
		return []string{toldNot}
	case yes:
		return []string{toldTo}
	}
	return nil
}
