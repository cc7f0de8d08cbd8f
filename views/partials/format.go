package partials

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Phi writes a Φ with one decimal.
func Phi(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// NewDelta writes a change with one decimal, an arrow and a sign. Changes that
// round to nothing are shown as such.
func NewDelta(x float64) Delta {
	switch {
	case math.Abs(x) < 0.05:
		return Delta{"z", "0.0"}
	case x > 0:
		return Delta{"up", "▲ +" + Phi(x)}
	}
	return Delta{"dn", "▼ −" + Phi(-x)}
}

// Count writes a number with thousands separators.
func Count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// Plural writes a count with its word: "1 step", "3 steps".
func Plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return Count(int64(n)) + " " + word + "s"
}

// Bytes writes a size: 840 bytes, 59.8 KB, 5.2 MB.
func Bytes(n int) string {
	switch {
	case n < 1000:
		return Plural(n, "byte")
	case n < 1_000_000:
		return strconv.FormatFloat(float64(n)/1e3, 'f', 1, 64) + " KB"
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
}

// Short writes a large number in at most four signs: 840, 59.8 k, 1.2 M.
func Short(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10)
	case n < 1_000_000:
		return trim(float64(n)/1000) + " k"
	}
	return trim(float64(n)/1_000_000) + " M"
}

func trim(x float64) string { return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0") }

// Duration writes how long something took: "38 µs", "412 ms", "2.4 s", "1m 04s", "3h 12m".
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return "0 ms"
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm %02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh %02dm", int(d.Hours()), int(d.Minutes())%60)
}

// Ago writes a moment relative to now, with the full time beside it.
func Ago(now, at time.Time) Time {
	t := Time{ISO: at.UTC().Format(time.RFC3339), Title: at.UTC().Format("2006-01-02 15:04:05 UTC")}
	switch d := now.Sub(at); {
	case d < 5*time.Second:
		t.Text = "just now"
	case d < time.Minute:
		t.Text = fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < time.Hour:
		t.Text = fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 24*time.Hour:
		t.Text = fmt.Sprintf("%d h ago", int(d.Hours()))
	case d < 30*24*time.Hour:
		t.Text = fmt.Sprintf("%d d ago", int(d.Hours()/24))
	default:
		t.Text = at.UTC().Format("2 Jan 2006")
	}
	return t
}

// Clip shortens text to at most n signs, with an ellipsis.
func Clip(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return strings.TrimRight(string(runes[:n-1]), " ") + "…"
}

// NewSpark draws values from 0 to 10 as a step line: each holds until the next.
func NewSpark(values []float64) Spark {
	if len(values) == 0 {
		return Spark{Label: "no Φ yet"}
	}
	var b strings.Builder
	best := values[0]
	last := max(len(values)-1, 1)
	for i, v := range values {
		best = max(best, v)
		y := 22 - 2*min(max(v, 0), 10)
		if i == 0 {
			fmt.Fprintf(&b, "M0 %.1f", y)
			continue
		}
		fmt.Fprintf(&b, "H%.1fV%.1f", 100*float64(i)/float64(last), y)
	}
	if len(values) == 1 {
		b.WriteString("H100")
	}
	line := b.String()
	return Spark{Line: line, Area: line + "V23H0Z",
		Label: "Φ from " + Phi(values[0]) + " to " + Phi(values[len(values)-1]) + ", best " + Phi(best)}
}
