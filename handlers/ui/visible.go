package ui

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Invisible reports whether a sign changes how others are shown without being
// seen itself: control characters other than tab and newline, and what turns
// the direction of text.
func Invisible(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
		return true
	}
	return r == '\u2028' || r == '\u2029' || r == '\u200b' || r == '\ufeff' || unicode.Is(unicode.Cf, r) && r >= 0xe0000 // tags
}

// Visible makes signs that act on a terminal or on the order of text visible,
// so that a file shows what is in it: ESC as ␛, others by their number. All
// line ends become newlines.
func Visible(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if strings.IndexFunc(text, Invisible) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case !Invisible(r):
			b.WriteRune(r)
		case r < 0x20:
			b.WriteRune(0x2400 + r)
		case r == 0x7f:
			b.WriteRune('\u2421')
		default:
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		}
	}
	return b.String()
}

// seen replaces the control characters of a page, which may be in any foreign text
// in it. Marks of direction stay: people write in languages that need them.
func seen(html []byte) []byte {
	if !hasControls(html) {
		return html
	}
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }
	var b bytes.Buffer
	for _, r := range string(html) {
		if control(r) {
			b.WriteString(Visible(string(r)))
		} else {
			b.WriteRune(r)
		}
	}
	return b.Bytes()
}

// hasControls reports whether a text may have control characters, byte by byte:
// pages are long, and hardly ever have any. Those above ASCII are written as C2
// and a byte up to 9F.
func hasControls(text []byte) bool {
	for i, b := range text {
		switch {
		case b >= ' ' && b < 0x7f, b == '\n', b == '\t', b == '\r', b > 0x7f && b != 0xc2:
		case b != 0xc2, i+1 < len(text) && text[i+1] <= 0x9f:
			return true
		}
	}
	return false
}

// VisibleJSON writes such signs of a JSON text as escapes, which say the same.
func VisibleJSON(raw []byte) []byte {
	if bytes.IndexFunc(raw, Invisible) < 0 {
		return raw
	}
	var b bytes.Buffer
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		switch {
		case !Invisible(r):
			b.Write(raw[:size])
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		raw = raw[size:]
	}
	return b.Bytes()
}
