// Package reveal is an optional power of environments with secret rules: it
// opens them for people, once nothing is to be learned any more.
package reveal

// Revealer knows secrets of its world that no actor is told.
type Revealer interface {
	// Secrets returns the rules; without any where the world has no secret.
	Secrets() Secrets
}

// Secrets are the rules of a world that only acting finds.
type Secrets struct {
	Rules []Secret
	// Seal is the SHA-256 of Seed in hex. It can be known from the start, and shows
	// afterwards that the rules were not changed. "" where nothing is sealed.
	Seal, Seed string
}

// Secret is one rule: in words, and as what it answers of a subject.
type Secret struct {
	About, Subject string
	Answer         []string
	Text           string
}
