package agent

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// treeReader reads the text of an Object into the tree that Object.Map returns.
// Worlds are read in every step, several times; without reflection, and with keys
// and plain texts as parts of the object's own text, that takes a fraction of what
// encoding/json takes. It gives up where the text is not JSON.
type treeReader struct {
	text string
	at   int
}

// readTree returns the tree of an object's text, and whether it is one.
func readTree(text string) (map[string]any, bool) {
	r := treeReader{text: text}
	if !r.skipTo('{') {
		return nil, false
	}
	m, ok := r.object(1)
	r.space()
	return m, ok && r.at == len(r.text)
}

func (r *treeReader) space() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// peek returns the next byte that is no space, 0 at the end.
func (r *treeReader) peek() byte {
	r.space()
	if r.at == len(r.text) {
		return 0
	}
	return r.text[r.at]
}

// skipTo steps over c, and reports whether it is what comes next.
func (r *treeReader) skipTo(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.at++
	return true
}

// object reads on behind an opening brace.
func (r *treeReader) object(depth int) (map[string]any, bool) {
	m := map[string]any{}
	if r.skipTo('}') {
		return m, true
	}
	for {
		if !r.skipTo('"') {
			return nil, false
		}
		key, ok := r.string()
		if !ok || !r.skipTo(':') {
			return nil, false
		}
		if m[key], ok = r.value(depth); !ok {
			return nil, false
		}
		if !r.skipTo(',') {
			return m, r.skipTo('}')
		}
	}
}

// list reads on behind an opening bracket.
func (r *treeReader) list(depth int) ([]any, bool) {
	list := []any{}
	if r.skipTo(']') {
		return list, true
	}
	for {
		v, ok := r.value(depth)
		if !ok {
			return nil, false
		}
		list = append(list, v)
		if !r.skipTo(',') {
			return list, r.skipTo(']')
		}
	}
}

func (r *treeReader) value(depth int) (any, bool) {
	switch c := r.peek(); c {
	case '{', '[':
		if depth > MaxObjectDepth {
			return nil, false
		}
		r.at++
		if c == '{' {
			return r.object(depth + 1)
		}
		return r.list(depth + 1)
	case '"':
		r.at++
		return r.string()
	case 't':
		return true, r.word("true")
	case 'f':
		return false, r.word("false")
	case 'n':
		return nil, r.word("null")
	default:
		return r.number()
	}
}

func (r *treeReader) word(word string) bool {
	if !strings.HasPrefix(r.text[r.at:], word) {
		return false
	}
	r.at += len(word)
	return true
}

// string reads on behind a quotation mark.
func (r *treeReader) string() (string, bool) {
	from, plain := r.at, true
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			s := r.text[from:r.at]
			r.at++
			if plain && utf8.ValidString(s) {
				return s, true
			}
			return unquoted(r.text[from-1 : r.at])
		case c == '\\':
			plain = false
			r.at++
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// unquoted reads a text with escapes, or one that is not UTF-8.
func unquoted(quoted string) (text string, ok bool) {
	err := json.Unmarshal([]byte(quoted), &text)
	return text, err == nil
}

// number reads a number with its digits as they are.
func (r *treeReader) number() (json.Number, bool) {
	from := r.at
	if r.next() == '-' {
		r.at++
	}
	if r.next() == '0' {
		r.at++
	} else if !r.digits() {
		return "", false
	}
	if r.next() == '.' {
		if r.at++; !r.digits() {
			return "", false
		}
	}
	if c := r.next(); c == 'e' || c == 'E' {
		r.at++
		if c = r.next(); c == '+' || c == '-' {
			r.at++
		}
		if !r.digits() {
			return "", false
		}
	}
	return json.Number(r.text[from:r.at]), true
}

// next returns the next byte, 0 at the end.
func (r *treeReader) next() byte {
	if r.at == len(r.text) {
		return 0
	}
	return r.text[r.at]
}

// digits steps over one digit or more, and reports whether there were any.
func (r *treeReader) digits() bool {
	from := r.at
	for c := r.next(); '0' <= c && c <= '9'; c = r.next() {
		r.at++
	}
	return r.at > from
}
