package wire

import (
	"fmt"

	"purposeagent/agent"
)

const (
	leastChecked  = 4000 // bytes; of less than that nothing is cut
	bytesPerToken = 12   // no text has as many in the mean
)

// readCheck is what the last requests told of how much a server reads.
type readCheck struct {
	warned bool
	bytes  int
	tokens int64
}

// Unread looks at how much of a prompt, in bytes, a server says that it read.
// Some cut what is too long for them without a word. It returns a warning for
// people, once for each client; "" where there is nothing to say.
func (s *Server) Unread(sent int, u agent.Usage) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.read
	if before.warned || sent < leastChecked || u.TokensIn <= 0 {
		return ""
	}
	s.read.bytes, s.read.tokens = sent, u.TokensIn
	small, large := min(before.bytes, sent), max(before.bytes, sent)
	switch {
	case u.TokensIn < int64(sent/bytesPerToken):
		s.read.warned = true
		return fmt.Sprintf("the server read far less than was sent: %d tokens of %d bytes; give the model a larger context there, or make the prompt budget smaller", u.TokensIn, sent)
	case before.tokens == u.TokensIn && large > small+small/2:
		s.read.warned = true
		return fmt.Sprintf("the server read far less than was sent: it counts %d tokens for %d bytes and for %d; give the model a larger context there, or make the prompt budget smaller", u.TokensIn, small, large)
	}
	return ""
}
