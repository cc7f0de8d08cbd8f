package chat

import (
	"math"
	"strings"

	"purposeagent/agent"
)

// Price is what a million tokens cost in US dollars. Cached is for prompt tokens
// that the provider had kept; 0 counts them as In.
type Price struct {
	// Model is a name such as openai:gpt-4o-mini, or the start of names with a *
	// at its end: anthropic:claude-* .
	Model  string  `json:"model"`
	In     float64 `json:"in"`
	Cached float64 `json:"cached,omitempty"`
	Out    float64 `json:"out"`
}

// MaxPrice bounds a price, in dollars a million tokens.
const MaxPrice = 10_000

// Check returns a CodeInvalid error with a message for each field that is wrong.
func (p Price) Check() error {
	fields := map[string]string{}
	name, start := strings.CutSuffix(p.Model, "*")
	switch {
	case strings.TrimSpace(name) == "" && !start, len(p.Model) > 250:
		fields["model"] = "name a model such as openai:gpt-4o-mini, or the start of names such as anthropic:claude-*"
	case strings.Contains(name, "*"):
		fields["model"] = "a * can only stand at the end"
	}
	for field, x := range map[string]float64{"in": p.In, "cached": p.Cached, "out": p.Out} {
		if !(x >= 0 && x <= MaxPrice) {
			fields[field] = "must be 0 to 10000 dollars per million tokens"
		}
	}
	if len(fields) > 0 {
		return agent.InvalidFields(fields)
	}
	return nil
}

// PriceOf returns the price of a model: that of its own name, else of the longest
// start that fits; false where the table has none.
func PriceOf(table []Price, model string) (Price, bool) {
	best, found := Price{}, false
	for _, p := range table {
		start, open := strings.CutSuffix(p.Model, "*")
		switch {
		case p.Model == model:
			return p, true
		case open && strings.HasPrefix(model, start) && (!found || len(start) >= len(best.Model)):
			best, found = p, true
		}
	}
	return best, found
}

// Of returns what a call costs, in dollars; never negative.
func (p Price) Of(u agent.Usage) float64 {
	cached := min(max(u.TokensCached, 0), max(u.TokensIn, 0))
	perCached := p.Cached
	if perCached == 0 {
		perCached = p.In
	}
	usd := (float64(max(u.TokensIn, 0)-cached)*p.In + float64(cached)*perCached + float64(max(u.TokensOut, 0))*p.Out) / 1e6
	return math.Max(usd, 0)
}
