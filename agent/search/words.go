package search

import (
	"strings"
	"unicode"
)

// Words splits a text into lower-case words of letters and digits.
func Words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// Normalize returns the text's words with single spaces, for comparison.
func Normalize(text string) string { return strings.Join(Words(text), " ") }

// fillers are in every text and say nothing by themselves.
var fillers = WordSet(`a an the and or but if then else when whenever while where which what who how why that this
	these those there here it its is are was were be been being do does did doing done have has had you your we our i
	they them their he she of to in on at by for from with without into onto over under about as so than too very more
	most less least much many some any all each every always never not no nor can could may might must shall should
	will would just only also even still again sure make makes making get gets getting try tries trying ensure use uses
	using need needs please`)

// IsFiller reports whether a word, in lower case, is in every text and says
// nothing by itself: an article, a pronoun, an auxiliary verb.
func IsFiller(word string) bool { return fillers[word] }

// WordSet returns the set of a text's words, which are separated by spaces and
// taken as they are.
func WordSet(text string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return set
}
