package narrate

import (
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/prompttext"
	"purposeagent/agent/search"
)

// maxRead bounds the data of a state that is put in lines; a larger one is cut
// in any prompt, and stays as it is.
const maxRead = 64 << 10

// StateText says what a state holds, once: its data in lines, a thing a line, and
// of its summary the sentences that neither the data nor known say already. known
// is what the reader of the lines has read before, such as the purpose and what
// came of the last step; a text of the data that stands in it word for word is not
// said again.
func (r Reader) StateText(s agent.State, known string) string {
	if s.Data.IsEmpty() {
		if s.Summary == "" {
			return "(nothing to see)"
		}
		return prompttext.AsData(s.Summary)
	}
	if len(s.Data) > maxRead {
		return strings.TrimSpace(prompttext.AsData(s.Summary + "\n" + s.Data.String()))
	}
	tree := s.Data.Map()
	var b strings.Builder
	if s.Summary != "" {
		if held, ok := agent.Lookup(tree, r.State.Held); ok && r.State.Held != "" && inline(held, 8) == "none" {
			known += " nothing"
		}
		for _, sentence := range unsaid(s.Summary, tree, known) {
			b.WriteString(sentence)
			b.WriteByte('\n')
		}
	}
	for _, name := range sortedKeys(tree) {
		if text, ok := tree[name].(string); ok && isProse(text) && strings.Contains(known, strings.TrimSuffix(text, ".")) {
			continue
		}
		writeField(&b, name, tree[name])
	}
	return prompttext.AsData(strings.TrimSuffix(b.String(), "\n"))
}

// writeField writes one field of the data, in as many lines as it needs.
func writeField(b *strings.Builder, name string, v any) {
	b.WriteString(name)
	b.WriteByte(':')
	switch x := v.(type) {
	case map[string]any:
		if len(x) > 0 && allObjects(x) {
			b.WriteByte('\n')
			for _, id := range sortedKeys(x) {
				b.WriteString("  " + id + ": ")
				writeInline(b, x[id], 0)
				b.WriteByte('\n')
			}
			return
		}
	case []any:
		if len(x) > 0 && listOfObjects(x) {
			b.WriteByte('\n')
			for _, item := range x {
				b.WriteString("  - ")
				writeInline(b, item, 0)
				b.WriteByte('\n')
			}
			return
		}
	case string:
		if strings.Contains(x, "\n") {
			b.WriteString("\n" + x + "\n")
			return
		}
	}
	b.WriteByte(' ')
	writeInline(b, v, 0)
	b.WriteByte('\n')
}

func allObjects(m map[string]any) bool {
	for _, v := range m {
		if _, ok := v.(map[string]any); !ok {
			return false
		}
	}
	return true
}

func listOfObjects(list []any) bool {
	for _, v := range list {
		if _, ok := v.(map[string]any); !ok {
			return false
		}
	}
	return true
}

// unsaid returns the sentences of a text that say something which neither the
// data nor known do: a word, a number or a negation.
func unsaid(text string, tree map[string]any, known string) []string {
	vocabulary := words{}
	vocabulary.add(known)
	vocabulary.addTree(tree)
	var kept []string
	for _, sentence := range sentences(text) {
		if !vocabulary.cover(sentence) {
			kept = append(kept, sentence)
		}
	}
	return kept
}

// words is a set of word stems.
type words map[string]bool

func (w words) add(text string) {
	for _, word := range search.Words(text) {
		w[stem(word)] = true
	}
}

// addTree adds the names and values of a tree.
func (w words) addTree(v any) {
	switch x := v.(type) {
	case map[string]any:
		for name, item := range x {
			w.add(name)
			w.addTree(item)
		}
	case []any:
		for _, item := range x {
			w.addTree(item)
		}
	default:
		text, _ := scalar(v)
		w.add(text)
	}
}

// seeing are words by which a summary introduces what the data hold.
var seeing = search.WordSet("see seen carry carrying hold holding lie lies stand stands")

// turns are the fillers that carry the meaning of a sentence.
var turns = search.WordSet("not never no nor without except only")

// cover reports whether a sentence says nothing beyond the set. What stands
// before its colon is a heading.
func (w words) cover(sentence string) bool {
	if _, rest, headed := strings.Cut(sentence, ": "); headed && strings.Count(sentence[:len(sentence)-len(rest)], " ") < 4 {
		sentence = rest
	}
	for _, word := range search.Words(sentence) {
		if (search.IsFiller(word) && !turns[word]) || seeing[word] {
			continue
		}
		if !w[stem(word)] {
			return false
		}
	}
	return true
}

// stem takes the common endings of English off a word, so that "wrongly prepared"
// is covered by "prepared: wrong".
func stem(word string) string {
	for _, ending := range [...]string{"ly", "ing", "ed", "es", "s"} {
		if rest, ok := strings.CutSuffix(word, ending); ok && len(rest) >= 3 {
			return rest
		}
	}
	return word
}

// sentences splits a text at line ends, and after the full stops between words.
func sentences(text string) []string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		start := 0
		for i := 0; i+1 < len(line); i++ {
			if (line[i] == '.' || line[i] == '!' || line[i] == '?') && line[i+1] == ' ' {
				out = appendText(out, line[start:i+1])
				start = i + 2
			}
		}
		out = appendText(out, line[start:])
	}
	return out
}

func appendText(list []string, text string) []string {
	if text = strings.TrimSpace(text); text != "" {
		list = append(list, text)
	}
	return list
}
