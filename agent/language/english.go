package language

// Language is what a reader must know of a language. All words are in lower
// case; phrases are words with single spaces.
type Language struct {
	// Stem is the same for the forms of one word.
	Stem func(string) string
	// Negations turn what follows round. The longest phrase counts.
	Negations map[string]reach
	// Affirmations look like negations and are none.
	Affirmations []string
	// Negative are verbs, by stem, that a negation turns into a demand: "don't forget".
	Negative map[string]bool
	// Refusals, by stem, turn the words before them round, after a negation or by themselves.
	Refused, Refusals map[string]bool
	// Enders end the clause before them; Joins go on with a list.
	Enders, Joins map[string]bool
	// Little are words that no rule needs: articles, prepositions, forms of "be".
	Little map[string]bool
	// Determiners stand at the beginning of a group of words about one thing.
	Determiners map[string]bool
	Numerals    map[string]float64
	Tens        map[string]float64 // those that a unit may follow
	// Bounds stand before a number, BoundsAfter after it.
	Bounds, BoundsAfter map[string]Bound
	// Pronouns are numerals that stand for a thing at the end of a group: "the red one".
	Pronouns map[string]bool
}

// reach says how far a negation goes.
type reach int

const (
	ofVerb  reach = iota // "don't touch …": a comma ends it before a group of several words
	ofThing              // "avoid …": lists with commas
	ofCase               // "without …", at the beginning of a sentence it ends with the comma
)

// English is the language that purposes are read in.
var English = &Language{
	Stem: Stem,
	Negations: map[string]reach{
		"not": ofVerb, "never": ofVerb, "cannot": ofVerb, "nor": ofVerb, "neither": ofThing, "no": ofThing, "none of": ofThing,
		"avoid": ofThing, "avoids": ofThing, "avoiding": ofThing, "exclude": ofThing, "excluding": ofThing, "omit": ofThing, "skip": ofThing,
		"refrain from": ofThing, "away from": ofThing, "anything but": ofThing, "all but": ofThing, "everything but": ofThing, "but no": ofThing,
		"without": ofCase, "except": ofCase, "except for": ofCase, "excepting": ofCase, "instead of": ofCase, "rather than": ofCase,
		"other than": ofCase, "apart from": ofCase, "aside from": ofCase,
		// without the apostrophe, as many type
		"dont": ofVerb, "doesnt": ofVerb, "didnt": ofVerb, "cant": ofVerb, "mustnt": ofVerb, "shouldnt": ofVerb, "isnt": ofVerb, "arent": ofVerb, "wont": ofVerb,
	},
	Affirmations: []string{"not only", "not just", "not merely", "not simply", "nothing but", "none but", "no matter", "no longer than"},
	Negative:     set("forget", "fail", "omit", "miss", "avoid", "neglect", "skip", "without", "exclud"),
	Refused:      set("allow", "permit", "want", "need", "accept", "welcom", "requir", "suitabl", "desir"),
	Refusals:     set("forbidden", "prohibit", "ban", "unwant", "undesir"),
	Enders:       set("but", "until", "unless", "then", "so", "because", "while", "instead", "when", "if", "though", "although", "yet"),
	Joins:        set("and", "or", "nor", "plus"),
	Little: set("a", "an", "the", "this", "that", "these", "those", "its", "their", "of", "to", "in", "on", "at", "by", "from", "for", "with", "into", "onto",
		"as", "is", "are", "was", "were", "be", "been", "being", "am", "do", "does", "did", "has", "have", "had", "it", "they", "them", "you", "your", "i", "we",
		"and", "or", "but", "than", "there", "which", "who", "what", "where", "some", "any", "will", "would", "can", "could", "must", "should", "may", "please"),
	Determiners: set("a", "an", "the", "this", "that", "these", "those", "its", "their", "your", "every", "each", "all", "some", "any"),
	Numerals: map[string]float64{"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
		"eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
		"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1000,
		"dozen": 12, "pair": 2, "couple": 2, "both": 2, "twice": 2, "thrice": 3},
	Tens: map[string]float64{"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90},
	Bounds: map[string]Bound{
		"at least": AtLeast, "no fewer than": AtLeast, "no less than": AtLeast, "not fewer than": AtLeast, "not less than": AtLeast, "minimum": AtLeast, "minimum of": AtLeast,
		"at most": AtMost, "no more than": AtMost, "not more than": AtMost, "up to": AtMost, "maximum": AtMost, "maximum of": AtMost, "not exceeding": AtMost, "no longer than": AtMost,
		"more than": MoreThan, "greater than": MoreThan, "over": MoreThan, "above": MoreThan, "exceeding": MoreThan,
		"less than": LessThan, "fewer than": LessThan, "under": LessThan, "below": LessThan,
	},
	BoundsAfter: map[string]Bound{"or more": AtLeast, "or higher": AtLeast, "or above": AtLeast, "or fewer": AtMost, "or less": AtMost, "or lower": AtMost, "or below": AtMost},
	Pronouns:    set("one"),
}

func set(words ...string) map[string]bool {
	out := make(map[string]bool, len(words))
	for _, w := range words {
		out[w] = true
	}
	return out
}
