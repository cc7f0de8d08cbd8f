package language

import (
	"slices"
	"strings"
)

// Stem returns the stem of a lower-case English word by the Porter2 algorithm
// (M. F. Porter, "The English (Porter2) stemming algorithm", Snowball, 2002, in
// the form of 2026). It is the same for the forms of one word ("cubes" and
// "cube", "painted" and "painting") and need not be a word. Words with other
// letters than a to z come back as they are.
func Stem(word string) string {
	if s, special := irregular[word]; special {
		return s
	}
	if len(word) <= 2 || strings.IndexFunc(word, func(r rune) bool { return (r < 'a' || r > 'z') && r != '\'' }) >= 0 {
		return word
	}
	p := stemmer{w: []byte(strings.TrimPrefix(word, "'"))}
	p.markConsonantY()
	p.markRegions()
	p.plural()
	p.pastAndParticiple()
	p.finalY()
	p.derived()
	p.derivedAgain()
	p.suffix()
	p.ending()
	return strings.ToLower(string(p.w))
}

// irregular words have stems of their own.
var irregular = map[string]string{
	"skis": "ski", "skies": "sky", "idly": "idl", "gently": "gentl", "ugly": "ugli", "early": "earli", "only": "onli", "singly": "singl",
	"sky": "sky", "news": "news", "howe": "howe", "atlas": "atlas", "cosmos": "cosmos", "bias": "bias", "andes": "andes",
}

// stemmer is a word in work. A consonant y is written Y. Suffixes that begin in
// the region R1 are at r1 or after it, likewise R2.
type stemmer struct {
	w      []byte
	r1, r2 int
}

func isVowel(c byte) bool { return strings.IndexByte("aeiouy", c) >= 0 }

func (p *stemmer) markConsonantY() {
	for i, c := range p.w {
		if c == 'y' && (i == 0 || isVowel(p.w[i-1])) {
			p.w[i] = 'Y'
		}
	}
}

var regionPrefixes = [...]string{"gener", "commun", "arsen", "past", "univers", "later", "emerg", "organ", "inter"}

func (p *stemmer) markRegions() {
	p.r1 = p.afterSyllable(0)
	for _, prefix := range regionPrefixes {
		if strings.HasPrefix(string(p.w), prefix) {
			p.r1 = len(prefix)
		}
	}
	p.r2 = p.afterSyllable(p.r1)
}

// afterSyllable returns the place after the first consonant that follows a
// vowel, or the end.
func (p *stemmer) afterSyllable(from int) int {
	for i := from + 1; i < len(p.w); i++ {
		if !isVowel(p.w[i]) && isVowel(p.w[i-1]) {
			return i + 1
		}
	}
	return len(p.w)
}

// longest returns the longest of the suffixes that the word ends in.
func (p *stemmer) longest(suffixes ...string) string {
	best := ""
	for _, s := range suffixes {
		if len(s) > len(best) && strings.HasSuffix(string(p.w), s) {
			best = s
		}
	}
	return best
}

// replace puts another end in the place of a suffix.
func (p *stemmer) replace(suffix, by string) {
	p.w = append(p.w[:len(p.w)-len(suffix)], by...)
}

func (p *stemmer) hasVowel(before int) bool {
	return slices.ContainsFunc(p.w[:before], isVowel)
}

// shortSyllable reports whether the first n letters end in one.
func (p *stemmer) shortSyllable(n int) bool {
	switch w := p.w[:n]; {
	case strings.HasSuffix(string(w), "past"):
		return true
	case n == 2:
		return isVowel(w[0]) && !isVowel(w[1])
	case n > 2:
		last := w[n-1]
		return !isVowel(w[n-3]) && isVowel(w[n-2]) && !isVowel(last) && last != 'w' && last != 'x' && last != 'Y'
	}
	return false
}

// plural is step 1a.
func (p *stemmer) plural() {
	p.replace(p.longest("'", "'s", "'s'"), "")
	switch s := p.longest("sses", "ied", "ies", "s", "us", "ss"); s {
	case "sses":
		p.replace(s, "ss")
	case "ied", "ies":
		if len(p.w) > 4 {
			p.replace(s, "i")
		} else {
			p.replace(s, "ie")
		}
	case "s":
		if p.hasVowel(max(len(p.w)-2, 0)) {
			p.replace(s, "")
		}
	}
}

