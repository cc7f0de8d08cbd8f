package wire

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"purposeagent/agent"
)

// maxCount is the largest number of tokens that one call can have used: a server
// that tells more does not count.
const maxCount = 1_000_000_000

// Count is a number of tokens as servers tell it: a number, with a point too, or
// text. What is none, is negative or can't be is 0, as if nothing was told. It
// never makes an answer unreadable.
type Count int64

// UnmarshalJSON never fails.
func (c *Count) UnmarshalJSON(raw []byte) error {
	*c = 0
	text := strings.TrimSpace(string(raw))
	if strings.HasPrefix(text, `"`) && json.Unmarshal(raw, &text) != nil {
		return nil //nolint:nilerr // what is no number is 0
	}
	if x, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil && x > 0 && x < maxCount {
		*c = Count(math.Round(x))
	}
	return nil
}

// UsageOf is what one call used: the prompt's tokens with those from a cache, the
// answer's, and those from a cache. No tokens in or out mean that the server told
// of none.
func UsageOf(in, out, cached Count) agent.Usage {
	bounded := func(c Count) int64 { return int64(min(max(c, 0), maxCount)) }
	return agent.Usage{TokensIn: bounded(in), TokensOut: bounded(out), TokensCached: min(bounded(cached), bounded(in)), Calls: 1}
}
