package features

// HashText is FNV-1a: the same in every process, which salted hashes are not.
func HashText(s string) uint64 {
	h := NewHash()
	h.Add(s)
	return h.Sum
}

// Hash makes one number of many texts (FNV-1a).
type Hash struct{ Sum uint64 }

// NewHash returns the hash of nothing.
func NewHash() Hash { return Hash{14695981039346656037} }

// Add takes in a text and the border after it.
func (h *Hash) Add(s string) {
	for i := range len(s) {
		h.Sum = (h.Sum ^ uint64(s[i])) * 1099511628211
	}
	h.Sum = (h.Sum ^ 0xff) * 1099511628211
}

func (h *Hash) attributes(attrs []Attribute) {
	for _, a := range attrs {
		h.Add(a.Name)
		h.Add(a.Value)
	}
	h.Add("")
}
