package lab

import (
	"fmt"
	"strconv"
	"strings"

	"purposeagent/agent"
)

// SplitList reads words that are separated by commas; empty ones are left out.
func SplitList(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// ParseWorlds reads numbers and ranges of worlds such as 1-10,15. Errors:
// CodeInvalid with a message for the field worlds.
func ParseWorlds(text string) ([]int64, error) {
	var out []int64
	for _, part := range SplitList(text) {
		from, to, ranged := strings.Cut(strings.ReplaceAll(part, "–", "-"), "-")
		low, err := strconv.ParseInt(strings.TrimSpace(from), 10, 32)
		high := low
		if ranged && err == nil {
			high, err = strconv.ParseInt(strings.TrimSpace(to), 10, 32)
		}
		if err != nil || low < 0 || high < low || high-low >= int64(MaxWorlds-len(out)) {
			return nil, agent.InvalidFields(map[string]string{"worlds": fmt.Sprintf("%q is neither a world nor a range of at most %d worlds; write 1-10 or 1,4,7", agent.Clip(part, 40), MaxWorlds)})
		}
		for n := low; n <= high; n++ {
			out = append(out, n)
		}
	}
	return out, nil
}
