package findjson

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"purposeagent/agent"
)

// mend reads the object at the start of a text as small models write them,
// and writes it as JSON. It mends only what has one meaning: commas before a
// closing bracket, comments, names without quotes, strings in single or curly
// quotes, line ends and other control characters in strings, escapes that JSON
// does not know, True, False and None, NaN and Infinity (which are null, as they
// are no number), and a plus or a missing zero before a number. Nothing is added
// to what broke off, and no comma between values. It returns how much of the text
// the object takes, 0 where it is none, and how much was read.
func mend(text string) (raw []byte, length, read int) {
	m := &mender{text: text, out: make([]byte, 0, min(len(text), 4096))}
	for m.at < len(text) {
		ok := m.token()
		if !ok {
			return nil, 0, m.at + 1
		}
		if m.depth == 0 {
			if !json.Valid(m.out) {
				return nil, 0, m.at
			}
			return m.out, m.at, m.at
		}
	}
	return nil, 0, m.at
}

type mender struct {
	text  string
	at    int
	out   []byte
	depth int
}

// token takes the next token; false where the object can't be read.
func (m *mender) token() bool {
	rest := m.text[m.at:]
	switch c := rest[0]; {
	case c == '{' || c == '[':
		m.depth++
		m.put(1)
	case c == '}' || c == ']':
		m.depth--
		if n := len(m.out); n > 0 && m.out[n-1] == ',' {
			m.out = m.out[:n-1]
		}
		m.put(1)
	case c == ',' || c == ':':
		m.put(1)
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		m.at++
	case c == '"' || c == '\'':
		return m.quoted(1, string(c))
	case strings.HasPrefix(rest, "“"), strings.HasPrefix(rest, "”"):
		return m.quoted(len("“"), "”")
	case strings.HasPrefix(rest, "‘"), strings.HasPrefix(rest, "’"):
		return m.quoted(len("‘"), "’")
	case strings.HasPrefix(rest, "\u00a0"), strings.HasPrefix(rest, "\ufeff"), strings.HasPrefix(rest, "\u200b"):
		_, size := utf8.DecodeRuneInString(rest)
		m.at += size
	case strings.HasPrefix(rest, "//"):
		return m.skip("\n", 0)
	case strings.HasPrefix(rest, "/*"):
		return m.skip("*/", len("*/"))
	default:
		return m.bare()
	}
	return true
}

func (m *mender) put(n int) {
	m.out = append(m.out, m.text[m.at:m.at+n]...)
	m.at += n
}

func (m *mender) skip(end string, width int) bool {
	i := strings.Index(m.text[m.at:], end)
	if i < 0 {
		m.at = len(m.text)
		return false
	}
	m.at += i + width
	return true
}

// quoted takes a string. One in double quotes ends at the next that is not
// escaped; in others an apostrophe is no end unless a value may end after it.
func (m *mender) quoted(open int, shut string) bool {
	start := m.at
	m.at += open
	m.out = append(m.out, '"')
	for m.at < len(m.text) {
		rest := m.text[m.at:]
		c := rest[0]
		switch {
		case strings.HasPrefix(rest, shut) && (shut == `"` || shut == "”" || m.endsValue(m.at+len(shut))):
			m.at += len(shut)
			m.out = append(m.out, '"')
			return true
		case c == '\\':
			if len(rest) < 2 {
				m.at = len(m.text)
				return false
			}
			m.escape(rest[1])
		case c == '"':
			m.out = append(m.out, '\\', '"')
			m.at++
		case c < ' ':
			m.control(c)
			m.at++
		default:
			m.put(1)
		}
		if m.at-start > agent.MaxObjectBytes {
			return false
		}
	}
	return false
}

func (m *mender) escape(c byte) {
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't', 'u':
		m.put(2)
		return
	case '\'':
		m.out = append(m.out, c)
	case '\n', '\r':
		m.out = append(m.out, ' ')
	default: // a backslash that means itself
		m.out = append(m.out, '\\', '\\')
		m.at++
		return
	}
	m.at += 2
}

func (m *mender) control(c byte) {
	const hex = "0123456789abcdef"
	switch c {
	case '\n':
		m.out = append(m.out, `\n`...)
	case '\r':
		m.out = append(m.out, `\r`...)
	case '\t':
		m.out = append(m.out, `\t`...)
	default:
		m.out = append(m.out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
	}
}

// endsValue reports whether after a position stands what stands after a value.
func (m *mender) endsValue(at int) bool {
	for ; at < len(m.text); at++ {
		switch m.text[at] {
		case ' ', '\t', '\n', '\r':
		case ',', ':', '}', ']':
			return true
		default:
			return false
		}
	}
	return false
}

// bareWords are values that other languages write in this way.
var bareWords = map[string]string{"true": "true", "false": "false", "null": "null", "True": "true", "False": "false", "None": "null", "TRUE": "true", "FALSE": "false",
	"NULL": "null", "NaN": "null", "nan": "null", "Infinity": "null", "-Infinity": "null", "+Infinity": "null", "inf": "null", "-inf": "null", "undefined": "null"}

// maxBare bounds a name or a number, in bytes.
const maxBare = 100

// bare takes a name, a number or a word without quotes.
func (m *mender) bare() bool {
	n := 0
	rest := m.text[m.at:]
	for n < len(rest) && n <= maxBare && isBare(rest[n]) {
		n++
	}
	if n == 0 || n > maxBare {
		return false
	}
	word := rest[:n]
	if after := strings.TrimLeft(rest[n:min(len(rest), n+8)], " \t"); strings.HasPrefix(after, ":") && m.beforeName() && isName(word) {
		m.out = append(append(append(m.out, '"'), word...), '"')
		m.at += n
		return true
	}
	if value, ok := bareWords[word]; ok {
		m.out = append(m.out, value...)
		m.at += n
		return true
	}
	word = strings.TrimPrefix(word, "+")
	if strings.HasPrefix(word, ".") {
		word = "0" + word
	} else if strings.HasPrefix(word, "-.") {
		word = "-0" + word[1:]
	}
	if word == "" || word[0] != '-' && (word[0] < '0' || word[0] > '9') || !json.Valid([]byte(word)) {
		return false
	}
	m.out = append(m.out, word...)
	m.at += n
	return true
}

// beforeName reports whether a name may stand here.
func (m *mender) beforeName() bool {
	n := len(m.out)
	return n > 0 && (m.out[n-1] == '{' || m.out[n-1] == ',')
}

func isBare(c byte) bool {
	return c == '_' || c == '-' || c == '+' || c == '.' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isName(word string) bool {
	return word[0] == '_' || word[0] == '$' || word[0] >= 'a' && word[0] <= 'z' || word[0] >= 'A' && word[0] <= 'Z'
}
