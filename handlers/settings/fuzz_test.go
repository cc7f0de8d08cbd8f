package settings

import (
	"math"
	"net/url"
	"testing"
)

// A form of a connection never fails, and what passes the check is within its bounds.
func FuzzConnectionForm(f *testing.F) {
	for _, seed := range []string{"name=lab&provider=openai&base_url=http://h/v1&key=sk", "name=a&concurrency=1e9&per_minute=99999999999999999999", "day_usd=NaN&day_tokens=1.5",
		"day_usd=-Inf&thinking_tokens=,,1", "overflow_words=too+long%0d%0a%00%0d%0alonger", "%", "key_env=PURPOSE_SECRET&forget=true&known=true"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		c, problems := readConnectionForm(values).connection()
		if len(problems) > 0 || c.Check() != nil {
			return
		}
		if c.Concurrency < 0 || c.PerMinute < 0 || c.DayTokens < 0 || c.ThinkingTokens < 0 || !(c.DayUSD >= 0) || math.IsInf(c.DayUSD, 0) || len(c.OverflowWords) > 20 {
			t.Errorf("%q is taken as %+v", text, c)
		}
		if again, problems := formOfConnection(c).connection(); len(problems) > 0 || again.Concurrency != c.Concurrency || again.DayTokens != c.DayTokens || again.ThinkingTokens != c.ThinkingTokens || len(again.OverflowWords) != len(c.OverflowWords) {
			t.Errorf("%+v is shown as %+v, %v", c, again, problems)
		}
	})
}
