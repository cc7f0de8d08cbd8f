package wire

import "regexp"

var anyNumber = regexp.MustCompile(`\d[\d,_]*`)

// LimitBelow is the limit of tokens that a server names in its refusal of a budget:
// the largest number that is smaller than what was sent; 0 where it names none.
func LimitBelow(refusal string, sent int) int {
	most := int64(0)
	for _, n := range anyNumber.FindAllString(refusal, 16) {
		if limit := natural(n); limit < int64(sent) {
			most = max(most, limit)
		}
	}
	if most < 16 {
		return 0
	}
	return int(most)
}
