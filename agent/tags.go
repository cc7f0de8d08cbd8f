package agent

import (
	"fmt"
	"slices"
	"strings"
)

// Bounds of the tags of one run.
const (
	MaxTags     = 12
	MaxTagBytes = 40
)

// ParseTags reads tags that a person typed, with spaces or commas between, each
// once and in order. Errors: CodeInvalid.
func ParseTags(text string) ([]string, error) {
	tags := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\n' })
	slices.Sort(tags)
	tags = slices.Compact(tags)
	return tags, CheckTags(tags)
}

// CheckTags returns a CodeInvalid error for tags that no run can have.
func CheckTags(tags []string) error {
	if len(tags) > MaxTags {
		return Errorf(CodeInvalid, "%d tags are too many; at most %d", len(tags), MaxTags)
	}
	for _, tag := range tags {
		if !validTag(tag) {
			return Errorf(CodeInvalid, "%s is not a valid tag: a tag is 1 to %d small letters, digits, - _ . or /", fmt.Sprintf("%q", Clip(tag, 50)), MaxTagBytes)
		}
	}
	return nil
}

func validTag(tag string) bool {
	if tag == "" || len(tag) > MaxTagBytes {
		return false
	}
	return !strings.ContainsFunc(tag, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("-_./", r)
	})
}
