package chat_test

import (
	"math"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/chat"
)

// A price that passed its check costs a finite amount that is never negative,
// whatever a server says it used.
func FuzzPrice(f *testing.F) {
	f.Add("openai:*", "openai:gpt", 1.0, .5, 2.0, int64(10), int64(5), int64(3))
	f.Add("*", "", 0.0, 0.0, 0.0, int64(0), int64(0), int64(0))
	f.Add("a:b", "a:b", 10_000.0, 0.0, 10_000.0, int64(math.MaxInt64), int64(-1), int64(math.MaxInt64))
	f.Add("a*b", "a", math.NaN(), math.Inf(1), -1.0, int64(-5), int64(1<<62), int64(-9))
	f.Fuzz(func(t *testing.T, name, model string, in, cached, out float64, tokensIn, tokensCached, tokensOut int64) {
		p := chat.Price{Model: name, In: in, Cached: cached, Out: out}
		if p.Check() != nil {
			return
		}
		usage := agent.Usage{TokensIn: tokensIn, TokensCached: tokensCached, TokensOut: tokensOut}
		if usd := p.Of(usage); !(usd >= 0) || math.IsInf(usd, 0) {
			t.Errorf("%+v of %+v: %v", p, usage, usd)
		}
		if found, ok := chat.PriceOf([]chat.Price{p}, model); ok && found != p {
			t.Errorf("%q found %+v", model, found)
		}
		if found, ok := chat.PriceOf([]chat.Price{p}, name); !ok || found != p {
			t.Errorf("a price doesn't find its own name %q", name)
		}
	})
}
