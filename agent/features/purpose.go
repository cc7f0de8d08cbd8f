package features

import (
	"slices"
	"strings"

	"purposeagent/agent/language"
)

// Purpose is the purpose as a learner reads it.
type Purpose struct {
	Words   []string // what is wanted: each word once, in the order of the text, bounded
	avoided []string // what is not wanted, likewise
	amounts []language.Amount
	purpose *language.Reading
	exact   map[string]bool // stems of values that the purpose names as they stand
	known   map[string]language.Mention
	stems   map[string]string // of texts, as stemsOf says them
	// About tells, for each attribute with a vocabulary, whether the purpose
	// asks for one of its values.
	About map[string]bool
}

const maxWishWords = 48

// ReadPurpose reads a purpose. Words of the vocabulary are known in any of their
// forms; of other words the plural counts as the singular.
func ReadPurpose(purpose string, vocabulary map[string][]string) *Purpose {
	w := &Purpose{purpose: language.English.Read(purpose), known: map[string]language.Mention{}, stems: map[string]string{}, About: map[string]bool{}, exact: map[string]bool{}}
	w.amounts = w.purpose.Amounts
	byStem := w.readVocabulary(vocabulary)
	for _, word := range w.purpose.Words {
		if word.Grammar && !language.English.Little[word.Text] {
			continue // a negation
		}
		text := word.Text
		if value, known := byStem[word.Stem]; known && !w.exact[" "+word.Stem+" "] {
			text = value
		} else if !known {
			text = language.Singular(text)
		}
		list := &w.Words
		if word.Unwanted {
			list = &w.avoided
		}
		if !slices.Contains(*list, text) && len(*list) < maxWishWords && len(text) <= maxValueBytes {
			*list = append(*list, text)
		}
	}
	w.avoided = slices.DeleteFunc(w.avoided, func(word string) bool {
		return language.English.Little[word] || slices.Contains(w.Words, word)
	})
	for name, values := range vocabulary {
		for _, value := range values {
			if w.Names(value) {
				w.About[name] = true
			}
		}
	}
	return w
}

// readVocabulary notes which values the purpose names as they stand, and
// returns the values of one word by their stems.
func (w *Purpose) readVocabulary(vocabulary map[string][]string) map[string]string {
	byStem := map[string]string{}
	for _, values := range vocabulary {
		for _, value := range values {
			all := Words(value)
			if w.purpose.Mentions(all, language.ByText) != language.Absent {
				w.exact[w.stemsOf(value)] = true
			}
			if len(all) != 1 {
				continue
			}
			stem := language.English.Stem(all[0])
			if old, known := byStem[stem]; !known || all[0] < old {
				byStem[stem] = all[0]
			}
		}
	}
	return byStem
}

// Names reports whether the purpose asks for the value, by its words in a row.
func (w *Purpose) Names(value string) bool { return w.mention(value) == language.Wanted }

// Avoids reports whether the purpose says that the value must not be.
func (w *Purpose) Avoids(value string) bool { return w.mention(value) == language.Unwanted }

func (w *Purpose) mention(value string) language.Mention {
	if m, known := w.known[value]; known {
		return m
	}
	all := Words(value)
	m := w.purpose.Mentions(all, language.ByText)
	if stems := w.stemsOf(value); m == language.Absent && stems != "" && !w.exact[stems] {
		m = w.purpose.Mentions(strings.Fields(stems), language.ByStem)
		if m == language.Absent && len(all) == 1 {
			m = w.purpose.Mentions(all, w.doer)
		}
	}
	if len(w.known) < maxKnown {
		w.known[value] = m
	}
	return m
}

// maxKnown bounds the texts of which is kept what they are to a purpose.
const maxKnown = 4096

// stemsOf returns the stems of a text's words with a space around each, "" if
// it has none. A run asks for the same few texts in every step.
func (w *Purpose) stemsOf(text string) string {
	if stems, known := w.stems[text]; known {
		return stems
	}
	stems := stemsOf(text)
	if len(w.stems) < maxKnown && len(text) <= maxProseBytes {
		w.stems[text] = stems
	}
	return stems
}

// doer takes the ending of who or what does something from a word that no value
// explains: a sander is for sanding.
func (w *Purpose) doer(word language.Word) string {
	for _, suffix := range [...]string{"ers", "er"} {
		base, is := strings.CutSuffix(word.Text, suffix)
		if is && len(base) > 3 && !w.exact[" "+word.Stem+" "] {
			return base
		}
	}
	return ""
}

// amountOf returns the amount that the purpose asks of what has the name, or nil.
func (w *Purpose) amountOf(name string) *language.Amount {
	if len(w.amounts) == 0 {
		return nil
	}
	stems := w.stemsOf(name)
	for i := range w.amounts {
		a := &w.amounts[i]
		if !a.Unwanted && len(a.Of) > 0 && strings.HasSuffix(stems, " "+a.Of[len(a.Of)-1]+" ") {
			return a
		}
	}
	return nil
}

// versus says what a number is to an amount.
func versus(a *language.Amount, n float64) string {
	switch a.Compare(n) {
	case -1:
		return " is less than asked"
	case 1:
		return " is more than asked"
	}
	return " is as asked"
}
