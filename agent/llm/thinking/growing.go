package thinking

import "strings"

// maxTold bounds the answer that is told while it grows, in bytes: beyond it
// each piece would cost more than it tells.
const maxTold = 64 << 10

// Growing is an answer that comes piece by piece.
type Growing struct {
	text strings.Builder
	tell func(text string)
}

// NewGrowing returns an answer that is told to tell as it grows, without what
// is thinking.
func NewGrowing(tell func(text string)) *Growing { return &Growing{tell: tell} }

// Add takes the next piece.
func (g *Growing) Add(piece string) {
	if piece == "" {
		return
	}
	g.text.WriteString(piece)
	if g.text.Len() <= maxTold {
		g.tell(WithoutThinking(g.text.String()))
	}
}

// Len is the length of the answer so far, in bytes.
func (g *Growing) Len() int { return g.text.Len() }

// String is the answer so far, word for word.
func (g *Growing) String() string { return g.text.String() }
