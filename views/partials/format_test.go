package partials

import (
	"testing"
	"time"
)

func TestFormats(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) string { return Ago(now, now.Add(-d)).Text }
	for _, test := range []struct{ name, got, want string }{
		{"delta up", NewDelta(0.44).Text, "▲ +0.4"},
		{"delta down", NewDelta(-0.6).Text, "▼ −0.6"},
		{"delta that rounds to nothing", NewDelta(-0.04).Text, "0.0"},
		{"tone of nothing", NewDelta(0.04).Tone, "z"},
		{"count", Count(1234567), "1,234,567"},
		{"small count", Count(999), "999"},
		{"negative count", Count(-1000), "−1,000"},
		{"one", Plural(1, "step"), "1 step"},
		{"many", Plural(1300, "step"), "1,300 steps"},
		{"short", Short(59_800), "59.8 k"},
		{"short, round", Short(200_000), "200 k"},
		{"millions", Short(1_200_000), "1.2 M"},
		{"microseconds", Duration(38 * time.Microsecond), "38 µs"},
		{"milliseconds", Duration(412 * time.Millisecond), "412 ms"},
		{"seconds", Duration(2400 * time.Millisecond), "2.4 s"},
		{"minutes", Duration(64 * time.Second), "1m 04s"},
		{"hours", Duration(192 * time.Minute), "3h 12m"},
		{"backwards", Duration(-time.Second), "0 ms"},
		{"just now", ago(time.Second), "just now"},
		{"from the future", ago(-time.Minute), "just now"},
		{"seconds ago", ago(42 * time.Second), "42 s ago"},
		{"hours ago", ago(5 * time.Hour), "5 h ago"},
		{"long ago", ago(90 * 24 * time.Hour), "25 Aug 2026"},
		{"clip", Clip("Φ over many steps", 8), "Φ over…"},
		{"clip nothing", Clip("Φ", 1), "Φ"},
		{"spark of nothing", NewSpark(nil).Label, "no Φ yet"},
		{"spark of one", NewSpark([]float64{5}).Line, "M0 12.0H100"},
		{"spark", NewSpark([]float64{0, 10, 5}).Line, "M0 22.0H50.0V2.0H100.0V12.0"},
		{"spark in words", NewSpark([]float64{0, 10, 5}).Label, "Φ from 0.0 to 5.0, best 10.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.got != test.want {
				t.Errorf("got %q, want %q", test.got, test.want)
			}
		})
	}
}
