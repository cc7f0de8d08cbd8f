package engine

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"sync"
	"time"
)

// idAlphabet sorts like the numbers it stands for, and has no letters that are
// mistaken for digits (Crockford's base 32, in lower case).
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// idSource makes public ids: 45 bits of milliseconds and 35 bits of chance, so
// that ids sort by the time they were made. Within a millisecond the second
// part counts up, so that one launch never makes an id twice. The zero value
// needs now.
type idSource struct {
	now func() time.Time

	mu     sync.Mutex
	millis uint64
	chance uint64
}

const chanceBits = 35

func (s *idSource) next(prefix string) (string, error) {
	var raw [8]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return "", fmt.Errorf("draw an id: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := uint64(s.now().UnixMilli()); now > s.millis {
		s.millis, s.chance = now, binary.LittleEndian.Uint64(raw[:])>>(64-chanceBits)
	} else if s.chance++; s.chance>>chanceBits != 0 {
		s.millis, s.chance = s.millis+1, 0
	}
	out := make([]byte, 16)
	for value, i := s.millis, 8; i >= 0; i-- {
		out[i], value = idAlphabet[value&31], value>>5
	}
	for value, i := s.chance, 15; i >= 9; i-- {
		out[i], value = idAlphabet[value&31], value>>5
	}
	return prefix + string(out), nil
}

// randomText returns n random letters and digits.
func randomText(n int) (string, error) {
	raw := make([]byte, n)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("draw a name: %w", err)
	}
	return base32.NewEncoding(idAlphabet).EncodeToString(raw)[:n], nil
}
