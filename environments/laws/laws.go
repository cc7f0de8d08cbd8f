// Package laws draws what nobody is told of a world: its laws, from an install
// seed, the same on every machine and with every version of Go.
package laws

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
)

// WorldSeed returns the secret of one world of an installation. What names the kind
// of world. The seed says nothing about the install seed or about other worlds.
func WorldSeed(installSeed, what string, number int) string {
	mac := hmac.New(sha256.New, []byte(installSeed))
	_, _ = fmt.Fprintf(mac, "purpose %s world %d", what, number)
	return hex.EncodeToString(mac.Sum(nil))
}

// Seal returns the public trace of a world's seed, its SHA-256 in hex.
func Seal(seed string) string {
	sum := sha256.Sum256([]byte(seed))
	return hex.EncodeToString(sum[:])
}

// Draw is a deterministic source of small numbers. It uses nothing of
// math/rand/v2 but the generator, whose stream is specified.
type Draw struct{ source *rand.ChaCha8 }

// NewDraw returns the source that belongs to the names.
func NewDraw(names ...any) *Draw {
	h := sha256.New()
	for _, name := range names {
		_, _ = fmt.Fprintf(h, "%v\x00", name)
	}
	return &Draw{rand.NewChaCha8([32]byte(h.Sum(nil)))}
}

// Uint64 returns any number.
func (d *Draw) Uint64() uint64 { return d.source.Uint64() }

// Intn returns a number from 0 to n−1; the bias is below 2⁻⁵⁰ for small n.
func (d *Draw) Intn(n int) int { return int(d.source.Uint64() >> 1 % uint64(n)) }

// Share returns a number from 0 to 1, without 1.
func (d *Draw) Share() float64 { return float64(d.source.Uint64()>>11) / (1 << 53) }

// Perm returns the numbers from 0 to n−1 in any order.
func (d *Draw) Perm(n int) []int {
	out := make([]int, n)
	for i := range out {
		j := d.Intn(i + 1)
		out[i], out[j] = out[j], i
	}
	return out
}

// ShareOf returns a number from 0 to 1 that belongs to the key and step
// (SplitMix64's finaliser, Steele, Lea and Flood 2014).
func ShareOf(key uint64, step uint16) float64 {
	z := key + (uint64(step)+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return float64((z^z>>31)>>11) / (1 << 53)
}