// pastAndParticiple is step 1b.
func (p *stemmer) pastAndParticiple() {
	s := p.longest("eed", "eedly", "ed", "edly", "ing", "ingly")
	at := len(p.w) - len(s)
	head := string(p.w[:at])
	switch {
	case s == "":
		return
	case s == "eed" || s == "eedly":
		if at >= p.r1 && head != "proc" && head != "exc" && head != "succ" {
			p.replace(s, "ee")
		}
		return
	case s == "ing" && len(head) == 2 && head[1] == 'y' && !isVowel(head[0]):
		p.replace("ying", "ie")
		return
	case s == "ing" && (head == "inn" || head == "out" || head == "cann" || head == "herr" || head == "earr" || head == "even"):
		return
	case !p.hasVowel(at):
		return
	}
	p.replace(s, "")
	switch end := p.longest("at", "bl", "iz", "bb", "dd", "ff", "gg", "mm", "nn", "pp", "rr", "tt"); {
	case end == "at" || end == "bl" || end == "iz":
		p.w = append(p.w, 'e')
	case end != "":
		if at != 3 || strings.IndexByte("aeo", p.w[0]) < 0 {
			p.w = p.w[:at-1]
		}
	case at == p.r1 && p.shortSyllable(at):
		p.w = append(p.w, 'e')
	}
}

// finalY is step 1c.
func (p *stemmer) finalY() {
	n := len(p.w)
	if n > 2 && (p.w[n-1] == 'y' || p.w[n-1] == 'Y') && !isVowel(p.w[n-2]) {
		p.w[n-1] = 'i'
	}
}

var step2 = map[string]string{
	"tional": "tion", "enci": "ence", "anci": "ance", "abli": "able", "entli": "ent", "izer": "ize", "ization": "ize",
	"ational": "ate", "ation": "ate", "ator": "ate", "alism": "al", "aliti": "al", "alli": "al", "fulness": "ful", "ousli": "ous",
	"ousness": "ous", "iveness": "ive", "iviti": "ive", "biliti": "ble", "bli": "ble", "ogist": "og", "ogi": "og", "fulli": "ful",
	"lessli": "less", "li": "",
}

func (p *stemmer) derived() {
	s := p.longestOf(step2)
	at := len(p.w) - len(s)
	if s == "" || at < p.r1 {
		return
	}
	before := byte(0)
	if at > 0 {
		before = p.w[at-1]
	}
	if s == "ogi" && before != 'l' || s == "li" && strings.IndexByte("cdeghkmnrt", before) < 0 {
		return
	}
	p.replace(s, step2[s])
}

var step3 = map[string]string{"tional": "tion", "ational": "ate", "alize": "al", "icate": "ic", "iciti": "ic", "ical": "ic",
	"ful": "", "ness": "", "ative": ""}

func (p *stemmer) derivedAgain() {
	s := p.longestOf(step3)
	at := len(p.w) - len(s)
	if s == "" || at < p.r1 || s == "ative" && at < p.r2 {
		return
	}
	p.replace(s, step3[s])
}

func (p *stemmer) longestOf(table map[string]string) string {
	for n := min(len(p.w), 7); n > 1; n-- { // no suffix is longer
		if s := string(p.w[len(p.w)-n:]); has(table, s) {
			return s
		}
	}
	return ""
}

func has(table map[string]string, key string) bool {
	_, ok := table[key]
	return ok
}

// suffix is step 4.
func (p *stemmer) suffix() {
	s := p.longest("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "ion")
	at := len(p.w) - len(s)
	if s == "" || at < p.r2 || s == "ion" && p.longest("sion", "tion") == "" {
		return
	}
	p.replace(s, "")
}

// ending is step 5.
func (p *stemmer) ending() {
	at := len(p.w) - 1
	if at < 0 {
		return
	}
	switch p.w[at] {
	case 'e':
		if at >= p.r2 || at >= p.r1 && !p.shortSyllable(at) {
			p.w = p.w[:at]
		}
	case 'l':
		if at >= p.r2 && at > 0 && p.w[at-1] == 'l' {
			p.w = p.w[:at]
		}
	}
}

// Singular returns a word without its plural s, a word that people can read
// (Harman, "How effective is suffixing?", JASIS 42, 1991: the S stemmer).
func Singular(word string) string {
	n := len(word)
	switch {
	case n < 4 || word[n-1] != 's':
	case strings.HasSuffix(word, "ies") && word[n-4] != 'e' && word[n-4] != 'a':
		return word[:n-3] + "y"
	case strings.HasSuffix(word, "xes") || strings.HasSuffix(word, "shes") || strings.HasSuffix(word, "ches") || strings.HasSuffix(word, "sses"):
		return word[:n-2]
	case word[n-2] != 'u' && word[n-2] != 's' && word[n-2] != 'i':
		return word[:n-1]
	}
	return word
}
