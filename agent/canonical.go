package agent

import "bytes"

// isCanonical reports whether valid JSON text is already in the form that
// ParseObject would give it, so that it need not be decoded: no white space,
// no escapes, keys of each object in ascending order without repeats. It may
// say no to canonical text, never yes to other text.
func isCanonical(raw []byte) bool {
	if !plainStrings(raw) {
		return false
	}
	end, ok := canonicalValue(raw, 0)
	return ok && end == len(raw)
}

// plainStrings reports whether there is no white space outside strings and no
// escape or character that an encoder may escape inside them.
func plainStrings(raw []byte) bool {
	inString := false
	for i, c := range raw {
		switch {
		case c == '\\':
			return false
		case c == '"':
			inString = !inString
		case !inString && (c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			return false
		case c == 0xE2 && i+2 < len(raw) && raw[i+1] == 0x80 && (raw[i+2] == 0xA8 || raw[i+2] == 0xA9):
			return false // U+2028 and U+2029 are always escaped
		}
	}
	return true
}

// canonicalValue returns the index after the value at i.
func canonicalValue(raw []byte, i int) (int, bool) {
	if i >= len(raw) {
		return 0, false
	}
	switch raw[i] {
	case '{':
		return canonicalMembers(raw, i)
	case '[':
		if i++; i < len(raw) && raw[i] == ']' {
			return i + 1, true
		}
		for {
			end, ok := canonicalValue(raw, i)
			if !ok || end >= len(raw) {
				return 0, false
			}
			if raw[end] == ']' {
				return end + 1, true
			}
			i = end + 1 // valid JSON: it is a comma
		}
	case '"':
		return stringEnd(raw, i), true
	}
	for i < len(raw) && raw[i] != ',' && raw[i] != '}' && raw[i] != ']' {
		i++
	}
	return i, true
}

func canonicalMembers(raw []byte, i int) (int, bool) {
	if i++; i < len(raw) && raw[i] == '}' {
		return i + 1, true
	}
	var last []byte
	for {
		end := stringEnd(raw, i)
		key := raw[i:end]
		if last != nil && bytes.Compare(last[:len(last)-1], key[:len(key)-1]) >= 0 {
			return 0, false
		}
		last = key
		end, ok := canonicalValue(raw, end+1) // valid JSON: after the colon
		if !ok || end >= len(raw) {
			return 0, false
		}
		if raw[end] == '}' {
			return end + 1, true
		}
		i = end + 1
	}
}

// stringEnd returns the index after the closing quote of the string at i,
// which has no escapes.
func stringEnd(raw []byte, i int) int {
	return i + 1 + bytes.IndexByte(raw[i+1:], '"') + 1
}
