package features

import "strings"

// LastWasVain is a feature that people's rules may speak of, and learned ones
// don't: it tells how the actor fares, which goes with good and bad whatever
// causes them, and it stood in the way of what the world's rules are. Without
// it the recall of a rich workshop's secrets was .63, with it .50.
const LastWasVain = "the last action changed nothing"

// IsRelation reports whether a feature says what a value is to the purpose.
func IsRelation(feature string) bool {
	for _, end := range relations {
		if strings.HasSuffix(feature, end) {
			return true
		}
	}
	return false
}

// relations are what a value can be in view of the purpose.
var relations = [...]string{" is as asked", " is free", " is other than asked", " is to be avoided", " is less than asked", " is more than asked"}

// IsWish reports whether a feature is about the words of the purpose.
func IsWish(feature string) bool {
	return strings.HasSuffix(feature, " is asked") || strings.HasSuffix(feature, unwantedWord)
}
